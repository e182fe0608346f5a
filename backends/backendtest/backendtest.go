// Package backendtest holds the suites that every strategy and every store of
// tokens must pass: [TestStrategy] for implementations of
// [github.com/ginauth/ginauth/backends.Strategy] and [TestTokenStore] for
// implementations of [github.com/ginauth/ginauth/user/records.TokenStore].
package backendtest

import (
	"context"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

// patience is how long a call may take to notice that its context has ended.
const patience = 5 * time.Second

// newID returns a user's ID of the kind that the store keeps: one that stores
// users as well knows its own.
func newID(store records.TokenStore) user.ID {
	if users, ok := store.(interface{ NewID() user.ID }); ok {
		return users.NewID()
	}
	return usertest.NewStore().NewID()
}

// cancelled returns a context that has ended.
func cancelled(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

// promptly fails the test when call does not return soon.
func promptly(t *testing.T, what string, call func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		call()
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		t.Fatalf("%s: did not return within %v after its context had ended", what, patience)
	}
}
