package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/routes/admin"
	"github.com/ginauth/ginauth/user"
)

type page struct {
	Items []struct {
		Email     string          `json:"email"`
		CreatedAt time.Time       `json:"created_at"`
		Ban       json.RawMessage `json:"ban"`
	} `json:"items"`
	Next *string `json:"next"`
}

func (c *client) list(query string) (emails []string, next string) {
	c.t.Helper()
	got := c.want("GET", "/users?"+query, "", 200, "")
	var p page
	if err := json.Unmarshal([]byte(got.body), &p); err != nil {
		c.t.Fatalf("list: %v in %v", err, got)
	}
	for _, item := range p.Items {
		name, _, _ := strings.Cut(item.Email, "@")
		emails = append(emails, name)
	}
	if p.Next != nil {
		next = *p.Next
	}
	return emails, next
}

func TestList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, name := range []string{"arthur", "bors", "bedivere", "kay"} {
		w.wait(time.Second)
		w.person(t, user.Registration{Email: name + "@camelot.bt", IsVerified: i%2 == 0, IsInactive: name == "kay"})
	}
	w.wait(time.Second)
	merlin := w.person(t, user.Registration{Email: "merlin@camelot.bt", IsSuperuser: true, Roles: []string{"editor"}})
	bors, err := w.auth.Manager().ByEmail(t.Context(), "bors@camelot.bt")
	if err != nil {
		t.Fatal(err)
	}
	c := w.as(t, merlin)
	c.want("POST", "/users/"+string(bors.ID)+"/ban", `{"reason":"shouts","until":"2026-11-29T13:00:00Z"}`, 200, "")
	for query, want := range map[string]string{
		"sort=email":                   "arthur bedivere bors kay merlin",
		"sort=created_at":              "arthur bors bedivere kay merlin",
		"sort=-created_at":             "merlin kay bedivere bors arthur",
		"q=b":                          "bedivere bors",
		"q=B":                          "bedivere bors",
		"sort=email&is_active=false":   "kay",
		"sort=email&is_verified=true":  "arthur bedivere",
		"is_superuser=true":            "merlin",
		"role=editor":                  "merlin",
		"banned=true":                  "bors",
		"sort=email&banned=false":      "arthur bedivere kay merlin",
		"q=b&banned=true":              "bors",
		"q=.*":                         "",
		"q=%7B%22%24ne%22%3A%22%22%7D": "",
		"sort=created_at&created_after=2026-11-29T12:00:04Z":  "kay merlin",
		"sort=created_at&created_before=2026-11-29T12:00:03Z": "arthur bors",
		"is_active[$ne]=true&sort=email":                      "arthur bedivere bors kay merlin", // an unknown parameter
	} {
		if got, _ := c.list(query); strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	var all []string
	query, cursor := "sort=created_at&limit=2", ""
	for range 3 {
		var got []string
		got, cursor = c.list(query + map[bool]string{true: "", false: "&cursor=" + cursor}[cursor == ""])
		all = append(all, got...)
	}
	if cursor != "" || !slices.Equal(all, []string{"arthur", "bors", "bedivere", "kay", "merlin"}) {
		t.Errorf("pages: got %q and the cursor %q", all, cursor)
	}
	item := c.want("GET", "/users?banned=true", "", 200, "")
	if want := `"created_at":"2026-11-29T12:00:02Z","ban":{"at":"2026-11-29T12:00:05Z","until":"2026-11-29T13:00:00Z","reason":"shouts","by":"` + string(merlin.ID) + `"}}],"next":null}`; !strings.HasSuffix(item.body, want) {
		t.Errorf("got %s, want it to end in %s", item.body, want)
	}
	w.wait(time.Hour) // the ban ends without a write
	if got, _ := c.list("banned=true"); got != nil {
		t.Errorf("after the ban: got %q, want none", got)
	}
}

