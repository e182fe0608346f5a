package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

// watchedApp is an application whose events can be read.
type watchedApp struct {
	*gin.Engine
	auth   *ginauth.Auth
	store  *usertest.Store
	outbox *mails.Outbox
	events chan user.Event
	told   []user.Event // all events so far
}

func newWatchedApp(t *testing.T, change func(*ginauth.Config)) *watchedApp {
	t.Helper()
	a := &watchedApp{Engine: gin.New(), store: usertest.NewStore(), outbox: &mails.Outbox{}, events: make(chan user.Event, 1000)}
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.Database{}}
	config := ginauth.Config{
		Store: a.store, Secret: secret, Backends: []backends.Backend{api},
		Hooks:   mails.Hooks(mails.Config{Sender: a.outbox, AppURL: "https://app.example"}),
		Logger:  slog.New(slog.DiscardHandler),
		OnEvent: func(_ context.Context, e user.Event) { a.events <- e },
	}
	if change != nil {
		change(&config)
	}
	var err error
	if a.auth, err = ginauth.New(config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.auth.Shutdown(context.Background()) })
	a.auth.AuthRoutes(api).Attach(a.Group("/auth"))
	a.auth.RegisterRoutes().Attach(a.Group("/auth"))
	a.auth.ResetPasswordRoutes().Attach(a.Group("/auth"))
	a.auth.VerifyRoutes().Attach(a.Group("/auth"))
	a.auth.UsersRoutes(ginauth.ListUsers()).Attach(a.Group("/users"))
	a.auth.SessionsRoutes().Attach(a.Group("/users/me"))
	a.auth.UserSessionsRoutes().Attach(a.Group("/users/:id"))
	a.GET("/own", a.auth.ActiveUser(), func(c *gin.Context) { c.Status(204) })
	return a
}

// next returns the next n events.
func (a *watchedApp) next(t *testing.T, n int) []user.Event {
	t.Helper()
	var events []user.Event
	for range n {
		select {
		case e := <-a.events:
			events = append(events, e)
		case <-time.After(10 * time.Second):
			t.Fatalf("got the events %v, want %d", events, n)
		}
	}
	a.told = append(a.told, events...)
	return events
}

func (a *watchedApp) logIn(t *testing.T, email string) (as []string) {
	t.Helper()
	got := send(t, a, "POST", "/auth/login", `{"username":"`+email+`","password":"guinevere"}`)
	var body backends.BearerToken
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || got.status != 200 {
		t.Fatalf("log in: got %d %s", got.status, got.body)
	}
	return []string{"Authorization", "Bearer " + body.AccessToken}
}

// people are those of the table: their IDs are shown by name.
func (a *watchedApp) people(t *testing.T) (arthur, merlin *user.User) {
	t.Helper()
	var people []*user.User
	for _, r := range []user.Registration{
		{Email: "arthur@camelot.bt", Password: "guinevere", IsVerified: true},
		{Email: "merlin@camelot.bt", Password: "guinevere", IsVerified: true, IsSuperuser: true},
	} {
		u, err := a.auth.Manager().Create(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, u)
	}
	a.next(t, 2)
	return people[0], people[1]
}

// line is what a test compares of an event.
func line(e user.Event, names map[user.ID]string) string {
	text := string(e.Kind) + " " + string(e.Outcome)
	name := func(id user.ID) string {
		if known := names[id]; known != "" {
			return known
		}
		return "somebody"
	}
	add := func(label, value string) {
		if value != "" {
			text += " " + label + "=" + value
		}
	}
	add("code", strings.ReplaceAll(e.Code, " ", "-"))
	if e.User != "" {
		add("user", name(e.User))
	}
	if e.Actor != "" {
		add("actor", name(e.Actor))
	}
	add("email", e.Email)
	add("backend", e.Backend)
	if e.Session != "" {
		add("session", "yes")
	}
	add("fields", strings.Join(e.Fields, ","))
	for _, key := range []string{"reason", "route", "provider"} {
		add(key, e.Note[key])
	}
	if len(e.After) > 0 {
		add("change", fmt.Sprint(e.Before, e.After))
	}
	return text
}

