package events_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/audit/audittest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/routes/events"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

const secret = secrets.Secret("0123456789abcdef0123456789abcdef")

// world is an application whose events are kept in memory.
type world struct {
	*gin.Engine
	t              *testing.T
	auth           *ginauth.Auth
	log            *audit.Log
	arthur, merlin *user.User
	as             map[string]string // tokens by name
}

func newWorld(t *testing.T, config events.Config, change ...func(*ginauth.Config)) *world {
	t.Helper()
	store := usertest.NewStore()
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	log, err := audit.NewLog(&audittest.Store{}, audit.Config{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Engine: gin.New(), t: t, log: log, as: map[string]string{"": ""}}
	setup := ginauth.Config{
		Store: store, Secret: secret, Backends: []backends.Backend{api}, Logger: slog.New(slog.DiscardHandler), OnEvent: log.Sink,
	}
	for _, c := range change {
		c(&setup)
	}
	w.auth, err = ginauth.New(setup)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.auth.Shutdown(context.Background()) })
	config.Log = log
	seen, err := events.New(w.auth, config)
	if err != nil {
		t.Fatal(err)
	}
	w.auth.UsersRoutes().Attach(w.Group("/users"))
	seen.Own().Attach(w.Group("/users/me"))
	seen.Admin().Attach(w.Group("/users/:id"))
	seen.All().Attach(w.Group("/"))
	w.POST("/in/:id", func(c *gin.Context) {
		u, err := w.auth.Manager().ByID(c.Request.Context(), user.ID(c.Param("id")))
		if err != nil {
			t.Error(err)
			return
		}
		token, err := w.auth.LogIn(c, api, u)
		if err != nil {
			t.Error(err)
		}
		c.String(200, token)
	})
	for name, superuser := range map[string]bool{"arthur": false, "merlin": true} {
		u := &user.User{
			ID: store.NewID(), Email: name + "@camelot.bt", EmailKey: name + "@camelot.bt", IsActive: true, IsVerified: true, IsSuperuser: superuser,
			CreatedAt: time.Now(), UpdatedAt: time.Now(),
		}
		if err := store.Create(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		if superuser {
			w.merlin = u
		} else {
			w.arthur = u
		}
		_, w.as[name] = w.send("", "POST", "/in/"+string(u.ID), "")
	}
	return w
}

func (w *world) send(as, method, path, body string) (int, string) {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if as != "" {
		r.Header.Set("Authorization", "Bearer "+w.as[as])
	}
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	return answer.Code, answer.Body.String()
}

type listed struct {
	Items []struct {
		ID, Kind, Outcome, IP string
		UserID                string `json:"user_id"`
		ActorID               string `json:"actor_id"`
	}
	Next *string
}

func (w *world) list(as, path string) listed {
	w.t.Helper()
	status, body := w.send(as, "GET", path, "")
	if status != 200 {
		w.t.Fatalf("GET %s: got %d %s", path, status, body)
	}
	var l listed
	if err := json.Unmarshal([]byte(body), &l); err != nil {
		w.t.Fatal(err)
	}
	return l
}

func (l listed) kinds() string {
	var all []string
	for _, i := range l.Items {
		all = append(all, i.Kind)
	}
	return strings.Join(all, " ")
}

