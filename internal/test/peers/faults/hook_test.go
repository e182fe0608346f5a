package faults

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
)

// A mail hook that panics or fails at first: the answer is the same, the mail is
// tried again, the log names the user and no token, and the process lives.
func TestF14F16MailHookFails(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(token string) error{
		"F14 panics": func(token string) error { panic("no post to " + token) },
		"F16 fails":  func(token string) error { return errors.New("no post to " + token) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tries atomic.Int32
			var seen atomic.Value
			w := newWorld(t, memory(t), func(c *ginauth.Config) {
				c.Hooks.AfterForgotPassword = func(_ context.Context, _ *user.User, token string) error {
					if tries.Add(1) == 1 {
						seen.Store(token)
						return fail(token)
					}
					return nil
				}
			})
			u := w.create("arthur@camelot.bt")
			a := w.as("").request("POST", "/auth/forgot-password", `{"email":"arthur@camelot.bt"}`)()
			if a.status != 202 || a.body != "null" {
				t.Errorf("got %d %s", a.status, a.body)
			}
			w.shutdown(t) // waits for the second try
			text := w.log.String()
			if tries.Load() != 2 || !strings.Contains(text, string(u.ID)) || strings.Contains(text, seen.Load().(string)) {
				t.Errorf("got %d tries and the log %s", tries.Load(), text)
			}
			wantStatus(t, "log in", w.logIn(password), 200)
		})
	}
}

// A mail hook that never returns: answers do not wait for it, four run at once, what
// finds no room is dropped and logged, and a shutdown ends it.
func TestF15MailHookHangs(t *testing.T) {
	t.Parallel()
	var running, most atomic.Int32
	w := newWorld(quiet{t}, memory(t), func(c *ginauth.Config) {
		c.Hooks.AfterForgotPassword = func(ctx context.Context, _ *user.User, _ string) error {
			now := running.Add(1)
			defer running.Add(-1)
			for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
			}
			<-ctx.Done()
			return ctx.Err()
		}
	})
	w.create("arthur@camelot.bt")
	ask := w.as("").request("POST", "/auth/forgot-password", `{"email":"arthur@camelot.bt"}`)
	for range 4 + 1000 + 10 {
		wantStatus(t, "ask", ask().status, 202)
	}
	if got := strings.Count(w.log.String(), "dropped"); got < 10 || got > 14 {
		t.Errorf("got %d dropped, want those that find no room beside 1000 that wait and 4 that run", got)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := w.auth.Shutdown(ctx); err == nil {
		t.Error("the shutdown does not tell that mails were lost")
	}
	for deadline := time.Now().Add(30 * time.Second); running.Load() > 0 && time.Now().Before(deadline); {
		<-time.After(time.Millisecond)
	}
	if running.Load() != 0 || most.Load() > 4 {
		t.Errorf("got %d hooks still running, %d at most; want 0 and 4", running.Load(), most.Load())
	}
}
