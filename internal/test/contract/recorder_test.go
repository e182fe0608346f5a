package contract

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// recorder notes what happened, in order. Its zero value is ready.
type recorder struct {
	mu      sync.Mutex
	notes   []string
	arrived chan struct{} // closed by the next note; nil while nobody waits
}

func (r *recorder) add(note string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notes = append(r.notes, note)
	if r.arrived != nil {
		close(r.arrived)
		r.arrived = nil
	}
}

func (r *recorder) list() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.notes)
}

func (r *recorder) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notes = nil
}

// wait returns when there are at least n notes. If they never come, the test's
// time limit tells who waits.
func (r *recorder) wait(n int) {
	for {
		r.mu.Lock()
		if len(r.notes) >= n {
			r.mu.Unlock()
			return
		}
		if r.arrived == nil {
			r.arrived = make(chan struct{})
		}
		arrived := r.arrived
		r.mu.Unlock()
		<-arrived
	}
}

// want wants exactly these notes, and forgets them.
func (r *recorder) want(t testing.TB, what string, notes ...string) {
	t.Helper()
	if got := r.list(); !slices.Equal(got, notes) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, notes)
	}
	r.clear()
}

// hookLog is every hook, each noting its name and what it saw.
type hookLog struct {
	recorder
	store *probe

	ending sync.Mutex
	// result is what a hook does in the end; nil for nothing.
	result func(hook string) error
}

// then makes every hook end with result from now on.
func (l *hookLog) then(result func(hook string) error) {
	l.ending.Lock()
	defer l.ending.Unlock()
	l.result = result
}

func (l *hookLog) called(ctx context.Context, hook, what string) error {
	request := user.RequestFrom(ctx)
	l.add(strings.TrimSpace(hook+" "+what) + " via " + request.Backend + " " + request.ClientIP + " " + request.UserAgent)
	l.ending.Lock()
	result := l.result
	l.ending.Unlock()
	if result == nil {
		return nil
	}
	return result(hook)
}

// seen tells what the store says of a user when a hook runs.
func (l *hookLog) seen(ctx context.Context, u *user.User) string {
	stored, err := l.store.fullStore.ByID(ctx, u.ID)
	if err != nil {
		return u.Email + " not stored"
	}
	tokens, err := l.store.fullStore.TokensOf(ctx, u.ID, records.TokenQuery{})
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s stored as %s verified=%t name=%s tokens=%d",
		u.Email, stored.Email, stored.IsVerified, nameOf(stored), len(tokens))
}

func nameOf(u *user.User) string {
	if name := u.Profile.(*Profile).FirstName; name != nil {
		return *name
	}
	return "-"
}

func (l *hookLog) hooks() user.Hooks {
	of := func(hook string) func(context.Context, *user.User) error {
		return func(ctx context.Context, u *user.User) error { return l.called(ctx, hook, l.seen(ctx, u)) }
	}
	mail := func(hook string) func(context.Context, *user.User, string) error {
		return func(ctx context.Context, u *user.User, token string) error {
			return l.called(ctx, hook, fmt.Sprintf("%s token=%t", u.Email, strings.Count(token, ".") == 2))
		}
	}
	return user.Hooks{
		BeforeRegister: func(ctx context.Context, r *user.Registration) error {
			r.Profile.(*Profile).Plan = "free"
			return l.called(ctx, "BeforeRegister", fmt.Sprintf("%s password=%q", r.Email, string(r.Password)))
		},
		BeforeUpdate: func(ctx context.Context, u *user.User, c *user.Changes) error {
			return l.called(ctx, "BeforeUpdate", fmt.Sprintf("%s password=%v,%t", l.seen(ctx, u), c.Password == nil, c.ChangesPassword))
		},
		AfterUpdate: func(ctx context.Context, u *user.User, changed []string) error {
			slices.Sort(changed)
			return l.called(ctx, "AfterUpdate", fmt.Sprintf("%s %v", l.seen(ctx, u), changed))
		},
		AfterRegister:       of("AfterRegister"),
		BeforeLogin:         of("BeforeLogin"),
		AfterLogin:          of("AfterLogin"),
		BeforeDelete:        of("BeforeDelete"),
		AfterDelete:         of("AfterDelete"),
		AfterResetPassword:  of("AfterResetPassword"),
		AfterVerify:         of("AfterVerify"),
		AfterForgotPassword: mail("AfterForgotPassword"),
		AfterRequestVerify:  mail("AfterRequestVerify"),
	}
}
