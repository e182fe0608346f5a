package pages

import (
	"net/http"
	"net/url"
	"time"
)

// activity is one event of the account.
type activity struct {
	At        time.Time `json:"at"`
	Kind      string    `json:"kind"`
	Outcome   string    `json:"outcome"`
	UserID    string    `json:"user_id"`
	ActorID   string    `json:"actor_id"`
	IP        string    `json:"ip"`
	UserAgent string    `json:"user_agent"`
	Title     string    `json:"-"`
}

// Device describes the program that has caused the event; "" for one that is not known.
func (a activity) Device() string { return device(a.UserAgent) }

// Done reports whether what was asked for has happened.
func (a activity) Done() bool { return a.Outcome == "ok" }

// ByOther reports whether another person than the user is known to have acted.
func (a activity) ByOther() bool { return a.ActorID != "" && a.ActorID != a.UserID }

// activityData is the Data of the template activity.
type activityData struct {
	Items []activity
	// Older is the link to the events before these; empty for none.
	Older string
}

const (
	cursorParam = "cursor"
	eventsShown = "20"
)

func (v *visit) showActivity() {
	if !v.known() {
		return
	}
	if data, ok := v.events(opEvents, nil, v.link("/activity")); ok {
		view := v.section("activity", "activity.title", "/activity")
		view.Data = data
		v.render(http.StatusOK, view)
	}
}

// events returns a page of the events of a route. It is false where it has answered. link
// is the page with the latest ones.
func (v *visit) events(op operation, params map[string]string, link string) (activityData, bool) {
	query := url.Values{"limit": {eventsShown}}
	cursor := v.c.Query(cursorParam)
	if cursor != "" {
		query.Set(cursorParam, cursor)
	}
	a := v.request(v.offers.routes[op], params, query, nil)
	if a.status == http.StatusUnprocessableEntity && cursor != "" { // a link of long ago
		v.redirect(link)
		return activityData{}, false
	}
	if v.failed(a) {
		return activityData{}, false
	}
	var page struct {
		Items []activity `json:"items"`
		Next  string     `json:"next"`
	}
	if a.into(&page) != nil {
		v.failed(answer{status: http.StatusInternalServerError})
		return activityData{}, false
	}
	for i := range page.Items {
		page.Items[i].Title = v.eventTitle(page.Items[i].Kind)
	}
	data := activityData{Items: page.Items}
	if page.Next != "" {
		data.Older = withQuery(link, cursorParam, page.Next)
	}
	return data, true
}

// eventTitle words a kind of events: by the text "event.<kind>", or by its name.
func (v *visit) eventTitle(kind string) string {
	if text, ok := v.text.find("event." + kind); ok {
		return text
	}
	return humanized(kind)
}
