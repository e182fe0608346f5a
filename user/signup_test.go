package user_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/secrets"
)

// Of a registration only what the way of signing up may choose reaches the user.
func TestSignUpGivesNoRights(t *testing.T) {
	t.Parallel()
	registered := 0
	m, _ := newManager(t, func(c *user.ManagerConfig) {
		c.Hooks.AfterRegister = func(context.Context, *user.User) error { registered++; return nil }
	})
	r := arthur()
	r.IsInactive, r.IsSuperuser, r.Roles, r.Via = true, true, []string{"editor"}, user.ViaOAuth
	u, err := m.SignUp(ctx, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !u.IsActive || u.IsSuperuser || u.IsVerified || u.HasPassword() || len(u.Roles) != 0 {
		t.Errorf("got %+v", u)
	}
	if _, err := m.SignUp(ctx, r, nil); !errors.Is(err, user.ErrExists) {
		t.Errorf("again: got %v, want ErrExists", err)
	}
	if m.Registered(ctx, u); registered != 1 {
		t.Errorf("AfterRegister ran %d times, want once", registered)
	}
}

// Whatever store does not store is not there, and nobody hears of it.
func TestSignUpIsNotStored(t *testing.T) {
	t.Parallel()
	events := make(chan user.Event, 8)
	m, store := newManager(t, func(c *user.ManagerConfig) {
		c.OnEvent = func(_ context.Context, e user.Event) { events <- e }
	})
	refused := errors.New("the account is another's")
	u, err := m.SignUp(ctx, user.Registration{Email: "merlin@camelot.bt"}, func(context.Context, *user.User, func(context.Context) error) error { return refused })
	if u != nil || !errors.Is(err, refused) {
		t.Errorf("got %v, %v", u, err)
	}
	if err := m.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if page, err := store.List(ctx, user.ListQuery{Limit: 1}); err != nil || len(page.Users) != 0 || len(events) != 0 {
		t.Errorf("got %d users, %v, and %d events", len(page.Users), err, len(events))
	}
}

// An account changes hands only as it was read, and never a verified one.
func TestHandOver(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		changes user.Changes
		want    error
	}{
		{"as it was read", user.Changes{}, nil},
		{"verified", user.Changes{IsVerified: ptr(true)}, user.ErrNotFound},
		{"another password", user.Changes{Password: ptr(secrets.Secret("excalibur"))}, user.ErrNotFound},
		{"another address", user.Changes{Email: ptr("arthur@camelot.bt")}, user.ErrNotFound},
		{"deactivated", user.Changes{IsActive: ptr(false)}, user.ErrNotFound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, _ := newManager(t, nil)
			u := mustCreate(t, m, arthur())
			before, err := m.Update(ctx, u, test.changes)
			if err != nil {
				t.Fatal(err)
			}
			_, err = m.HandOver(ctx, u)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			after, err := m.ByID(ctx, u.ID)
			if err != nil {
				t.Fatal(err)
			}
			if taken := test.want == nil; after.HasPassword() == taken || (after.OwnerVersion != before.OwnerVersion) != taken || after.IsVerified != before.IsVerified {
				t.Errorf("got password %v, owner version %d, verified %v", after.HasPassword(), after.OwnerVersion, after.IsVerified)
			}
		})
	}
}

// Whatever the hook's error is, it is no other request that was faster.
func TestSignInMailHookFails(t *testing.T) {
	t.Parallel()
	calls := 0
	m, _ := newManager(t, func(c *user.ManagerConfig) {
		c.Hooks.BeforeRegister = func(context.Context, *user.Registration) error { calls++; return user.ErrExists }
	})
	email, err := email.Parse("merlin@camelot.bt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.SignInMail(ctx, user.MailProof{Email: email, SignUp: true}); !errors.Is(err, user.ErrHook) || calls != 1 {
		t.Errorf("got %v after %d calls, want ErrHook after one", err, calls)
	}
}
