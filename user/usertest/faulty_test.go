package usertest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/backends/backendtest"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

func newFaultyStore(t *testing.T) user.Store { return usertest.NewFaultyStore(newStore(t)) }

// Without a plan it is the store within.
func TestFaultyStore(t *testing.T) {
	t.Parallel()
	usertest.TestStore(t, newFaultyStore)
	usertest.TestOAuthStore(t, newFaultyStore)
	usertest.TestTokenUserStore(t, newFaultyStore)
	usertest.TestCredentialStore(t, newFaultyStore)
	usertest.TestCredentialUserStore(t, newFaultyStore)
	usertest.TestPendingStore(t, newFaultyStore)
	usertest.TestLimitStore(t, func(t *testing.T) limits.Store { return usertest.NewFaultyStore(newStore(t)) })
	backendtest.TestTokenStore(t, func(t *testing.T) records.TokenStore { return usertest.NewFaultyStore(newStore(t)) })
	backendtest.TestRotatingTokenStore(t, func(t *testing.T) records.RotatingTokenStore { return usertest.NewFaultyStore(newStore(t)) })
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		fault  usertest.Fault
		stored bool
		err    error
	}{
		{"none", usertest.NoFault, true, nil},
		{"before", usertest.FailBefore, false, usertest.ErrFault},
		{"after", usertest.FailAfter, true, usertest.ErrFault},
		{"twice", usertest.Twice, true, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := usertest.NewFaultyStore(usertest.NewStore())
			var seen []usertest.Call
			s.Plan(func(_ context.Context, c usertest.Call) usertest.Fault {
				seen = append(seen, c)
				return tt.fault
			})
			u := &user.User{ID: s.NewID(), EmailKey: "arthur@camelot.bt"}
			if err := s.Create(t.Context(), u); !errors.Is(err, tt.err) {
				t.Errorf("got %v, want %v", err, tt.err)
			}
			if len(seen) != 1 || seen[0] != (usertest.Call{Method: "Create", Writes: true}) {
				t.Errorf("the plan saw %v", seen)
			}
			s.Plan(nil)
			if _, err := s.ByID(t.Context(), u.ID); (err == nil) != tt.stored {
				t.Errorf("got %v, want it stored: %v", err, tt.stored)
			}
		})
	}
}

// A store that can do less does not get abilities by being wrapped.
func TestFaultyStoreLacks(t *testing.T) {
	t.Parallel()
	s := usertest.NewFaultyStore(struct{ user.Store }{usertest.NewStore()})
	calls := map[string]error{
		"CreateToken": s.CreateToken(t.Context(), records.Token{}),
		"LinkAccount": s.LinkAccount(t.Context(), records.OAuthAccount{}),
		"Use":         s.Use(t.Context(), "1", time.Now()),
	}
	calls["CreateCredential"] = s.CreateCredential(t.Context(), records.Credential{})
	calls["DeleteCredential"] = s.DeleteCredential(t.Context(), "1", "1", records.KeepNone)
	calls["PutPending"] = s.PutPending(t.Context(), records.Pending{})
	calls["SetPending"] = s.SetPending(t.Context(), records.Pending{})
	_, calls["CredentialByKey"] = s.CredentialByKey(t.Context(), "1", "1")
	_, _, calls["CredentialWithUser"] = s.CredentialWithUser(t.Context(), "1", "1")
	_, calls["CredentialsOf"] = s.CredentialsOf(t.Context(), "1")
	_, calls["SwapCredential"] = s.SwapCredential(t.Context(), records.Credential{}, records.Credential{})
	_, calls["Pending"] = s.Pending(t.Context(), "1", "1", time.Now())
	_, calls["TryPending"] = s.TryPending(t.Context(), "1", "1", 1, time.Now())
	_, calls["TakePending"] = s.TakePending(t.Context(), "1", "1", time.Now())
	_, calls["TokenByHash"] = s.TokenByHash(t.Context(), "1")
	_, _, calls["TokenWithUser"] = s.TokenWithUser(t.Context(), "1")
	_, calls["TokensOf"] = s.TokensOf(t.Context(), "1", records.TokenQuery{})
	_, calls["AccountsOf"] = s.AccountsOf(t.Context(), "1")
	for method, err := range calls {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: got %v, want errors.ErrUnsupported", method, err)
		}
	}
	for method, err := range map[string]error{
		"DeleteCredentialsOf": s.DeleteCredentialsOf(t.Context(), "1"), "DeletePendingOf": s.DeletePendingOf(t.Context(), "1"),
	} {
		if err != nil {
			t.Errorf("%s: got %v; there is nothing to delete", method, err)
		}
	}
	if err := records.Ensure(t.Context(), s, records.NeedCredentials, records.NeedPending); err == nil ||
		!strings.Contains(err.Error(), "records.CredentialStore") || !strings.Contains(err.Error(), "records.PendingStore") {
		t.Errorf("Ensure: got %v, want an error that names both abilities", err)
	}
	if _, err := s.TokenByPlain(t.Context(), "1"); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("TokenByPlain: got %v, want ErrNotFound", err)
	}
	if ok, err := s.SwapLimit(t.Context(), "key", "", "1", time.Minute); !ok || err != nil {
		t.Errorf("SwapLimit: got %v, %v; limits are kept in memory then", ok, err)
	}
}
