package user_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ginauth/ginauth/user"
)

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	broken := errors.New("dictionary is down")
	refuse := func(reason string) user.PasswordRule {
		return func(_ context.Context, password string, _ user.PasswordOwner) error {
			if password == reason {
				return &user.PasswordError{Reason: reason}
			}
			return nil
		}
	}
	rule := user.PasswordRules(user.MinPasswordLength(3), refuse("merlin"), refuse("mordred"),
		func(_ context.Context, password string, _ user.PasswordOwner) error {
			if password == "broken" {
				return broken
			}
			return nil
		})
	tests := []struct {
		name, password string
		want           any
	}{
		{"first refuses", "me", "Password should be at least 3 characters"},
		{"second refuses", "merlin", "merlin"},
		{"third refuses", "mordred", "mordred"},
		{"none refuses", "morgana", nil},
		{"one is broken", "broken", broken},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := rule(t.Context(), test.password, user.PasswordOwner{})
			var got any
			if refused := (*user.PasswordError)(nil); errors.As(err, &refused) {
				got = refused.Reason
			} else if err != nil {
				got = err
			}
			if got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	if err := user.PasswordRules()(t.Context(), "", user.PasswordOwner{}); err != nil {
		t.Errorf("no rules: got %v, want nil", err)
	}
}