// settle waits until all events are stored.
func (w *world) settle() {
	w.t.Helper()
	if err := w.auth.Shutdown(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t, events.Config{})
	w.send("merlin", "PATCH", "/users/"+string(w.arthur.ID), `{"is_verified":false}`)
	w.send("", "GET", "/users/me", "")
	w.settle()
	own := w.list("arthur", "/users/me/events")
	if own.kinds() != "flag_changed login" || own.Next != nil {
		t.Errorf("got %s, %v", own.kinds(), own.Next)
	}
	if own.Items[0].ActorID != "" || own.Items[0].IP != "" {
		t.Errorf("got %+v: a superuser is shown", own.Items[0])
	}
	of := w.list("merlin", "/users/"+string(w.arthur.ID)+"/events")
	if of.kinds() != "flag_changed login" || of.Items[0].ActorID != string(w.merlin.ID) || of.Items[0].IP != "192.0.2.1" {
		t.Errorf("got %+v", of.Items)
	}
	all := w.list("merlin", "/events")
	if len(all.Items) != 4 {
		t.Errorf("got %s", all.kinds())
	}
	if got := w.list("merlin", "/events?user="+string(w.merlin.ID)).kinds(); got != "login" {
		t.Errorf("got %s of one user", got)
	}
	if got := w.list("merlin", "/events?kind=login&kind=access_refused&outcome=refused").kinds(); got != "access_refused" {
		t.Errorf("got %s", got)
	}
	if got := w.list("merlin", "/events?since=2100-01-01T00:00:00Z"); len(got.Items) != 0 || got.Next != nil {
		t.Errorf("got %s of the future", got.kinds())
	}
	if got := w.list("merlin", "/events?until=1999-12-31T23:59:59.5%2B02:00"); len(got.Items) != 0 {
		t.Errorf("got %s of the past", got.kinds())
	}
}

func TestActorsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, events.Config{ShowActors: true})
	w.send("merlin", "PATCH", "/users/"+string(w.arthur.ID), `{"is_verified":false}`)
	w.settle()
	if own := w.list("arthur", "/users/me/events"); own.Items[0].ActorID != string(w.merlin.ID) {
		t.Errorf("got %+v", own.Items[0])
	}
}

// Why an administrator has acted is for administrators, also where it is shown who has.
func TestReasons(t *testing.T) {
	t.Parallel()
	w := newWorld(t, events.Config{ShowActors: true})
	until := time.Now().Add(time.Hour)
	if _, err := w.auth.Manager().Ban(t.Context(), w.arthur, user.Ban{Reason: "Sells swords.", Until: until, By: w.merlin.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.auth.Manager().Unban(t.Context(), &user.User{ID: w.arthur.ID, Ban: &user.Ban{}}); err != nil {
		t.Fatal(err)
	}
	_, w.as["arthur"] = w.send("", "POST", "/in/"+string(w.arthur.ID), "")
	w.settle()
	for _, list := range []struct {
		as, path, want string
	}{
		{"arthur", "/users/me/events?kind=banned", `"note":{"until":"` + until.UTC().Format(time.RFC3339) + `"}`},
		{"merlin", "/users/" + string(w.arthur.ID) + "/events?kind=banned", `"note":{"reason":"Sells swords.","until":"` + until.UTC().Format(time.RFC3339) + `"}`},
	} {
		if _, body := w.send(list.as, "GET", list.path, ""); !strings.Contains(body, list.want) {
			t.Errorf("%s: got %s, want %s", list.path, body, list.want)
		}
	}
}

func TestAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, events.Config{})
	of := "/users/" + string(w.arthur.ID) + "/events"
	for _, test := range []struct {
		as, path string
		want     int
	}{
		{"", "/users/me/events", 401}, {"", of, 401}, {"", "/events", 401},
		{"arthur", "/users/me/events", 200}, {"arthur", of, 403}, {"arthur", "/events", 403}, {"arthur", "/users/nobody/events", 403},
		{"merlin", "/users/me/events", 200}, {"merlin", of, 200}, {"merlin", "/events", 200}, {"merlin", "/users/nobody/events", 404},
		{"arthur", "/users/me/events?user=" + string(w.merlin.ID), 200}, // ignored
	} {
		if got, body := w.send(test.as, "GET", test.path, ""); got != test.want || strings.Contains(body, string(w.merlin.ID)) && test.as == "arthur" {
			t.Errorf("%s GET %s: got %d %s, want %d", test.as, test.path, got, body, test.want)
		}
	}
}

func TestBadQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, events.Config{})
	for _, query := range []string{
		"kind=", "kind=Login", "kind=" + strings.Repeat("a", 65), "kind=%24ne", strings.Repeat("kind=login&", 21), "outcome=", "outcome=good", "user=%00", "user=$ne",
		"since=yesterday", "until=2026-13-01T00:00:00Z", "since=0001-01-01T00:00:00Z", "until=9999-12-31T23:59:59-01:00", "limit=0", "limit=101", "limit=x", "cursor=", "cursor=!", "cursor=" + strings.Repeat("A", 1000),
	} {
		if got, body := w.send("merlin", "GET", "/events?"+query, ""); got != 422 || !strings.Contains(body, `"query"`) {
			t.Errorf("%.40s: got %d %s, want 422", query, got, body)
		}
	}
	for range 10 { // of two faults the same one is named each time
		if _, body := w.send("merlin", "GET", "/events?until=yesterday&since=tomorrow", ""); !strings.Contains(body, `"since"`) {
			t.Fatalf("got %s, want the first of both", body)
		}
	}
}

// Pages hold together while events arrive, and a cursor is of its list alone.
func TestCursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, events.Config{})
	for n := range 5 {
		w.log.Sink(t.Context(), user.Event{
			ID: fmt.Sprintf("0000%d", n), At: time.Now().Add(-time.Hour), Kind: user.EventUpdated, Outcome: user.OutcomeOK, User: w.arthur.ID,
		})
	}
	w.settle()
	path := "/users/me/events?kind=updated&limit=2"
	var got []string
	next := ""
	for range 3 {
		page := w.list("arthur", path+next)
		for _, i := range page.Items {
			got = append(got, i.ID)
		}
		if page.Next == nil {
			break
		}
		next = "&cursor=" + url.QueryEscape(*page.Next)
		w.log.Sink(t.Context(), user.Event{ID: "new" + next, At: time.Now(), Kind: user.EventUpdated, User: w.arthur.ID})
	}
	if want := "00004 00003 00002 00001 00000"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	first := w.list("arthur", path)
	cursor := "cursor=" + url.QueryEscape(*first.Next)
	forged := []byte(*first.Next)
	forged[3] ^= 1
	for name, test := range map[string][2]string{
		"of another filter": {"arthur", "/users/me/events?kind=login&" + cursor},
		"of another user":   {"merlin", "/users/me/events?kind=updated&" + cursor},
		"of another route":  {"merlin", "/users/" + string(w.arthur.ID) + "/events?kind=updated&" + cursor},
		"forged":            {"arthur", "/users/me/events?kind=updated&cursor=" + url.QueryEscape(string(forged))},
	} {
		if got, body := w.send(test[0], "GET", test[1], ""); got != 422 {
			t.Errorf("%s: got %d %s, want 422", name, got, body)
		}
	}
}

// A deleted user's events stay, without what identifies the person.
func TestForget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, events.Config{})
	w.send("merlin", "DELETE", "/users/"+string(w.arthur.ID), "")
	w.settle()
	got := w.list("merlin", "/events?user="+string(w.arthur.ID))
	if got.kinds() != "deleted login" {
		t.Fatalf("got %s", got.kinds())
	}
	for _, i := range got.Items {
		if i.IP != "" {
			t.Errorf("got %+v", i)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	w := newWorld(t, events.Config{})
	_, err := events.New(w.auth, events.Config{Permission: "users:raed"})
	for _, want := range []string{"Config.Log is missing", `Config.Permission is "users:raed", which is in no role`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// The names of the schemas in OpenAPI say whose they are: applications have items and
// pages of their own.
func TestSchemaNames(t *testing.T) {
	t.Parallel()
	doc, err := openapi.Document(newWorld(t, events.Config{}).auth)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"EventPage": true, "EventItem": true, "Page": false, "Item": false} {
		if got := doc.Components.Schemas[name] != nil; got != want {
			t.Errorf("schema %s: got %v, want %v", name, got, want)
		}
	}
}