// TestListInvalid sends what is no value of a parameter, and cursors that were not made
// for the list.
func TestListInvalid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	merlin := w.person(t, user.Registration{IsSuperuser: true})
	for range 3 {
		w.person(t, user.Registration{})
	}
	c := w.as(t, merlin)
	hostile := []string{"", "x", "TRUE", `{"$ne":""}`, "$ne", "[]", ".*", "\x00", "a\x00b", "\xff", "' OR 1=1", strings.Repeat("9", 5000)}
	for _, name := range []string{"is_active", "is_verified", "is_superuser", "banned", "role", "created_after", "created_before", "sort", "limit", "cursor"} {
		for _, value := range hostile {
			got := c.send("GET", "/users?"+name+"="+url.QueryEscape(value), "")
			if want := fmt.Sprintf(`{"detail":[{"loc":["query",%q]`, name); got.status != 422 || !strings.HasPrefix(got.body, want) {
				t.Errorf("%s=%.20q: got %v, want 422", name, value, got)
			}
		}
		if got := c.send("GET", "/users?"+name+"=true&"+name+"=true", ""); got.status != 422 {
			t.Errorf("%s twice: got %v, want 422", name, got)
		}
	}
	c.want("GET", "/users?q=a&sort=id", "", 422, `{"detail":[{"loc":["query","sort"],"msg":"q is sorted by email","type":"value_error"}]}`)
	_, cursor := c.list("limit=2")
	if cursor == "" {
		t.Fatal("got no cursor")
	}
	forged := []string{cursor[1:], cursor[:len(cursor)-1], cursor + "A", "A" + cursor[1:], cursor + "=", strings.ToUpper(cursor)}
	for i := range cursor {
		other := byte('A')
		if cursor[i] == 'A' {
			other = 'B'
		}
		forged = append(forged, cursor[:i]+string(other)+cursor[i+1:])
	}
	for _, text := range forged {
		if got := c.send("GET", "/users?limit=2&cursor="+url.QueryEscape(text), ""); got.status != 422 {
			t.Fatalf("cursor %q: got %v, want 422", text, got)
		}
	}
	for _, other := range []string{"sort=email", "sort=-created_at", "is_active=true", "banned=false", "role=editor", "created_after=2026-01-01T00:00:00Z", "q=p"} {
		if got := c.send("GET", "/users?"+other+"&cursor="+cursor, ""); got.status != 422 {
			t.Errorf("the cursor of another list with %s: got %v, want 422", other, got)
		}
	}
	c.want("GET", "/users?limit=1&cursor="+cursor, "", 200, "") // another size of pages is the same list
}

func TestCreateAndBan(t *testing.T) {
	t.Parallel()
	w, merlin, arthur := court(t)
	c := w.as(t, merlin)
	got := c.want("POST", "/users", `{"email":"galahad@camelot.bt","is_verified":true,"roles":["editor"]}`, 201, "")
	if !strings.Contains(got.body, `"is_verified":true,"roles":["editor"]`) {
		t.Errorf("create: got %v", got)
	}
	c.want("POST", "/users", `{"email":"galahad@camelot.bt"}`, 400, `{"detail":"REGISTER_USER_ALREADY_EXISTS"}`)
	c.want("POST", "/users", `{"email":"no","roles":["knight"],"is_active":"x"}`, 422, "")
	c.want("POST", "/users", `{"email":"short@camelot.bt","password":"x"}`, 400, "")
	path := "/users/" + string(arthur.ID) + "/ban"
	for _, body := range []string{`{"until":"tomorrow"}`, `{"until":"2026-11-29T12:00:00Z"}`, `{"until":"2020-01-01T00:00:00Z"}`, `{"until":7}`, `{"until":{"$gt":""}}`, `{"reason":["x"]}`, `{"reason":"` + strings.Repeat("ä", 501) + `"}`} {
		c.want("POST", path, body, 422, "")
	}
	king := w.as(t, arthur)
	c.want("POST", path, `{"reason":"`+strings.Repeat("ä", 500)+`","until":null}`, 200, "")
	king.want("GET", "/users/me", "", 401, unauthorized)
	c.want("POST", path, `{"until":"2026-11-29T12:30:00Z"}`, 200, "") // another ban
	w.wait(30 * time.Minute)
	w.as(t, arthur).want("GET", "/users/me", "", 200, "")
	c.want("DELETE", path, "", 200, "")
	c.want("DELETE", path, "", 200, "")
	c.want("POST", "/users/"+string(merlin.ID)+"/ban", `{}`, 403, forbidden)
	c.want("POST", "/users/"+string(arthur.ID)+"/verify", "", 200, "")
	c.want("POST", "/users/"+string(arthur.ID)+"/unlock", "", 204, "")
	if e := w.recorded[len(w.recorded)-1]; e.Kind != user.EventUnlocked || e.User != arthur.ID || e.Actor != merlin.ID {
		t.Errorf("recorded: %+v", e)
	}
	king = w.as(t, arthur)
	c.want("POST", "/users/"+string(arthur.ID)+"/logout", "", 204, "")
	king.want("GET", "/users/me", "", 401, unauthorized)
}

