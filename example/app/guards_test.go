package app

import (
	"net/http"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/user"
)

// TestGuards calls every guarded path as each kind of caller, by GET and by POST.
func TestGuards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("unverified@camelot.bt")
	w.person("verified@camelot.bt", verified)
	w.person("superuser@camelot.bt", superuser)
	w.person("verified.superuser@camelot.bt", superuser, verified)
	callers := []struct {
		name   string
		client *client
		email  string
	}{
		{"anonymous", w.client(), ""},
		{"inactive", w.inactive("inactive@camelot.bt"), "inactive@camelot.bt"},
		{"inactive and verified", w.inactive("inactive.verified@camelot.bt", verified), "inactive.verified@camelot.bt"},
		{"unverified", w.client().logIn("jwt", "unverified@camelot.bt"), "unverified@camelot.bt"},
		{"verified", w.client().logIn("jwt", "verified@camelot.bt"), "verified@camelot.bt"},
		{"superuser", w.client().logIn("jwt", "superuser@camelot.bt"), "superuser@camelot.bt"},
		{"verified superuser", w.client().logIn("jwt", "verified.superuser@camelot.bt"), "verified.superuser@camelot.bt"},
		{"by cookie", w.client().logIn("cookie", "unverified@camelot.bt"), "unverified@camelot.bt"},
		{"by session", w.client().logIn("session", "unverified@camelot.bt"), "unverified@camelot.bt"},
		{"by redis", w.client().logIn("redis", "unverified@camelot.bt"), "unverified@camelot.bt"},
	}
	const nobody = -200 // 200 with no user in it
	tests := []struct {
		path     string
		statuses []int // as the callers
	}{
		{"/protected/user", []int{401, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
		{"/protected/optional", []int{nobody, 200, 200, 200, 200, 200, 200, 200, 200, 200}},
		{"/protected/active", []int{401, 401, 401, 200, 200, 200, 200, 200, 200, 200}},
		{"/protected/verified", []int{401, 403, 200, 403, 200, 403, 200, 403, 403, 403}},
		{"/protected/active-verified", []int{401, 401, 401, 403, 200, 403, 200, 403, 403, 403}},
		{"/protected/superuser", []int{401, 401, 401, 403, 403, 200, 200, 403, 403, 403}},
		{"/protected/verified-superuser", []int{401, 401, 401, 403, 403, 403, 200, 403, 403, 403}},
		{"/protected/fresh", []int{401, 401, 401, 200, 200, 200, 200, 200, 200, 200}},
		{"/protected/mfa", []int{401, 401, 401, 403, 403, 403, 403, 403, 403, 403}},
		{"/protected/scope", []int{401, 401, 401, 200, 200, 200, 200, 200, 200, 200}},
		{"/protected/cookie-only", []int{401, 401, 401, 401, 401, 401, 401, 200, 401, 401}},
	}
	bodies := map[int]string{401: `{"detail":"Unauthorized"}`, 403: `{"detail":"Forbidden"}`, nobody: `{"user":null}`}
	for _, test := range tests {
		for i, caller := range callers {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				want := test.statuses[i]
				got := caller.client.call(method, test.path, nil)
				if got.status != max(want, -want) {
					t.Errorf("%s %s as %s: got %d %s, want %d", method, test.path, caller.name, got.status, got.body, max(want, -want))
					continue
				}
				if want == 200 {
					shown := decode[struct {
						User userJSON `json:"user"`
					}](t, got)
					if shown.User.Email != caller.email {
						t.Errorf("%s %s as %s: got %s, want %s", method, test.path, caller.name, got.body, caller.email)
					}
				} else if test.path == "/protected/mfa" && want == 403 {
					if got.body != `{"detail":"FACTOR_REQUIRED"}` {
						t.Errorf("%s %s as %s: got %s", method, test.path, caller.name, got.body)
					}
				} else if got.body != bodies[want] {
					t.Errorf("%s %s as %s: got %s, want %s", method, test.path, caller.name, got.body, bodies[want])
				}
			}
		}
	}
}

// inactive returns a client that was logged in before its user was deactivated in a
// way that leaves the token valid: directly in the database.
func (w *world) inactive(email string, change ...func(*user.Registration)) *client {
	w.t.Helper()
	w.person(email, change...)
	c := w.client().logIn("jwt", email)
	changed, err := w.app.engines.database.Collection("users").UpdateOne(w.t.Context(),
		bson.M{"email_key": email}, bson.M{"$set": bson.M{"is_active": false}})
	if err != nil || changed.ModifiedCount != 1 {
		w.t.Fatalf("deactivate %s: got %v, error %v", email, changed, err)
	}
	return c
}
