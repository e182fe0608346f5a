package contract

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user/records"
)

// sessionShown is a session as its owner sees it, in the order of its fields in answers.
type sessionShown struct {
	ID         string  `json:"id"`
	Backend    string  `json:"backend"`
	CreatedAt  string  `json:"created_at"`
	LastSeenAt *string `json:"last_seen_at"`
	ExpiresAt  *string `json:"expires_at"`
	IP         string  `json:"ip"`
	UserAgent  string  `json:"user_agent"`
	Current    bool    `json:"current"`
}

// sessions returns the list at a path, checked to the byte as far as it is known.
func (c *client) sessions(t testing.TB, path string) []sessionShown {
	t.Helper()
	a := c.get(t, path)
	a.mustBe(t, 200)
	a.wantHeader(t, "Ginauth-Unlisted", "jwt")
	var shown []sessionShown
	if err := json.Unmarshal([]byte(a.body), &shown); err != nil {
		t.Fatalf("%s: got %s: %v", a.request, a.body, err)
	}
	if again, err := json.Marshal(shown); err != nil || string(again) != a.body {
		t.Errorf("%s:\n got %s\nwant %s", a.request, a.body, again)
	}
	for _, s := range shown {
		for _, at := range []*string{&s.CreatedAt, s.LastSeenAt, s.ExpiresAt} {
			if at == nil {
				continue
			}
			if _, err := time.Parse(time.RFC3339Nano, *at); err != nil || !strings.HasSuffix(*at, "Z") {
				t.Errorf("%s: got the time %q, want one of RFC 3339 in UTC", a.request, *at)
			}
		}
	}
	return shown
}

// describe tells of each session its backend and whether it is the current one.
func describe(sessions []sessionShown) string {
	var text strings.Builder
	for _, s := range sessions {
		fmt.Fprintf(&text, "%s %s %t;", s.Backend, s.UserAgent, s.Current)
	}
	return text.String()
}

func testSessions(t *testing.T, w *world) {
	p := w.member(t)
	if got := p.sessions(t, "/users/me/sessions"); len(got) > 0 {
		t.Errorf("got %v, want no session: a JWT is not recorded", got)
	}
	browser := w.client()
	browser.post(t, "/auth/cookie/login", `{"username":"`+p.email+`","password":"guinevere"}`, "User-Agent", "Grail/1.0").wantEmpty(t, w)
	got := browser.sessions(t, "/users/me/sessions")
	if describe(got) != "cookie Grail/1.0 true;" {
		t.Fatalf("got %s, want the browser's session", describe(got))
	}
	s := got[0]
	if len(s.ID) < 16 || s.LastSeenAt == nil || s.ExpiresAt == nil || s.IP == "" {
		t.Errorf("got %+v, want it whole", s)
	}
	created, _ := time.Parse(time.RFC3339Nano, s.CreatedAt)
	expires, _ := time.Parse(time.RFC3339Nano, *s.ExpiresAt)
	if expires.Sub(created) != 7*24*time.Hour {
		t.Errorf("got a session of %v, want 7 days", expires.Sub(created))
	}
	if got := describe(p.sessions(t, "/users/me/sessions")); got != "cookie Grail/1.0 false;" {
		t.Errorf("got %s for a JWT, want the browser's session", got)
	}
	w.client().get(t, "/users/me/sessions").want(t, 401, unauthorized)
	w.client().delete(t, "/users/me/sessions").want(t, 401, unauthorized)
	w.client().delete(t, "/users/me/sessions/"+s.ID).want(t, 401, unauthorized)
}

func testEndSessions(t *testing.T, w *world) {
	p := w.member(t)
	cookie, redis := p.browser(t, "cookie"), w.client().with(p.token(t, "redis"))
	only := cookie.sessions(t, "/users/me/sessions")
	if len(only) != 2 {
		t.Fatalf("got %s, want two sessions", describe(only))
	}
	other := only[0]
	if other.Current {
		other = only[1]
	}
	for _, id := range []string{"x", "me", "%00", "%ff", other.ID + "x", records.HashToken(redis.bearer), redis.bearer} {
		cookie.delete(t, "/users/me/sessions/"+id).want(t, 404, notFound)
	}
	w.arthur.delete(t, "/users/me/sessions/"+other.ID).want(t, 404, notFound) // not his own
	redis.wantMe(t, p)
	cookie.delete(t, "/users/me/sessions/"+other.ID).want(t, 204, "")
	redis.wantNobody(t)
	cookie.wantMe(t, p)
	cookie.delete(t, "/users/me/sessions/"+other.ID).want(t, 404, notFound)

	// All but the one that asks, JWTs included.
	session := p.browser(t, "session")
	cookie.delete(t, "/users/me/sessions").want(t, 204, "")
	cookie.wantMe(t, p)
	session.wantNobody(t)
	p.wantNobody(t)
	if got := cookie.sessions(t, "/users/me/sessions"); len(got) != 1 || !got[0].Current {
		t.Errorf("got %s, want the one that asked", describe(got))
	}
	p.logIn(t)
	p.delete(t, "/users/me/sessions").want(t, 204, "")
	p.wantMe(t, p)
	cookie.wantNobody(t)
}

func testSessionsOfOthers(t *testing.T, w *world) {
	admin := w.admin(t)
	p := w.member(t)
	cookie := p.browser(t, "cookie")
	path := "/users/" + p.id + "/sessions"
	for _, tail := range []string{"", "/x"} {
		w.client().delete(t, path+tail).want(t, 401, unauthorized)
		p.delete(t, path+tail).want(t, 403, forbidden) // one's own id is no exception
		admin.delete(t, "/users/x/sessions"+tail).want(t, 404, notFound)
	}
	p.get(t, path).want(t, 403, forbidden)
	admin.get(t, "/users/00000000-0000-4000-8000-000000000000/sessions").want(t, 404, notFound)

	got := admin.sessions(t, path)
	if len(got) != 1 || got[0].Current || got[0].Backend != "cookie" {
		t.Fatalf("got %s, want the session of the cookie", describe(got))
	}
	admin.delete(t, path+"/"+got[0].ID).want(t, 204, "")
	cookie.wantNobody(t)
	p.wantMe(t, p)
	admin.delete(t, path).want(t, 204, "") // all, JWTs included
	p.wantNobody(t)
	admin.get(t, "/users/"+p.id).want(t, 200, p.json())
}

// TestIdleSessionsAreNotListed has a session that gives no access any more, though its
// own end has not come.
func TestIdleSessionsAreNotListed(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		ways := newWays(t, nil)
		ways.cookie.Strategy = backends.Database{IdleTimeout: 10 * time.Minute}
		w := start(t, v, design{ways: &ways})
		w.settle(t)
		p := w.member(t)
		idle := p.browser(t, "cookie")
		w.in.clock.Advance(9 * time.Minute)
		if got := describe(p.sessions(t, "/users/me/sessions")); strings.Count(got, "cookie ") != 1 {
			t.Errorf("got %s, want the session", got)
		}
		w.in.clock.Advance(time.Minute)
		idle.wantNobody(t)
		if got := describe(p.sessions(t, "/users/me/sessions")); got != "" {
			t.Errorf("got %s, want no session", got)
		}
	})
}