// The end of a ban is a time that can be shown: in UTC it may be of another year than in
// its own zone. One ban that another program has stored does not spoil the list.
func TestEndsOfBans(t *testing.T) {
	t.Parallel()
	w, merlin, arthur := court(t)
	c := w.as(t, merlin)
	path := "/users/" + string(arthur.ID) + "/ban"
	for _, until := range []string{"9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.9999-00:01"} {
		c.want("POST", path, `{"until":"`+until+`"}`, 422, "")
	}
	c.want("POST", path, `{"reason":"<sword> & shield","until":"9999-12-31T23:59:59.9999Z"}`, 200, "")
	list := c.want("GET", "/users?banned=true", "", 200, "").body
	if want := `"until":"9999-12-31T23:59:59.999Z","reason":"<sword> & shield"`; !strings.Contains(list, want) {
		t.Errorf("got %s, want %s in it", list, want)
	}
	if _, err := w.auth.Manager().Ban(t.Context(), arthur, user.Ban{Until: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}); err == nil {
		t.Error("a program bans until the year 10000: got no error")
	}
	far := user.Ban{At: w.time(), Until: time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC), Reason: "shouts"}
	if _, err := w.store.Update(t.Context(), arthur.ID, user.Update{Ban: &far}); err != nil {
		t.Fatal(err)
	}
	list = c.want("GET", "/users?banned=true", "", 200, "").body
	if want := `"until":null,"reason":"shouts"`; !strings.Contains(list, want) {
		t.Errorf("got %s, want %s in it", list, want)
	}
}

// An address that is taken can be probed here no more often than by registrations.
func TestTakenAddressesAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *ginauth.Config, _ *admin.Config) { c.Limits = limits.Config{RegistrationsPerHour: 2} })
	c := w.as(t, w.person(t, user.Registration{Email: "merlin@camelot.bt", IsSuperuser: true}))
	for i := range 3 {
		c.want("POST", "/users", fmt.Sprintf(`{"email":"knight%d@camelot.bt"}`, i), 201, "")
	}
	for range 2 {
		c.want("POST", "/users", `{"email":"merlin@camelot.bt"}`, 400, `{"detail":"REGISTER_USER_ALREADY_EXISTS"}`)
	}
	c.want("POST", "/users", `{"email":"merlin@camelot.bt"}`, 429, `{"detail":"TOO_MANY_REQUESTS"}`)
	c.want("POST", "/users", `{"email":"galahad@camelot.bt"}`, 429, `{"detail":"TOO_MANY_REQUESTS"}`)
}

// TestWelcome: who is created without a password gets a mail to choose one.
func TestWelcome(t *testing.T) {
	t.Parallel()
	w, merlin, _ := court(t)
	c := w.as(t, merlin)
	c.want("POST", "/users", `{"email":"galahad@camelot.bt"}`, 201, "")
	c.want("POST", "/users", `{"email":"kay@camelot.bt","password":"guinevere"}`, 201, "")
	c.want("POST", "/users", `{"email":"mordred@camelot.bt","is_active":false}`, 201, "")
	if err := w.auth.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	all := w.outbox.Messages()
	if len(all) != 1 || all[0].To != "galahad@camelot.bt" || all[0].Kind != "welcome" || !strings.HasPrefix(all[0].URL, "https://camelot.bt/reset-password#token=") {
		t.Fatalf("mails: got %v, want one to galahad", all)
	}
	if u, err := w.auth.Manager().ResetPassword(t.Context(), all[0].Token, "guinevere"); err != nil || !u.HasPassword() {
		t.Errorf("the token of the mail: got %v", err)
	}
}

// TestRolesThatAreGone: roles that users have and the configuration does not are reported
// at the start, and permit nothing.
func TestRolesThatAreGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person(t, user.Registration{IsVerified: true, Roles: []string{"moderator", "support"}})
	var log strings.Builder
	config := ginauth.Config{
		Store: w.store, Secret: "0123456789abcdef0123456789abcdef", Backends: []backends.Backend{web},
		Roles:          map[string][]string{"support": {"users:read"}},
		Hooks:          user.Hooks{Send: func(context.Context, user.Mail) error { return nil }},
		RequiredEvents: []user.EventKind{user.EventImpersonated}, OnRequiredEvent: w.record,
		Logger: slog.New(slog.NewTextHandler(&log, nil)), Now: w.time,
	}
	var err error
	if w.auth, err = ginauth.New(config); err != nil {
		t.Fatal(err)
	}
	room, err := admin.New(t.Context(), w.auth, admin.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "users have roles that are not in Config.Roles, which are ignored") || !strings.Contains(log.String(), "roles=[moderator]") {
		t.Errorf("logged: %s", log.String())
	}
	w.Engine = gin.New()
	room.Routes().Attach(w.Group("/users"))
	w.POST("/as/:id", w.logInAs)
	c := w.as(t, u)
	c.want("GET", "/users", "", 200, "")
	c.want("POST", "/users/"+string(u.ID)+"/verify", "", 403, forbidden)
	c.want("GET", "/users?role=moderator", "", 422, "")
}
