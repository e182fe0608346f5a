package blocklist

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ginauth/ginauth/password"
)

// refusal returns the reason for which a rule refuses, nil if it does not.
func refusal(t *testing.T, rule password.Rule, candidate string, owner password.Owner) any {
	t.Helper()
	err := rule(t.Context(), candidate, owner)
	if err == nil {
		return nil
	}
	refused := (*password.Error)(nil)
	if !errors.As(err, &refused) {
		t.Fatalf("%q: got error %v, want a *password.Error", candidate, err)
	}
	return refused.Reason
}

func TestList(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSuffix(common, "\n"), "\n")
	if len(lines) < 10_000 {
		t.Errorf("got %d passwords, want at least 10000", len(lines))
	}
	if !slices.IsSorted(lines) {
		t.Error("the list is not sorted")
	}
	for i, line := range lines {
		if utf8.RuneCountInString(line) < 8 || line != strings.ToLower(line) || strings.TrimSpace(line) != line {
			t.Errorf("line %d is %q, want at least 8 characters in lower case", i+1, line)
		}
		if i > 0 && line == lines[i-1] {
			t.Errorf("line %d is %q again", i+1, line)
		}
		if !isCommon(line) {
			t.Errorf("isCommon(%q): got false, want true", line)
		}
	}
}

func TestRule(t *testing.T) {
	t.Parallel()
	rule := Rule("Camelot", "Round Table", "abc")
	registration := password.Owner{Email: "King.Arthur@tintagel.bt"}
	stored := password.Owner{ID: "7", Email: "King.Arthur@tintagel.bt"}
	tests := []struct {
		name, password string
		want           any
	}{
		{"common", "password", "Password is one of the most common ones"},
		{"common in other case", "PassWord1", "Password is one of the most common ones"},
		{"first of the list", strings.SplitN(common, "\n", 2)[0], "Password is one of the most common ones"},
		{"last of the list", lastLine(), "Password is one of the most common ones"},
		{"begins with a common one", "password of the sleeping dragon", nil},
		{"part of a line", "passwor", nil},
		{"two lines", "password\npassword1", nil},
		{"line and its end", "password\n", nil},
		{"before all", "!", nil},
		{"after all", "~~~~~~~~~~~~~~~~", nil},
		{"empty", "", nil},
		{"line break", "\n", nil},
		{"application", "camelot", reasonOwn},
		{"application with trimmings", "!Camelot2026!", reasonOwn},
		{"application several times", "camelotCamelot-camelot", reasonOwn},
		{"application of two words", "round table 1", reasonOwn},
		{"application in a sentence", "we dine well here in camelot", nil},
		{"application in much else", "camelot 8827-1635-4972-0011", nil},
		{"word too short", "abcabcabc1", nil},
		{"address", "king.arthur@tintagel.bt", reasonOwn},
		{"name", "King.Arthur", reasonOwn},
		{"part of the name", "arthur1234", reasonOwn},
		{"domain", "Tintagel.bt", reasonOwn},
		{"domain's label", "tintagel!!", reasonOwn},
		{"somebody else", "guinevere.of.cameliard", nil},
		{"unlike anything", "quondam rex futurus", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, owner := range []password.Owner{registration, stored} {
				if got := refusal(t, rule, test.password, owner); got != test.want {
					t.Errorf("got %v, want %v", got, test.want)
				}
			}
		})
	}
}

func lastLine() string {
	text := strings.TrimSuffix(common, "\n")
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// An owner of whom nothing is known, and an address that is none, have no parts.
func TestRuleWithoutAddress(t *testing.T) {
	t.Parallel()
	rule := Rule()
	for _, owner := range []password.Owner{{}, {Email: "king.arthur"}, {ID: "7", Email: "@"}} {
		if got := refusal(t, rule, "king.arthur", owner); got != nil {
			t.Errorf("got %v, want nil", got)
		}
	}
}

func BenchmarkRule(b *testing.B) {
	rule := Rule("Camelot")
	owner := password.Owner{ID: "7", Email: "king.arthur@tintagel.bt"}
	for b.Loop() {
		_ = rule(b.Context(), "quondam rex futurus", owner)
	}
}