// Without ConfirmEmailChange a change of address is one of the account at once. All other
// decisions are in package walk.
func TestEventsOfAddressChange(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, as, method, path, body string
		want                         []string
	}{
		{"change address and password", "arthur", "PATCH", "/users/me", `{"email":"rex@camelot.bt","password":"guinevere"}`, []string{
			"email_changed ok user=arthur actor=arthur email=arthur@camelot.bt backend=api fields=email",
			"password_changed ok user=arthur actor=arthur backend=api fields=password",
			"flag_changed ok user=arthur actor=arthur backend=api fields=is_verified change=map[is_verified:true] map[is_verified:false]",
		}},
		{"take another's address", "arthur", "PATCH", "/users/me", `{"email":"merlin@camelot.bt"}`,
			[]string{"updated refused code=UPDATE_USER_EMAIL_ALREADY_EXISTS user=arthur actor=arthur backend=api"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newWatchedApp(t, nil)
			arthur, merlin := a.people(t)
			as := map[string][]string{"arthur": a.logIn(t, arthur.Email), "merlin": a.logIn(t, merlin.Email)}
			a.next(t, 2)
			manager := a.auth.Manager()
			reset, _ := manager.ResetToken(arthur)
			verify, _ := manager.VerifyToken(arthur)
			replace := strings.NewReplacer("RESET", reset, "VERIFY", verify, "ARTHUR", string(arthur.ID), "MERLIN", string(merlin.ID),
				"SESSION", a.session(t, as["arthur"]))
			send(t, a, test.method, replace.Replace(test.path), replace.Replace(test.body), append(as[test.as], "User-Agent", "grail/1", "X-Request-Id", "r-1")...)
			got := a.next(t, len(test.want))
			if err := a.auth.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			for len(a.events) > 0 { // more than there should be
				got = append(got, <-a.events)
			}
			names := map[user.ID]string{arthur.ID: "arthur", merlin.ID: "merlin"}
			var lines []string
			for _, e := range got {
				lines = append(lines, line(e, names))
				if e.IP != "192.0.2.1" || e.UserAgent != "grail/1" || e.RequestID != "r-1" || len(e.ID) != 36 || e.At.IsZero() {
					t.Errorf("got the client %s, %s, %s, ID %s at %v", e.IP, e.UserAgent, e.RequestID, e.ID, e.At)
				}
			}
			if !slices.Equal(lines, test.want) {
				t.Errorf("got  %q\nwant %q", lines, test.want)
			}
			for _, e := range append(a.told, got...) {
				e.ID = ""
				encoded, err := json.Marshal(e)
				if err != nil {
					t.Fatal(err)
				}
				for _, hidden := range []string{"guinevere", "excalibur", reset, verify, as["arthur"][1][7:], as["merlin"][1][7:]} {
					if strings.Contains(string(encoded), hidden) {
						t.Errorf("an event shows %.20q: %s", hidden, encoded)
					}
				}
			}
		})
	}
}

// session returns the handle of the session that asks.
func (a *watchedApp) session(t *testing.T, as []string) string {
	t.Helper()
	var sessions []struct{ ID string }
	got := send(t, a, "GET", "/users/me/sessions", "", as...)
	if err := json.Unmarshal([]byte(got.body), &sessions); err != nil || len(sessions) != 1 {
		t.Fatalf("got %s", got.body)
	}
	return sessions[0].ID
}

