package user_test

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/ginauth/ginauth/user"
)

// Mails that cannot be delivered are tried once, whatever the hook sends them with.
func TestUndeliverableMailIsTriedOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
	}{
		{"the hook says so", fmt.Errorf("mailer: %w", user.ErrUndeliverable)},
		{"a permanent answer", fmt.Errorf("mailer: %w", &textproto.Error{Code: 550, Msg: "no such mailbox"})},
		{"another permanent answer", &textproto.Error{Code: 599, Msg: "no"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var tries atomic.Int32
			manager, _ := newManager(t, func(c *user.ManagerConfig) {
				c.Hooks.AfterForgotPassword = func(context.Context, *user.User, string) error {
					tries.Add(1)
					return test.err
				}
			})
			forgetPassword(t, manager, "king.arthur@camelot.bt")
			if err := manager.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := tries.Load(); got != 1 {
				t.Errorf("got %d attempts, want 1", got)
			}
		})
	}
}

// Recipients whose mails fail delay nobody else's: between attempts they hold no worker. In
// the bubble no time passes before the second attempts, however slow the machine is.
func TestFailingMailsDelayNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const bad = 16
		sent := make(chan int32, 1)
		var failed atomic.Int32
		manager, _ := newManager(t, func(c *user.ManagerConfig) {
			c.Hooks.AfterForgotPassword = func(_ context.Context, u *user.User, _ string) error {
				if u.Email == "king.arthur@camelot.bt" {
					sent <- failed.Load()
					return nil
				}
				failed.Add(1)
				return errors.New("mailer: greylisted")
			}
		})
		for i := range bad {
			forgetPassword(t, manager, fmt.Sprintf("knight%d@camelot.bt", i))
		}
		forgetPassword(t, manager, "king.arthur@camelot.bt")
		if got := <-sent; got > bad {
			t.Errorf("got %d failed attempts before the mail, want at most %d", got, bad)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := manager.Shutdown(ended); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// forgetPassword has somebody registered and ask for a reset.
func forgetPassword(t *testing.T, manager *user.Manager, email string) {
	t.Helper()
	_, err := manager.Create(t.Context(), user.Registration{Email: email})
	if err == nil {
		err = manager.ForgotPassword(t.Context(), email)
	}
	if err != nil {
		t.Fatal(err)
	}
}
