package refresh_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/user/secrets"
)

func TestLostAnswer(t *testing.T) {
	t.Parallel()
	strategy := refresh.Strategy{LostAnswer: 6 * time.Hour}
	t.Run("a client that lost an answer goes on", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{strategy: strategy})
		first := w.login(t)
		lost := w.refresh(t, first.Refresh)
		w.wait(time.Hour)
		again := w.refresh(t, first.Refresh)
		if again.Refresh == lost.Refresh {
			t.Error("got the child that was replaced, want another")
		}
		if repeated := w.refresh(t, first.Refresh); repeated.Refresh != again.Refresh {
			t.Error("within the grace: got another child, want the same")
		}
		w.wait(time.Hour)
		wantStatus(t, "the next one", w.send(again.Refresh), 200)
	})
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{strategy: strategy})
		first := w.login(t)
		w.refresh(t, first.Refresh)
		w.wait(time.Hour)
		w.refresh(t, first.Refresh)
		w.wait(time.Hour)
		wantStatus(t, "the parent a second time", w.send(first.Refresh), 401)
	})
	t.Run("not when the child was used", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{strategy: strategy})
		first := w.login(t)
		w.refresh(t, w.refresh(t, first.Refresh).Refresh)
		w.wait(time.Hour)
		wantStatus(t, "the parent", w.send(first.Refresh), 401)
	})
	t.Run("not for ever", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{strategy: strategy})
		first := w.login(t)
		w.refresh(t, first.Refresh)
		w.wait(7 * time.Hour)
		wantStatus(t, "the parent", w.send(first.Refresh), 401)
	})
	t.Run("a thief of the parent is in until the owner's next refresh", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{strategy: strategy})
		stolen := w.login(t)
		owner := w.refresh(t, stolen.Refresh)
		w.wait(time.Hour)
		thief := w.refresh(t, stolen.Refresh)
		wantStatus(t, "the owner", w.send(owner.Refresh), 401)
		wantStatus(t, "the thief", w.send(thief.Refresh), 401)
		if events, _ := w.reuses(); events != 1 {
			t.Errorf("got %d events, want 1", events)
		}
	})
}

func TestSecretRotated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	first := w.login(t)
	lost := w.refresh(t, first.Refresh)
	next := secrets.Secret(strings.Repeat("another one", 4))
	rotated := newWorld(t, options{store: w.memory, config: func(c *ginauth.Config) { c.Secret, c.PreviousSecrets = next, []secrets.Secret{secret} }})
	again := rotated.refresh(t, first.Refresh)
	if again.Refresh == lost.Refresh {
		t.Error("new tokens are not made with the new secret")
	}
	forgotten := newWorld(t, options{store: w.memory, config: func(c *ginauth.Config) { c.Secret = next }})
	wantStatus(t, "a token of a secret that is gone", forgotten.send(lost.Refresh), 401)
	wantStatus(t, "a token of the new secret", forgotten.send(again.Refresh), 200)
}

func TestEnds(t *testing.T) {
	t.Parallel()
	t.Run("idle", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{})
		tokens := w.login(t)
		w.wait(7*24*time.Hour - time.Minute)
		tokens = w.refresh(t, tokens.Refresh)
		w.wait(7 * 24 * time.Hour)
		wantStatus(t, "after 7 days", w.send(tokens.Refresh), 401)
	})
	t.Run("absolute, whatever the clock says later", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{})
		tokens := w.login(t)
		for range 4 {
			w.wait(7*24*time.Hour - time.Minute)
			tokens = w.refresh(t, tokens.Refresh)
		}
		end := w.records(t)[0].Rotation.AbsoluteAt
		w.wait(-24 * time.Hour)
		tokens = w.refresh(t, tokens.Refresh)
		if got := w.records(t)[0]; !got.Rotation.AbsoluteAt.Equal(end) || got.ExpiresAt.After(end) {
			t.Errorf("got %v and %v, want no end after %v", got.ExpiresAt, got.Rotation.AbsoluteAt, end)
		}
		w.wait(3*24*time.Hour + 10*time.Minute)
		wantStatus(t, "after 30 days", w.send(tokens.Refresh), 401)
	})
	t.Run("an access token never outlives its login", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{strategy: refresh.Strategy{Idle: time.Hour, Absolute: time.Hour}})
		tokens := w.login(t)
		w.wait(55 * time.Minute)
		answer := w.send(tokens.Refresh)
		if !strings.Contains(answer.Body.String(), `"expires_in":300,`) || !strings.Contains(answer.Body.String(), `"refresh_expires_in":300}`) {
			t.Errorf("got %s, want 300 seconds of both", answer.Body)
		}
		next := pairOf(t, answer)
		w.wait(6 * time.Minute)
		if status := w.access(next.Access); status != 401 {
			t.Errorf("got %d, want 401", status)
		}
	})
}
