package admin_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/user"
)

// TestEscalation calls every route of administrators as every kind of caller over every
// kind of user, and compares the answers with testdata/escalation.golden. With
// AUTHTEST_UPDATE=1 it writes the file.
func TestEscalation(t *testing.T) {
	t.Parallel()
	w := banWorld(t)
	w.person(t, user.Registration{IsSuperuser: true}) // so that none is the last one
	role := func(names ...string) user.Registration { return user.Registration{IsVerified: true, Roles: names} }
	super := user.Registration{IsVerified: true, IsSuperuser: true}
	callers := []struct {
		name string
		as   func() *client
	}{
		{"anonymous", func() *client { return w.anonymous(t) }},
		{"user", func() *client { return w.as(t, w.person(t, role())) }},
		{"unverified", func() *client { return w.as(t, w.person(t, user.Registration{})) }},
		{"support", func() *client { return w.as(t, w.person(t, role("support"))) }},
		{"editor", func() *client { return w.as(t, w.person(t, role("editor"))) }},
		{"moderator", func() *client { return w.as(t, w.person(t, role("moderator"))) }},
		{"superuser", func() *client { return w.as(t, w.person(t, super)) }},
		{"scoped", func() *client { return w.as(t, w.person(t, super), "scope=users:write") }},
		{"API key", func() *client {
			c := w.anonymous(t)
			c.key = w.key(t, w.as(t, w.person(t, super)))
			return c
		}},
		{"impersonated", func() *client {
			c := w.as(t, w.person(t, super))
			if got := c.impersonate(w.person(t, role("moderator"))); got.status != 200 {
				t.Fatalf("impersonate: got %v", got)
			}
			return c
		}},
		{"demoted", func() *client {
			u := w.person(t, super)
			c, no := w.as(t, u), false
			if _, err := w.auth.Manager().Update(t.Context(), u, user.Changes{IsSuperuser: &no}); err != nil {
				t.Fatal(err)
			}
			return c
		}},
		{"banned", func() *client {
			u := w.person(t, super)
			c := w.as(t, u)
			if _, err := w.auth.Manager().Ban(t.Context(), u, user.Ban{}); err != nil {
				t.Fatal(err)
			}
			return c
		}},
	}
	targets := []struct {
		name string
		user.Registration
	}{{"user", role()}, {"editor", role("editor")}, {"moderator", role("moderator")}, {"superuser", super}}
	routes := [][3]string{
		{"GET", "/users", ""},
		{"POST", "/users", `{"email":"%s"}`},
		{"POST", "/users", `{"email":"%s","password":"guinevere"}`},
		{"POST", "/users", `{"email":"%s","is_superuser":true}`},
		{"POST", "/users", `{"email":"%s","roles":["support"]}`},
		{"POST", "/users/:id/ban", `{}`},
		{"DELETE", "/users/:id/ban", ""},
		{"POST", "/users/:id/verify", ""},
		{"POST", "/users/:id/logout", ""},
		{"POST", "/users/:id/unlock", ""},
		{"POST", "/users/:id/impersonate", `{"reason":"ticket 7"}`},
		{"GET", "/users/:id", ""},
		{"DELETE", "/users/:id", ""},
		{"PATCH", "/users/:id", `{"email":"%s"}`},
		{"PATCH", "/users/:id", `{"roles":["support"]}`},
		{"PATCH", "/users/:id", `{"is_superuser":true}`},
	}
	var table strings.Builder
	n := 0
	for _, route := range routes {
		for _, target := range targets {
			if !strings.Contains(route[1], ":id") && target.name != "user" {
				continue
			}
			fmt.Fprintf(&table, "%s %s %s of %s\n", route[0], route[1], strings.ReplaceAll(route[2], "%s", "…"), target.name)
			for _, caller := range callers {
				n++
				u := w.person(t, target.Registration)
				body := strings.ReplaceAll(route[2], "%s", fmt.Sprintf("new%d@camelot.bt", n))
				got := caller.as().send(route[0], strings.ReplaceAll(route[1], ":id", string(u.ID)), body)
				said := ""
				if got.status >= 400 {
					said = " " + got.body
				}
				fmt.Fprintf(&table, "\t%-13s%d%s\n", caller.name, got.status, said)
			}
		}
	}
	const golden = "testdata/escalation.golden"
	if os.Getenv("AUTHTEST_UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != table.String() {
		t.Errorf("the answers differ from %s (%v); with AUTHTEST_UPDATE=1 the test writes it:\n%s", golden, err, table.String())
	}
}

// barrier is a body that lets something happen before it is read.
type barrier struct {
	*strings.Reader
	before func()
}

func (b *barrier) Read(p []byte) (int, error) {
	if b.before != nil {
		b.before()
		b.before = nil
	}
	return b.Reader.Read(p)
}

// TestDemotedInMidRequest: whoever loses the right to it while the body is on its way does
// nothing any more.
func TestDemotedInMidRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person(t, user.Registration{IsSuperuser: true})
	for _, route := range [][2]string{{"/ban", `{}`}, {"/impersonate?backend=cookie", `{"reason":"ticket 7"}`}, {"", `{"email":"late@camelot.bt"}`}} {
		u, target := w.person(t, user.Registration{IsSuperuser: true}), w.person(t, user.Registration{IsVerified: true})
		c, no := w.as(t, u), false
		path := "/users"
		if route[0] != "" {
			path += "/" + string(target.ID) + route[0]
		}
		before := len(w.recorded)
		got := c.read("POST", path, &barrier{strings.NewReader(route[1]), func() {
			if _, err := w.auth.Manager().Update(t.Context(), u, user.Changes{IsSuperuser: &no}); err != nil {
				t.Error(err)
			}
		}})
		if got.status != 403 || got.body != forbidden || len(w.recorded) != before {
			t.Errorf("POST %s: got %v and %d events, want 403", path, got, len(w.recorded)-before)
		}
	}
	if _, err := w.auth.Manager().ByEmail(t.Context(), "late@camelot.bt"); err == nil {
		t.Error("a user was created by a superuser who was demoted meanwhile")
	}
	// The target becomes a superuser while the body is on its way.
	target, yes := w.person(t, user.Registration{IsVerified: true}), true
	c := w.as(t, w.person(t, user.Registration{IsSuperuser: true}))
	got := c.read("POST", "/users/"+string(target.ID)+"/impersonate", &barrier{strings.NewReader(`{"reason":"ticket 7"}`), func() {
		if _, err := w.auth.Manager().Update(t.Context(), target, user.Changes{IsSuperuser: &yes}); err != nil {
			t.Error(err)
		}
	}})
	if got.status != 403 || got.body != refused {
		t.Errorf("impersonation of a user promoted meanwhile: got %v", got)
	}
}
