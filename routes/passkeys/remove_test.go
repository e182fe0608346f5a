package passkeys_test

import (
	"context"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/passkeys"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// withoutPassword creates a user who has accounts at providers alone.
func (w *world) withoutPassword(email string, accounts int) *user.User {
	w.t.Helper()
	u := w.create(email, nil)
	store := w.users.(records.OAuthStore)
	for i := range accounts {
		a := records.OAuthAccount{
			ID: store.NewAccountID(), UserID: u.ID, Provider: "lake", AccountID: email + string(rune('a'+i)), AccountEmail: email,
			CreatedAt: w.Clock(), UpdatedAt: w.Clock(),
		}
		if err := store.LinkAccount(w.t.Context(), a); err != nil {
			w.t.Fatal(err)
		}
	}
	return u
}

// BeforeCredential can refuse that a passkey is created or removed.
func TestBeforeCredential(t *testing.T) {
	t.Parallel()
	var asked []user.CredentialChange
	refuse := false
	w := newWorld(t, func(c *ginauth.Config, _ *passkeys.Config) {
		c.Hooks.BeforeCredential = func(_ context.Context, _ *user.User, change user.CredentialChange) error {
			if asked = append(asked, change); refuse {
				return &user.Refusal{Code: "PASSKEYS_CLOSED"}
			}
			return nil
		}
	})
	w.create(merlin, nil)
	c := w.client("cookie").enter(merlin)
	first := c.add(newDevice(t))
	second := c.add(newDevice(t))
	refuse = true
	want(t, "create", c.register(newDevice(t)), 400, `{"detail":"PASSKEYS_CLOSED"}`)
	want(t, "remove", c.call("DELETE", "/users/me/passkeys/"+first.ID, ""), 400, `{"detail":"PASSKEYS_CLOSED"}`)
	refuse = false
	want(t, "remove", c.call("DELETE", "/users/me/passkeys/"+second.ID, ""), 204, "")
	if len(asked) != 5 || asked[0].Kind != "passkey" || asked[0].Removed || !asked[3].Removed {
		t.Errorf("asked: %+v", asked)
	}
}

func TestLastWayIn(t *testing.T) {
	t.Parallel()
	for _, changes := range map[string][]change{"plain": nil, "as second factor": {asSecondFactor}} {
		w := newWorld(t, changes...)
		u := w.withoutPassword(merlin, 1)
		c := w.client("cookie").enter(merlin)
		d, spare := newDevice(t), newDevice(t).withoutUV()
		first := c.add(d)
		if err := w.linked().Unlink(t.Context(), u, w.accounts(u)[0].ID); err != nil {
			t.Fatalf("unlink with a passkey left: %v", err)
		}
		want(t, "log in", c.passkey(d), 200, "null")
		second := c.add(spare)
		on := w.user(merlin).SecondFactor
		want(t, "the last one", c.call("DELETE", "/users/me/passkeys/"+first.ID, ""), 400, lastWayIn)
		if w.user(merlin).SecondFactor != on {
			t.Error("a refused removal has changed the second factor")
		}
		want(t, "one that is no way in", c.call("DELETE", "/users/me/passkeys/"+second.ID, ""), 204, "")
		want(t, "it still works", w.client("cookie").passkey(d), 200, "null")
		third := c.add(newDevice(t))
		want(t, "with another one", c.call("DELETE", "/users/me/passkeys/"+first.ID, ""), 204, "")
		w.create("kay@camelot.bt", func(u *user.User) { u.IsSuperuser = true })
		kay := w.client("jwt").enter("kay@camelot.bt")
		want(t, "by a superuser", kay.call("DELETE", "/users/"+string(u.ID)+"/passkeys/"+third.ID, ""), 400, lastWayIn)
		want(t, "an unknown one", kay.call("DELETE", "/users/"+string(u.ID)+"/passkeys/"+first.ID, ""), 404, notFound)
		want(t, "of an unknown user", kay.call("GET", "/users/x/passkeys", ""), 404, notFound)
		own := kay.add(newDevice(t))
		if w.user("kay@camelot.bt").SecondFactor {
			continue // the superuser did not log in with two factors
		}
		want(t, "one's own", kay.call("DELETE", "/users/"+string(w.user("kay@camelot.bt").ID)+"/passkeys/"+own.ID, ""), 403, `{"detail":"Forbidden"}`)
		want(t, "by a user", c.call("GET", "/users/"+string(u.ID)+"/passkeys", ""), 403, `{"detail":"Forbidden"}`)
	}
}

// linked returns the operations on accounts at providers.
func (w *world) linked() *oauth.Accounts {
	w.t.Helper()
	linked, err := oauth.NewAccounts(w.auth)
	if err != nil {
		w.t.Fatal(err)
	}
	return linked
}

func (w *world) accounts(u *user.User) []records.OAuthAccount {
	w.t.Helper()
	accounts, err := w.users.(records.OAuthStore).AccountsOf(w.t.Context(), u.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return accounts
}

// Two removals at once, of a passkey and an account or another passkey: one way in stays,
// and the second factor is on exactly while there is one.
func TestLastWayInAtOnce(t *testing.T) {
	t.Parallel()
	for round := range rounds {
		asFactor := round%2 == 0
		changes := []change{limitsOff, asSecondFactor}
		if !asFactor {
			changes = changes[:1]
		}
		w := newWorldOver(t, nil, changes...)
		u := w.withoutPassword(merlin, 1)
		c := w.client("jwt").enter(merlin)
		d := newDevice(t)
		m := c.add(d)
		if asFactor {
			c = w.client("jwt")
			c.passkey(d)
		}
		account := w.accounts(u)[0].ID
		wins := fixture.Together(2, func(i int) bool {
			if i == 0 {
				return c.call("DELETE", "/users/me/passkeys/"+m.ID, "").status == 204
			}
			return w.linked().Unlink(t.Context(), u, account) == nil
		})
		left := len(w.accounts(u))
		all, err := w.Memory.CredentialsOf(t.Context(), u.ID, "passkey")
		if err != nil || wins != 1 || left+len(all) != 1 {
			t.Fatalf("round %d: %d removals, %d accounts and %d passkeys left, %v", round, wins, left, len(all), err)
		}
		if on := w.user(merlin).SecondFactor; on != (asFactor && len(all) == 1) {
			t.Fatalf("round %d: second factor is %v with %d passkeys", round, on, len(all))
		}
	}
}

// A superuser removes the passkey of a lost device: with the last factor the second factor is
// turned off, and the user's sessions end.
func TestRemovalBySuperuser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, asSecondFactor)
	d := newDevice(t)
	c := w.client("cookie").enter(arthur)
	m := c.add(d)
	w.create(merlin, func(u *user.User) { u.IsSuperuser = true })
	admin := w.client("jwt").enter(merlin)
	path := "/users/" + string(w.user(arthur).ID) + "/passkeys/" + m.ID
	w.Wait(11 * time.Minute)
	want(t, "stale", admin.call("DELETE", path, ""), 403, `{"detail":"FRESH_LOGIN_REQUIRED"}`)
	admin.enter(merlin)
	want(t, "remove", admin.call("DELETE", path, ""), 204, "")
	if got := c.call("GET", "/active", ""); got.status != 401 || w.user(arthur).SecondFactor {
		t.Errorf("got %d, second factor is %v", got.status, w.user(arthur).SecondFactor)
	}
	want(t, "the passkey", w.client("cookie").passkey(d), 400, badLogin)
	codes, err := w.Memory.CredentialByKey(t.Context(), "recovery", string(w.user(arthur).ID))
	if err != nil || string(codes.Data) == "" || len(codes.Data) > 60 {
		t.Errorf("got the recovery codes %q, %v, want none left", codes.Data, err)
	}
}
