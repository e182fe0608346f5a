package contract

import (
	"testing"

	"github.com/ginauth/ginauth/user"
)

// guardPaths are the guards of the example, in the order of the columns below.
var guardPaths = []string{"user", "optional", "active", "verified", "active-verified", "superuser", "verified-superuser", "cookie-only"}

// testGuards has who passes which guard.
func testGuards(t *testing.T, w *world) {
	browser := w.arthur.browser(t, "cookie")
	// 0 stands for 200 with no user.
	tests := []struct {
		name   string
		client *client
		who    *person
		want   [8]int
	}{
		{"nobody", w.client(), nil, [8]int{401, 0, 401, 401, 401, 401, 401, 401}},
		{"bad token", w.client().with("x"), nil, [8]int{401, 0, 401, 401, 401, 401, 401, 401}},
		{"active", w.arthur.client, w.arthur, [8]int{200, 200, 200, 403, 403, 403, 403, 401}},
		{"active, by cookie", browser, w.arthur, [8]int{200, 200, 200, 403, 403, 403, 403, 200}},
		// A token that yields nobody does not stop the search.
		{"bad token and good cookie", browser.with("x"), w.arthur, [8]int{200, 200, 200, 403, 403, 403, 403, 200}},
		{"active, by session", w.arthur.browser(t, "session"), w.arthur, [8]int{200, 200, 200, 403, 403, 403, 403, 401}},
	}
	if w.super != nil {
		verified, super := w.verified(t), w.member(t)
		super.account.superuser = true
		w.super.patch(t, "/users/"+super.id, `{"is_superuser":true}`).must(t, 200, super.json())
		admin := *verified
		tests = append(tests, []struct {
			name   string
			client *client
			who    *person
			want   [8]int
		}{
			{"verified", verified.client, &admin, [8]int{200, 200, 200, 200, 200, 403, 403, 401}},
			{"superuser", super.client, super, [8]int{200, 200, 200, 403, 403, 200, 403, 401}},
			// The first that yields a user wins, and is the one who is tested.
			{"superuser, with the cookie of somebody else", browser.with(super.bearer), super, [8]int{200, 200, 200, 403, 403, 200, 403, 200}},
		}...)
	}
	for _, tt := range tests {
		for i, path := range guardPaths {
			who := tt.who
			if path == "cookie-only" {
				who = w.arthur // whose cookie it is
			}
			for _, method := range []string{"GET", "POST"} {
				a := tt.client.send(t, method, "/protected/"+path, "")
				a.request += ": " + tt.name
				wantGuarded(t, a, who, tt.want[i])
			}
		}
	}
}

func wantGuarded(t *testing.T, a answer, who *person, want int) {
	t.Helper()
	switch want {
	case 0:
		a.want(t, 200, `{"user":null}`)
	case 200:
		a.want(t, 200, `{"user":`+who.json()+`}`)
	case 401:
		a.want(t, 401, unauthorized)
	case 403:
		a.want(t, 403, forbidden)
	}
}

// TestGuardsInactive has users who were deactivated behind ginauth's back, so that
// their tokens are still good: requirements are independent of each other.
func TestGuardsInactive(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{})
		w.settle(t)
		tests := []struct {
			name                string
			verified, superuser bool
			want                [8]int
		}{
			{"inactive", false, false, [8]int{200, 200, 401, 403, 401, 401, 401, 200}},
			{"inactive and verified", true, false, [8]int{200, 200, 401, 200, 401, 401, 401, 200}},
			{"inactive superuser", true, true, [8]int{200, 200, 401, 200, 401, 401, 401, 200}},
		}
		for _, tt := range tests {
			p := w.member(t)
			browser := p.browser(t, "cookie").with(p.bearer)
			p.active, p.account.verified, p.account.superuser = false, tt.verified, tt.superuser
			w.in.change(t, p, user.Update{IsActive: &p.active, IsVerified: &p.account.verified, IsSuperuser: &p.account.superuser})
			for i, path := range guardPaths {
				a := browser.get(t, "/protected/"+path)
				a.request += ": " + tt.name
				wantGuarded(t, a, p, tt.want[i])
			}
			for _, method := range []string{"GET", "PATCH"} {
				browser.send(t, method, "/users/me", "").want(t, 401, unauthorized)
			}
			browser.get(t, "/users/"+p.id).want(t, 401, unauthorized)
			browser.post(t, "/auth/jwt/logout", "").want(t, 401, unauthorized)
			browser.post(t, "/auth/cookie/logout", "").want(t, 401, unauthorized)
			w.client().logIn(t, "verified", p.email, password).want(t, 400, badCredentials)
		}
	})
}

// change changes a stored user as nobody can from outside.
func (in *inside) change(t testing.TB, p *person, update user.Update) {
	t.Helper()
	update.UpdatedAt = in.clock.Now()
	if _, err := in.store.fullStore.Update(t.Context(), user.ID(p.id), update); err != nil {
		t.Fatal(err)
	}
}
