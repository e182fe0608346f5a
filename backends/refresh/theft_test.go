package refresh_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/user"
)

// Whoever is first, a thief is seen at the first step that is more than the grace apart,
// and only the stolen login ends.
func TestTheft(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		steal func(t *testing.T, w *world, stolen string) (owner string)
	}{
		{"the thief is first", func(t *testing.T, w *world, stolen string) string {
			w.refresh(t, stolen)
			return stolen
		}},
		{"the owner is first", func(t *testing.T, w *world, stolen string) string {
			w.refresh(t, stolen)
			w.wait(time.Minute)
			return stolen
		}},
		{"a grandparent within the grace", func(t *testing.T, w *world, stolen string) string {
			w.refresh(t, w.refresh(t, stolen).Refresh)
			return stolen
		}},
		{"in lockstep, then apart", func(t *testing.T, w *world, stolen string) string {
			thief, owner := w.refresh(t, stolen), w.refresh(t, stolen)
			w.wait(15 * time.Minute)
			w.refresh(t, thief.Refresh)
			w.wait(11 * time.Second)
			return owner.Refresh
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			other := w.login(t)
			token := tt.steal(t, w, w.login(t).Refresh)
			if tt.name == "the thief is first" {
				w.wait(11 * time.Second)
			}
			wantStatus(t, "the replaced token", w.send(token), 401)
			if got := len(w.records(t)); got != 1 {
				t.Errorf("got %d logins, want the other one alone", got)
			}
			wantStatus(t, "the other login", w.send(other.Refresh), 200)
			if events, _ := w.reuses(); events != 1 {
				t.Errorf("got %d events, want 1", events)
			}
		})
	}
}

// A thief of a refresh token waits until the owner proves the identity again: the token
// that was replaced then must not return the successor, which is as fresh as the proof.
func TestThiefIsNotMadeFresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{strategy: refresh.Strategy{LostAnswer: time.Hour}})
	tokens := w.login(t)
	w.wait(10 * time.Minute)
	stolen := w.refresh(t, tokens.Refresh).Refresh
	renewed := pairOf(t, w.do(request{path: "/auth/app/reauthenticate", json: `{"password":"guinevere"}`, access: tokens.Access}))
	// The owner's own tabs may be at it at the same time, so the login goes on for now.
	wantStatus(t, "the stolen token within the grace", w.send(stolen), 503)
	if got := len(w.records(t)); got != 1 {
		t.Errorf("got %d logins, want the owner's", got)
	}
	w.wait(11 * time.Second)
	wantStatus(t, "the stolen token after the grace", w.send(stolen), 401)
	wantStatus(t, "the owner's token, as two clients had the one before", w.send(renewed.Refresh), 401)
	if events, mails := w.reuses(); events != 1 || mails != 1 {
		t.Errorf("got %d events and %d mails, want one each", events, mails)
	}
}

// No stranger who knows the family, which is in every access token, ends a login.
func TestForgedToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tokens := w.login(t)
	good, err := base64.RawURLEncoding.DecodeString(tokens.Refresh)
	if err != nil || len(good) != 52 {
		t.Fatalf("got %d bytes, %v, want 52", len(good), err)
	}
	forged := func(change func([]byte)) string {
		text := append([]byte{}, good...)
		change(text)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	// The last of 70 characters holds two bits that mean nothing.
	last := tokens.Refresh[:69] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", tokens.Refresh[69])^1])
	for name, token := range map[string]string{
		"another MAC":        forged(func(b []byte) { b[51] ^= 1 }),
		"an older one":       forged(func(b []byte) { b[19]-- }),
		"a newer one":        forged(func(b []byte) { b[19]++ }),
		"another family":     forged(func(b []byte) { b[0] ^= 1 }),
		"a second spelling":  last,
		"longer":             tokens.Refresh + "A",
		"with a line break":  tokens.Refresh[:40] + `\n` + tokens.Refresh[40:],
		"padded":             tokens.Refresh + "==",
		"an access token":    tokens.Access,
		"a word":             "x",
		"a hash of a record": w.records(t)[0].Hash,
	} {
		wantStatus(t, name, w.send(token), 401)
	}
	if len(w.records(t)) != 1 {
		t.Fatal("a forged token ended the login")
	}
	wantStatus(t, "the token itself", w.send(tokens.Refresh), 200)
	if events, _ := w.reuses(); events != 0 {
		t.Errorf("got %d events, want none", events)
	}
}

