package roles_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/ginauth/ginauth/user/roles"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	declared, err := roles.New(map[string][]string{
		"editor": {"posts:write"}, "support": {"users:read"}, "chief": {"posts:*"}, "guest": {},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name          string
		roles         *roles.Roles
		held          []string
		known         []string
		writes, reads bool
		covers        bool // all that an editor may
	}{
		{"none declared", nil, []string{"editor"}, nil, false, false, true},
		{"none held", declared, nil, []string{}, false, false, false},
		{"one", declared, []string{"editor"}, []string{"editor"}, true, false, true},
		{"two", declared, []string{"support", "editor"}, []string{"editor", "support"}, true, true, true},
		{"all by a star", declared, []string{"chief"}, []string{"chief"}, true, false, true},
		{"not declared any more", declared, []string{"knight", "guest"}, []string{"guest"}, false, false, false},
		{"only one that is not", declared, []string{"knight"}, []string{}, false, false, false},
	} {
		if got := test.roles.Known(test.held); !slices.Equal(got, test.known) || (got == nil) != (test.known == nil) {
			t.Errorf("%s: Known: got %#v, want %#v", test.name, got, test.known)
		}
		if got := test.roles.Permit(test.held, "posts:write"); got != test.writes {
			t.Errorf("%s: Permit posts:write: got %v", test.name, got)
		}
		if got := test.roles.Permit(test.held, "users:read"); got != test.reads {
			t.Errorf("%s: Permit users:read: got %v", test.name, got)
		}
		if got := test.roles.Cover(test.held, []string{"editor", "knight"}); got != test.covers {
			t.Errorf("%s: Cover: got %v, want %v", test.name, got, test.covers)
		}
		if test.roles.Has(test.held, "knight") {
			t.Errorf("%s: has a role that is not declared", test.name)
		}
	}
	if err := declared.Check([]string{"guest", "knight"}); !errors.Is(err, roles.ErrUnknown) {
		t.Errorf("Check: got %v, want %v", err, roles.ErrUnknown)
	}
}

// The same mistakes are reported in the same order each time.
func TestMistakesInOrder(t *testing.T) {
	t.Parallel()
	_, err := roles.New(map[string][]string{"editor": {"a:*"}, "chief": {"b:*"}, "support": {"c:*"}, "guest": {"d:*"}, "bard": {"e:*"}})
	const want = `Roles["bard"]: "e:*" stands for no permission that is declared
Roles["chief"]: "b:*" stands for no permission that is declared
Roles["editor"]: "a:*" stands for no permission that is declared
Roles["guest"]: "d:*" stands for no permission that is declared
Roles["support"]: "c:*" stands for no permission that is declared`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