// With the stricter options the events say what the answers do not.
func TestEventsOfTheFullBar(t *testing.T) {
	t.Parallel()
	a := newWatchedApp(t, func(c *ginauth.Config) {
		c.ConcealRegistration, c.ConfirmEmailChange, c.ResetOnlyAdministration, c.RequireCurrentPassword = true, true, true, true
	})
	arthur, merlin := a.people(t)
	as, admin := a.logIn(t, arthur.Email), a.logIn(t, merlin.Email)
	a.next(t, 2)
	send(t, a, "POST", "/auth/register", `{"email":"arthur@camelot.bt","password":"guinevere"}`)
	send(t, a, "PATCH", "/users/me", `{"email":"rex@camelot.bt","current_password":"excalibur"}`, as...)
	send(t, a, "PATCH", "/users/me", `{"email":"rex@camelot.bt","current_password":"guinevere"}`, as...)
	send(t, a, "POST", "/users/"+string(arthur.ID)+"/forgot-password", ``, admin...)
	token, err := a.auth.Manager().EmailChangeToken(arthur, "rex@camelot.bt", "")
	if err != nil {
		t.Fatal(err)
	}
	send(t, a, "POST", "/auth/confirm-email", `{"token":"`+token+`"}`)
	names := map[user.ID]string{arthur.ID: "arthur", merlin.ID: "merlin"}
	var got []string
	for _, e := range a.next(t, 5) {
		got = append(got, line(e, names))
	}
	want := []string{
		"register_refused refused email=arthur@camelot.bt reason=exists",
		"updated refused code=UPDATE_USER_BAD_CURRENT_PASSWORD user=arthur actor=arthur backend=api",
		"email_change_requested ok user=arthur actor=arthur email=rex@camelot.bt backend=api",
		"forgot_password ok user=arthur actor=merlin backend=api",
		"email_changed ok user=arthur email=arthur@camelot.bt fields=email",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// What must be recorded is recorded before it is done: where that fails, nothing is, in
// whatever way it fails. Package walk has every kind.
func TestRequiredEvents(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind               user.EventKind
		as                 string
		method, path, body string
	}{
		{user.EventLogin, "", "POST", "/auth/login", `{"username":"arthur@camelot.bt","password":"guinevere"}`},
		{user.EventPasswordReset, "", "POST", "/auth/reset-password", `{"token":"RESET","password":"excalibur"}`},
	}
	fails := map[string]func() error{
		"error": func() error { return user.ErrNotFound }, // no answer of a store
		"panic": func() error { panic("no room") },
	}
	for _, test := range tests {
		for how, fail := range fails {
			t.Run(string(test.kind)+" "+how, func(t *testing.T) {
				t.Parallel()
				var mu sync.Mutex
				broken := false
				var recorded []user.Event
				a := newWatchedApp(t, func(c *ginauth.Config) {
					c.RequiredEvents = []user.EventKind{test.kind}
					c.OnRequiredEvent = func(_ context.Context, e user.Event) error {
						mu.Lock()
						defer mu.Unlock()
						if broken {
							return fail()
						}
						recorded = append(recorded, e)
						return nil
					}
				})
				arthur, merlin := a.people(t)
				as := map[string][]string{"arthur": a.logIn(t, arthur.Email), "merlin": a.logIn(t, merlin.Email)}
				a.next(t, 2)
				reset, _ := a.auth.Manager().ResetToken(arthur)
				replace := strings.NewReplacer("RESET", reset, "ARTHUR", string(arthur.ID), "SESSION", a.session(t, as["arthur"]))
				before, sessions := a.state(t)
				mu.Lock()
				broken, recorded = true, nil
				mu.Unlock()
				ask := func() answer {
					return send(t, a, test.method, replace.Replace(test.path), replace.Replace(test.body), as[test.as]...)
				}
				if got := ask(); got.status != 503 {
					t.Errorf("got %d %s, want 503", got.status, got.body)
				}
				if after, now := a.state(t); after != before || now != sessions || len(a.outbox.Messages()) > 0 {
					t.Errorf("got the users %s and %d tokens, want %s and %d", after, now, before, sessions)
				}
				mu.Lock()
				broken = false
				mu.Unlock()
				if e := a.next(t, 1)[0]; e.Outcome != user.OutcomeFailed {
					t.Errorf("got the event %v, want a failed one", e)
				}
				if got := ask(); got.status >= 400 {
					t.Errorf("got %d %s once it can be recorded", got.status, got.body)
				}
				mu.Lock()
				defer mu.Unlock()
				if e := a.next(t, 1)[0]; len(recorded) != 1 || recorded[0].ID != e.ID || e.Kind != test.kind {
					t.Errorf("recorded %v, then got %v; want the same event", recorded, e)
				}
			})
		}
	}
}

// state shows all users and the number of their tokens.
func (a *watchedApp) state(t *testing.T) (users string, tokens int) {
	t.Helper()
	page, err := a.auth.Manager().List(t.Context(), user.ListQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range page.Users {
		users += fmt.Sprintf("%s %s %s %v %v %d\n", u.ID, u.Email, u.HashedPassword, u.IsActive, u.IsVerified, u.TokenVersion)
		of, err := a.store.TokensOf(t.Context(), u.ID, records.TokenQuery{})
		if err != nil {
			t.Fatal(err)
		}
		tokens += len(of)
	}
	return users, tokens
}

// A configuration of events that could not work is refused.
func TestEventConfig(t *testing.T) {
	t.Parallel()
	record := func(context.Context, user.Event) error { return errors.New("unused") }
	tests := []struct {
		name   string
		change func(*ginauth.Config)
		want   string
	}{
		{"no function", func(c *ginauth.Config) { c.RequiredEvents = []user.EventKind{user.EventLogin} }, "Config.OnRequiredEvent is missing"},
		{"no kinds", func(c *ginauth.Config) { c.OnRequiredEvent = record }, "Config.RequiredEvents is empty"},
		{"a refusal", func(c *ginauth.Config) {
			c.RequiredEvents, c.OnRequiredEvent = []user.EventKind{user.EventLoginFailed}, record
		}, `Config.RequiredEvents[0] is "login_failed"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := ginauth.Config{
				Store: usertest.NewStore(), Secret: secret,
				Backends: []backends.Backend{{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}},
			}
			test.change(&config)
			if _, err := ginauth.New(config); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
