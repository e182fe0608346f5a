package passkeys_test

import (
	"testing"
	"time"

	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
)

// The flows over MongoDB: register, log in, replay, keep the last way in, and several
// requests at once.
func TestMongo(t *testing.T) {
	t.Parallel()
	store, err := mongostore.Open(t.Context(), mongotest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldOver(t, store, limitsOff, asSecondFactor)
	w.Wait(time.Since(w.Clock())) // a server removes what has expired by its own clock
	u := w.withoutPassword(merlin, 1)
	c := w.client("cookie").enter(merlin)
	d := newDevice(t).synced()
	first := c.add(d)
	if len(first.Codes) != 10 {
		t.Errorf("got %d codes", len(first.Codes))
	}
	want(t, "log in", c.passkey(d), 200, "null")
	b := w.client("jwt").begin("/auth/jwt/passkey/options", "{}")
	body := finishing(b, d.get(b))
	if wins := fixture.Together(10, func(int) bool {
		return w.client("jwt").call("POST", "/auth/jwt/passkey/login", body).status == 200
	}); wins != 1 {
		t.Errorf("got %d logins by one answer, want 1", wins)
	}
	if got := w.client("jwt").factor(d, merlin); got.status != 200 {
		t.Errorf("as a factor: got %d %s", got.status, got.body)
	}
	want(t, "another's", w.client("cookie").passkey(newDevice(t)), 400, badLogin)
	account := w.accounts(u)[0].ID
	if wins := fixture.Together(2, func(i int) bool {
		if i == 0 {
			return c.call("DELETE", "/users/me/passkeys/"+first.ID, "").status == 204
		}
		return w.linked().Unlink(t.Context(), u, account) == nil
	}); wins != 1 {
		t.Errorf("%d of the two last ways in went, want 1", wins)
	}
}
