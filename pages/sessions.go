package pages

import (
	"net/http"
	"strings"
	"time"
)

// session is one login of the user.
type session struct {
	ID         string     `json:"id"`
	Backend    string     `json:"backend"`
	CreatedAt  time.Time  `json:"created_at"`
	LastSeenAt *time.Time `json:"last_seen_at"`
	IP         string     `json:"ip"`
	UserAgent  string     `json:"user_agent"`
	Current    bool       `json:"current"`
}

// Device describes the program behind a session; "" for one that is not known.
func (s session) Device() string { return device(s.UserAgent) }

// sessionsData is the Data of the template sessions.
type sessionsData struct {
	Sessions []session
	// Others says that there are others than the one of this browser.
	Others bool
}

func (v *visit) showSessions() {
	if !v.known() {
		return
	}
	a := v.call(opSessions, nil, nil)
	if v.failed(a) {
		return
	}
	view := v.section("sessions", "sessions.title", "/sessions")
	data := sessionsData{}
	if err := a.into(&data.Sessions); err != nil {
		v.failed(answer{status: http.StatusInternalServerError})
		return
	}
	for _, s := range data.Sessions {
		data.Others = data.Others || !s.Current
	}
	view.Data = data
	v.render(http.StatusOK, view)
}

// takeSessions ends one session, or all others. One that has ended already is ended.
func (v *visit) takeSessions() {
	if !v.known() {
		return
	}
	var a answer
	if id := v.posted("session"); id != "" {
		a = v.call(opEndSession, map[string]string{"session": id}, nil)
	} else {
		a = v.call(opEndSessions, nil, nil)
	}
	if a.status != http.StatusNotFound && v.failed(a) {
		return
	}
	v.seeOther("/sessions", "notice", "session_ended")
}

// device describes a user agent in words of its own.
func device(userAgent string) string {
	browser, system := firstOf(userAgent, browsers), firstOf(userAgent, systems)
	if browser == "" || system == "" {
		return browser + system
	}
	return browser + ", " + system
}

// The names are in the order in which they are looked for: most browsers name others, too.
var (
	browsers = [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"},
		{"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
)

func firstOf(text string, names [][2]string) string {
	for _, name := range names {
		if strings.Contains(text, name[0]) {
			return name[1]
		}
	}
	return ""
}
