package user_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// outcomes runs do n times at once and counts the errors.
func outcomes(n int, do func(i int) error) map[error]int {
	var mu sync.Mutex
	counts := map[error]int{}
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			err := do(i)
			mu.Lock()
			defer mu.Unlock()
			for _, known := range []error{user.ErrExists, user.ErrBadToken, user.ErrBusy} {
				if errors.Is(err, known) {
					err = known
				}
			}
			counts[err]++
		})
	}
	all.Wait()
	return counts
}

// narrow leaves room for one hash at work and few that wait.
func narrow(c *user.ManagerConfig) {
	c.Hasher = password.Config{MemoryBudget: 19 * 1024, Queue: 1, Wait: time.Minute}
}

// However many ask for one address at once, only one of them needs a hash.
func TestConcurrentRegistrationsOfOneAddress(t *testing.T) {
	t.Parallel()
	m, store := newManager(t, narrow)
	got := outcomes(50, func(i int) error {
		r := arthur()
		if i%2 == 1 {
			r.Email = "KING.arthur@CAMELOT.bt"
		}
		_, err := m.Register(ctx, r)
		return err
	})
	if got[nil] != 1 || got[user.ErrExists] != 49 {
		t.Errorf("got %v, want 1 success and 49 of ErrExists", got)
	}
	page, err := store.List(ctx, user.ListQuery{Limit: 100})
	if err != nil || len(page.Users) != 1 {
		t.Errorf("got %d users and error %v, want one user", len(page.Users), err)
	}
}

// The same with one reset token.
func TestConcurrentResetsWithOneToken(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, narrow)
	token, err := m.ResetToken(mustCreate(t, m, arthur()))
	if err != nil {
		t.Fatal(err)
	}
	got := outcomes(50, func(i int) error {
		_, err := m.ResetPassword(ctx, token, secrets.Secret(fmt.Sprintf("merlin-%d", i)))
		return err
	})
	if got[nil] != 1 || got[user.ErrBadToken] != 49 {
		t.Errorf("got %v, want 1 success and 49 of ErrBadToken", got)
	}
}
