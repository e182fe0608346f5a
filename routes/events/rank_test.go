package events_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/events"
	"github.com/ginauth/ginauth/user"
)

// Roles with the permission read events about users who may do no more than they.
func TestRank(t *testing.T) {
	t.Parallel()
	w := newWorld(t, events.Config{}, func(c *ginauth.Config) {
		c.Roles = map[string][]string{"support": {"users:read"}, "editor": {"posts:write"}, "chief": {"users:read", "posts:write"}}
	})
	people := map[string]*user.User{"arthur": w.arthur, "merlin": w.merlin}
	for _, role := range []string{"support", "editor", "chief"} {
		u, err := w.auth.Manager().Create(t.Context(), user.Registration{Email: role + "@camelot.bt", Password: "guinevere", Roles: []string{role}})
		if err != nil {
			t.Fatal(err)
		}
		people[role] = u
		_, w.as[role] = w.send("", "POST", "/in/"+string(u.ID), "")
	}
	w.send("merlin", "PATCH", "/users/"+string(w.arthur.ID), `{"is_verified":false}`)
	w.settle()
	for _, e := range []user.Event{
		{ID: "1", Kind: "mark", User: "gone"}, {ID: "2", Kind: "mark", Email: "unknown@camelot.bt"}, {ID: "3", Kind: "mark", User: people["editor"].ID},
		{ID: "4", Kind: "mark", User: w.merlin.ID}, {ID: "5", Kind: "mark", User: w.arthur.ID},
	} {
		e.At = time.Now()
		w.log.Sink(t.Context(), e)
	}
	for _, test := range []struct {
		as   string
		want map[string]int // by the user of the path
		ids  string         // in the list of all
	}{
		{"arthur", map[string]int{"arthur": 403, "support": 403, "merlin": 403}, ""},
		{"editor", map[string]int{"arthur": 403, "editor": 403, "merlin": 403}, ""},
		{"support", map[string]int{"arthur": 200, "support": 200, "editor": 403, "chief": 403, "merlin": 403}, "5 2"},
		{"chief", map[string]int{"arthur": 200, "support": 200, "editor": 200, "chief": 200, "merlin": 403}, "5 3 2"},
		{"merlin", map[string]int{"arthur": 200, "support": 200, "editor": 200, "chief": 200, "merlin": 200}, "5 4 3 2 1"},
	} {
		for of, want := range test.want {
			got, body := w.send(test.as, "GET", "/users/"+string(people[of].ID)+"/events", "")
			if got != want {
				t.Errorf("%s, events of %s: got %d %s, want %d", test.as, of, got, body, want)
			}
		}
		if test.ids == "" {
			if got, _ := w.send(test.as, "GET", "/events", ""); got != 403 {
				t.Errorf("%s, all events: got %d, want 403", test.as, got)
			}
			continue
		}
		var ids []string
		for _, i := range w.list(test.as, "/events?kind=mark").Items {
			ids = append(ids, i.ID)
		}
		if got := strings.Join(ids, " "); got != test.ids {
			t.Errorf("%s, all events: got %s, want %s", test.as, got, test.ids)
		}
	}
	// A page of events that are not shown leads on.
	page := w.list("support", "/events?kind=mark&limit=1&user="+string(w.merlin.ID))
	if len(page.Items) != 0 || page.Next != nil {
		t.Errorf("events of a superuser: got %+v", page)
	}
	first := w.list("support", "/events?kind=mark&limit=2")
	if len(first.Items) != 1 || first.Next == nil {
		t.Errorf("got %+v, want a short page that is not the last", first)
	}
	// The superuser who acted is hidden from roles.
	path := "/users/" + string(w.arthur.ID) + "/events?kind=flag_changed"
	if got := w.list("support", path).Items; len(got) != 1 || got[0].ActorID != "" || got[0].IP != "" {
		t.Errorf("got %+v, want no actor", got)
	}
	if got := w.list("merlin", path).Items; len(got) != 1 || got[0].ActorID != string(w.merlin.ID) {
		t.Errorf("got %+v, want the actor", got)
	}
}
