package apikeys_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/apikeys"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// What ends keys, and what does not.
func TestEnds(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	password := secrets.Secret("a new long password")
	update := func(w *world, c user.Changes) error {
		_, err := w.auth.Manager().Update(w.t.Context(), w.User(arthur), c)
		return err
	}
	reset := func(w *world) error {
		token, err := w.auth.Manager().ResetToken(w.User(arthur))
		if err == nil {
			_, err = w.auth.Manager().ResetPassword(w.t.Context(), token, password)
		}
		return err
	}
	tests := []struct {
		name  string
		do    func(w *world) error
		lives bool
	}{
		{"password change", func(w *world) error { return update(w, user.Changes{Password: &password}) }, true},
		{"log out everywhere", func(w *world) error {
			_, err := w.auth.Manager().LogOutEverywhere(w.t.Context(), w.User(arthur), "")
			return err
		}, true},
		{"new address", func(w *world) error {
			text := "king@camelot.bt"
			return update(w, user.Changes{Email: &text})
		}, true},
		{"second factor", func(w *world) error {
			_, err := w.auth.Manager().TurnOnSecondFactor(w.t.Context(), w.User(arthur), "")
			return err
		}, true},
		{"reset", reset, false},
		{"reset of an unverified user", func(w *world) error {
			if err := update(w, user.Changes{IsVerified: &no}); err != nil {
				return err
			}
			return reset(w)
		}, false},
		{"deactivation", func(w *world) error { return update(w, user.Changes{IsActive: &no}) }, false},
		{"deactivation and activation", func(w *world) error {
			if err := update(w, user.Changes{IsActive: &no}); err != nil {
				return err
			}
			return update(w, user.Changes{IsActive: &yes})
		}, false},
		{"ban", func(w *world) error {
			_, err := w.auth.Manager().Ban(w.t.Context(), w.User(arthur), user.Ban{Reason: "x"})
			return err
		}, false},
		{"ban that is over", func(w *world) error {
			_, err := w.auth.Manager().Ban(w.t.Context(), w.User(arthur), user.Ban{Until: w.Clock().Add(time.Minute)})
			w.Wait(time.Hour)
			return err
		}, false},
		{"ban and unban", func(w *world) error {
			u, err := w.auth.Manager().Ban(w.t.Context(), w.User(arthur), user.Ban{Reason: "x"})
			if err == nil {
				_, err = w.auth.Manager().Unban(w.t.Context(), u)
			}
			return err
		}, false},
		{"takeover for a superuser", func(w *world) error {
			_, err := w.auth.Manager().EnsureSuperuser(w.t.Context(), arthur, password)
			return err
		}, false},
		{"end of all keys", func(w *world) error {
			if got := w.call("DELETE", "/users/me/api-keys", "", w.enter(arthur)...); got.status != 204 {
				return fmt.Errorf("got %d %s", got.status, got.body)
			}
			return nil
		}, false},
		{"deletion", func(w *world) error { return w.auth.Manager().Delete(w.t.Context(), w.User(arthur)) }, false},
		{"another owner version alone", func(w *world) error {
			_, err := w.Memory.Update(w.t.Context(), w.User(arthur).ID, user.Update{ChangeOwner: true, UpdatedAt: w.Clock()})
			return err
		}, false},
		{"inactive without any version", func(w *world) error {
			_, err := w.Memory.Update(w.t.Context(), w.User(arthur).ID, user.Update{IsActive: &no, UpdatedAt: w.Clock()})
			return err
		}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, limitsOff)
			w.Create(arthur)
			k := w.make(arthur, "orders:read")
			want(t, "before", w.call("GET", "/read", "", k.header()...), 200, "")
			if err := test.do(w); err != nil {
				t.Fatal(err)
			}
			status := 401
			if test.lives {
				status = 200
			}
			for path, headers := range map[string][]string{"/read": k.bearer(), "/lax": k.header()} {
				want(t, "after", w.call("GET", path, "", headers...), status, "")
			}
		})
	}
}

// A key that is made after all were ended is valid, also at the very same time.
func TestKeyAfterTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.Create(arthur)
	login := w.enter(arthur)
	old := w.makeBy(login, "orders:read")
	want(t, "end", w.call("DELETE", "/users/me/api-keys", "", login...), 204, "")
	k := w.makeBy(login, "orders:read")
	want(t, "new", w.call("GET", "/read", "", k.header()...), 200, "")
	want(t, "old", w.call("GET", "/read", "", old.header()...), 401, unauthorized)
	if all, _ := w.Memory.CredentialsOf(t.Context(), u.ID); len(all) != 1 {
		t.Errorf("got %d records, want 1", len(all))
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Create(arthur)
	got := w.call("POST", "/users/me/api-keys", `{"name":"x","scopes":["orders:read"],"expires_at":"2026-01-01T12:01:00Z"}`, w.enter(arthur)...)
	k := decode[key](t, got)
	w.Wait(time.Minute - time.Millisecond)
	want(t, "before", w.call("GET", "/read", "", k.header()...), 200, "")
	w.Wait(time.Millisecond)
	want(t, "at the end", w.call("GET", "/read", "", k.header()...), 401, unauthorized)
	want(t, "list", w.call("GET", "/users/me/api-keys", "", w.enter(arthur)...), 200, `[]`)
	w.Wait(-time.Second) // the record is still there: the time decides
	want(t, "clock set back", w.call("GET", "/read", "", k.header()...), 200, "")
}

func TestTokensValidFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Create(arthur)
	k := w.make(arthur, "orders:read")
	w.Wait(time.Hour)
	w.start(func(c *ginauth.Config, _ *apikeys.Config) { c.TokensValidFrom = w.Clock() })
	want(t, "a key of before", w.call("GET", "/read", "", k.header()...), 401, unauthorized)
	want(t, "a key of now", w.call("GET", "/read", "", w.make(arthur, "orders:read").header()...), 200, "")
}

// A scope that is taken out of the configuration opens nothing, and is logged once.
func TestScopeTakenOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Create(arthur)
	k := w.make(arthur, "orders:read", "orders:write")
	w.start(func(_ *ginauth.Config, c *apikeys.Config) { c.Scopes = map[string]apikeys.Scope{"orders:write": {}} })
	for range 3 {
		want(t, "taken out", w.call("GET", "/read", "", k.header()...), 403, insufficient)
		want(t, "still there", w.call("GET", "/any", "", k.header()...), 200, `{"by_key":true,"key":"Warehouse","scopes":["orders:write"],"user":true}`)
	}
	if n := strings.Count(w.Log.String(), "is not declared, and ignored"); n != 1 {
		t.Errorf("got %d lines in the log, want 1", n)
	}
}

// A scope that needs a permission is for those who have it, when it is made and at each use.
func TestScopeNeedsPermission(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(func(_ *ginauth.Config, c *apikeys.Config) {
		c.Scopes = map[string]apikeys.Scope{"orders:read": {}, "orders:write": {Needs: "orders:write"}}
		c.Permits = func(_ *user.User, permission string) bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			for _, held := range w.held {
				if held == permission {
					return true
				}
			}
			return false
		}
	})
	w.Create(arthur)
	w.Create(merlin, superuser)
	body := `{"name":"x","scopes":["orders:read","orders:write"]}`
	want(t, "without the permission", w.call("POST", "/users/me/api-keys", body, w.enter(arthur)...), 403, `{"detail":"Forbidden"}`)
	chief := w.make(merlin, "orders:write")
	want(t, "a superuser's", w.call("GET", "/any", "", chief.header()...), 200, "")
	w.held = []string{"orders:write"}
	k := w.make(arthur, "orders:read", "orders:write")
	want(t, "with it", w.call("GET", "/both", "", k.header()...), 200, "")
	w.held = nil // demoted
	want(t, "after it is lost", w.call("GET", "/both", "", k.header()...), 403, insufficient)
	want(t, "what needs nothing", w.call("GET", "/read", "", k.header()...), 200, "")
}

// At most MaxKeys keys, however many are made at once.
func TestMaxKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff)
	u := w.Create(arthur)
	login := w.enter(arthur)
	made := fixture.Together(120, func(int) bool {
		got := w.call("POST", "/users/me/api-keys", `{"name":"x"}`, login...)
		if got.status != 201 && (got.status != 400 || got.body != `{"detail":"API_KEY_LIMIT"}`) {
			t.Errorf("got %d %s", got.status, got.body)
		}
		return got.status == 201
	})
	all, err := w.Memory.CredentialsOf(t.Context(), u.ID)
	if err != nil || len(all) != made || made < 1 || made > 100 {
		t.Errorf("got %d keys for %d answers, %v", len(all), made, err)
	}
	for range 100 - made { // some gave way to each other
		w.makeBy(login)
	}
	want(t, "one more", w.call("POST", "/users/me/api-keys", `{"name":"x"}`, login...), 400, `{"detail":"API_KEY_LIMIT"}`)
	want(t, "end", w.call("DELETE", "/users/me/api-keys", "", login...), 204, "")
	w.makeBy(login)
}

// After the 204 of a removal no request with the key is let in.
func TestRemoveAgainstUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff)
	w.Create(arthur)
	login := w.enter(arthur)
	for round := range rounds {
		k := w.makeBy(login, "orders:read")
		w.Wait(time.Minute / 120) // uses are noted in some rounds
		path := "/users/me/api-keys/" + k.ID
		if round%10 == 0 {
			path, login = "/users/me/api-keys", w.enter(arthur)
		}
		fixture.Together(2, func(i int) bool {
			if i > 0 {
				w.call("GET", "/read", "", k.header()...)
				return true
			}
			want(t, "remove", w.call("DELETE", path, "", login...), 204, "")
			want(t, fmt.Sprint("round ", round, ": after it"), w.call("GET", "/read", "", k.bearer()...), 401, unauthorized)
			return true
		})
		if t.Failed() {
			return
		}
		want(t, fmt.Sprint("round ", round, ": at last"), w.call("GET", "/read", "", k.header()...), 401, unauthorized)
		if round%50 == 49 {
			w.Wait(5 * time.Minute)
			login = w.enter(arthur)
		}
	}
}

// The end of all keys against their making: a key that was made before is dead.
func TestEndAgainstMake(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff)
	u := w.Create(arthur)
	login := w.enter(arthur)
	for round := range rounds / 5 {
		var k key
		before := w.User(arthur).KeyVersion
		fixture.Together(2, func(i int) bool {
			if i == 0 {
				want(t, "end", w.call("DELETE", "/users/me/api-keys", "", login...), 204, "")
			} else {
				k = w.makeBy(login, "orders:read")
			}
			return true
		})
		after := w.User(arthur).KeyVersion
		if after != before+1 {
			t.Fatalf("round %d: got version %d after %d", round, after, before)
		}
		got := w.call("GET", "/read", "", k.header()...)
		all, _ := w.Memory.CredentialsOf(t.Context(), u.ID)
		current := len(all) == 1 && strings.Contains(string(all[0].Data), fmt.Sprintf(`"key_version":%d`, after))
		if (got.status == 200) != current {
			t.Fatalf("round %d: got %d, but it is of this version: %v", round, got.status, current)
		}
	}
}