func TestOtherBackend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tokens, cookies := w.login(t), w.webLogin(t, `{"username":"arthur@camelot.bt","password":"guinevere"}`)
	wantStatus(t, "a token of the cookie's backend", w.send(cookies["app_web_refresh"]), 401)
	wantStatus(t, "a token of the bearer's backend", w.do(request{path: "/auth/app_web/refresh", cookies: map[string]string{"app_web_refresh": tokens.Refresh}}), 401)
	if got := len(w.records(t)); got != 2 {
		t.Errorf("got %d logins, want 2", got)
	}
}

// A refresh token is no access token.
func TestRefreshTokenIsNoAccessToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tokens := w.login(t)
	if status := w.access(tokens.Refresh); status != 401 {
		t.Errorf("got %d, want 401", status)
	}
	answer := w.do(request{method: http.MethodGet, path: "/login?access_token=" + tokens.Access + "&refresh_token=" + tokens.Refresh})
	wantStatus(t, "in a query", answer, 401)
}

// A restored backup knows less than its clients do. That is no theft.
func TestRestoredBackup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	first := w.login(t)
	backup := w.records(t)[0]
	second := w.refresh(t, first.Refresh)
	if err := w.memory.DeleteToken(t.Context(), backup.Hash); err != nil {
		t.Fatal(err)
	}
	if err := w.memory.CreateToken(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	w.wait(time.Hour)
	wantStatus(t, "a newer token", w.send(second.Refresh), 401)
	if events, _ := w.reuses(); events != 0 || len(w.records(t)) != 1 {
		t.Errorf("got %d events and %d logins, want none and 1", events, len(w.records(t)))
	}

	later := newWorld(t, options{store: w.memory, after: time.Hour, config: func(c *ginauth.Config) {
		c.TokensValidFrom = time.Date(2026, 1, 1, 12, 30, 0, 0, time.UTC)
	}})
	wantStatus(t, "a token from before TokensValidFrom", later.send(first.Refresh), 401)
	wantStatus(t, "a login after it", later.send(later.login(t).Refresh), 200)
}

// Reuse and rotation at once: afterwards the login is gone, or one token is valid.
func TestReuseAgainstRotation(t *testing.T) {
	t.Parallel()
	rounds := 1000
	if testing.Short() {
		rounds = 50
	}
	w := newWorld(t, options{strategy: refresh.Strategy{Grace: refresh.NoGrace}, config: func(c *ginauth.Config) { c.Limits.Off = true }})
	ctx := context.Background()
	tokens := w.auth.Routes().Authenticator().Backend("app")
	refresher, _ := tokens.Refresher()
	refreshAt := func(text string) (string, bool) {
		identity, found, err := refresher.ReadRefresh(ctx, text)
		if err != nil || !found {
			return "", false
		}
		issued, err := refresher.Refresh(ctx, text, identity, w.user)
		return issued.Refresh, err == nil
	}
	for range rounds {
		issued, err := tokens.Tokens.Write(ctx, user.Login{User: w.user, Remember: true})
		if err != nil {
			t.Fatal(err)
		}
		parent := issued.Refresh
		current, ok := refreshAt(parent)
		if !ok {
			t.Fatal("the first refresh failed")
		}
		var next string
		var rotated bool
		var group sync.WaitGroup
		group.Go(func() { next, rotated = refreshAt(current) })
		group.Go(func() {
			if _, ok := refreshAt(parent); ok {
				t.Error("a replaced token was refreshed")
			}
		})
		group.Wait()
		alive := 0
		if left := w.records(t); len(left) != 0 {
			if !rotated {
				t.Fatal("the login lives, but its owner has no token")
			}
			if _, ok := refreshAt(next); ok {
				alive++
			}
			if alive != 1 {
				t.Fatalf("%d tokens are valid, want 1", alive)
			}
			_ = w.memory.DeleteTokensOf(ctx, w.user.ID, "")
		}
	}
}
