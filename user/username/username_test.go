package username_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/user/username"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const form, reserved = "must be 3 to 32 letters a-z or digits", "is reserved"
	for _, tt := range []struct{ text, key, reason string }{
		{"arthur", "arthur", ""},
		{"King.Arthur_1-b", "king.arthur_1-b", ""},
		{"abc", "abc", ""},
		{strings.Repeat("a", 32), strings.Repeat("a", 32), ""},
		{"", "", form},
		{"ab", "", form},
		{strings.Repeat("a", 33), "", form},
		{".arthur", "", form},
		{"arthur-", "", form},
		{"king..arthur", "", form},
		{"king._arthur", "", form},
		{"king arthur", "", form},
		{"arthur\n", "", form},
		{"arthur@camelot.bt", "", form},
		{"аrthur", "", form}, // a Cyrillic letter
		{"arthu\u212a", "", form},
		{"Admin", "", reserved},
		{"root", "", reserved},
	} {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := new(username.Rules).Parse(tt.text)
			if tt.reason == "" {
				if want := (username.Username{Name: tt.text, Key: tt.key}); err != nil || got != want {
					t.Errorf("got %v, %v, want %v", got, err, want)
				}
				return
			}
			var wrong *username.Error
			if !errors.As(err, &wrong) || !strings.Contains(wrong.Reason, tt.reason) || got != (username.Username{}) {
				t.Errorf("got %v, %v, want an *Error that says %q", got, err, tt.reason)
			}
			if wrong != nil && tt.text != "" && strings.Contains(wrong.Error(), tt.text) {
				t.Errorf("%q repeats the name", wrong.Error())
			}
		})
	}
}

func TestReserved(t *testing.T) {
	t.Parallel()
	rules := &username.Rules{Reserved: []string{"merlin"}, Required: true}
	for text, want := range map[string]bool{"Merlin": false, "admin": true} {
		if _, err := rules.Parse(text); (err == nil) != want {
			t.Errorf("%s: got %v, want accepted %t", text, err, want)
		}
	}
	if _, err := (&username.Rules{Reserved: []string{}}).Parse("admin"); err != nil {
		t.Errorf("got %v, want that an empty list reserves none", err)
	}
	if key, ok := username.Key("Admin"); !ok || key != "admin" {
		t.Errorf("got %q, %t, want the key of a reserved name", key, ok)
	}

	full := rules.WithDefaults()
	full.Reserved[0] = "nimue"
	if rules.Reserved[0] != "merlin" || !full.Required {
		t.Errorf("got %+v of %+v, want a copy", full, rules)
	}
	if got := new(username.Rules).WithDefaults(); !slices.Equal(got.Reserved, username.Reserved()) {
		t.Errorf("got %v, want the default names", got.Reserved)
	}
	if got := (*username.Rules)(nil).WithDefaults(); got != nil {
		t.Errorf("got %v, want nil", got)
	}
}
