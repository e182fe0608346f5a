package password_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ginauth/ginauth/password"
)

func TestRules(t *testing.T) {
	t.Parallel()
	broken := errors.New("dictionary is down")
	refuse := func(reason string) password.Rule {
		return func(_ context.Context, candidate string, _ password.Owner) error {
			if candidate == reason {
				return &password.Error{Reason: reason}
			}
			return nil
		}
	}
	rule := password.Rules(password.MinLength(3), refuse("merlin"), refuse("mordred"),
		func(_ context.Context, candidate string, _ password.Owner) error {
			if candidate == "broken" {
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
			err := rule(t.Context(), test.password, password.Owner{})
			var got any
			if refused := (*password.Error)(nil); errors.As(err, &refused) {
				got = refused.Reason
			} else if err != nil {
				got = err
			}
			if got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	if err := password.Rules()(t.Context(), "", password.Owner{}); err != nil {
		t.Errorf("no rules: got %v, want nil", err)
	}
}

// A printed or logged owner shows nothing about the person.
func TestOwnerPrintsItsID(t *testing.T) {
	t.Parallel()
	owner := password.Owner{ID: "7", Email: "king.arthur@camelot.bt", Profile: "Arthur"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		if got := fmt.Sprintf(verb, owner); got != "owner 7" {
			t.Errorf("%s: got %q, want %q", verb, got, "owner 7")
		}
	}
	if got := owner.LogValue().String(); got != "7" {
		t.Errorf("LogValue: got %q, want %q", got, "7")
	}
}
