package user_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// TestKeepOnlyWhatCounts has a program keep a token of a user as it was read before:
// a token that was ended since does not count again, whichever operation keeps it.
func TestKeepOnlyWhatCounts(t *testing.T) {
	t.Parallel()
	password, no := secrets.Secret("lady-of-the-lake"), false
	operations := map[string]func(m *user.Manager, u *user.User, keep string) (*user.User, error){
		"new password": func(m *user.Manager, u *user.User, keep string) (*user.User, error) {
			return m.Update(ctx, u, user.Changes{Password: &password, KeepToken: keep})
		},
		"deactivation": func(m *user.Manager, u *user.User, keep string) (*user.User, error) {
			return m.Update(ctx, u, user.Changes{IsActive: &no, KeepToken: keep})
		},
		"log out everywhere": func(m *user.Manager, u *user.User, keep string) (*user.User, error) {
			return m.LogOutEverywhere(ctx, u, keep)
		},
	}
	for name, operation := range operations {
		m, _ := newManager(t, nil)
		read := mustCreate(t, m, arthur())
		ended, kept := records.HashToken("ended"), records.HashToken("kept")
		before, err := m.LogOutEverywhere(ctx, read, kept)
		if err != nil {
			t.Fatal(err)
		}
		if u, err := operation(m, read, ended); u != nil || !errors.Is(err, user.ErrNotFound) {
			t.Errorf("%s, keeping a token that was ended: got %v and %v, want ErrNotFound", name, u, err)
		}
		if now, err := m.ByID(ctx, read.ID); err != nil || !reflect.DeepEqual(now, before) {
			t.Errorf("%s, keeping a token that was ended: the user changed, or %v", name, err)
		}
		after, err := operation(m, read, kept)
		if err != nil || after.TokenVersion != 2 || after.KeptToken != kept {
			t.Errorf("%s, keeping the token that was kept: got %v, want version 2 and the token kept", name, err)
		}
		// Without a token to keep nothing is asked of the version.
		if after, err = operation(m, read, ""); err != nil || after.TokenVersion != 3 || after.KeptToken != "" {
			t.Errorf("%s, keeping none: got %v, want version 3 and no token kept", name, err)
		}
	}
}
