package secrets_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/user/secrets"
)

func mustSealer(t *testing.T, current secrets.Secret, previous ...secrets.Secret) *secrets.Sealer {
	t.Helper()
	s, err := secrets.NewSealer(current, previous...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealer(t *testing.T) {
	t.Parallel()
	old, current := secrets.Secret(strings.Repeat("o", 32)), secrets.Secret(strings.Repeat("c", 32))
	s := mustSealer(t, old)
	sealed := s.Seal("the grail", "google", "1094")
	if strings.Contains(sealed, "grail") || sealed == s.Seal("the grail", "google", "1094") {
		t.Errorf("got %q, want it random and unreadable", sealed)
	}
	tests := []struct {
		name    string
		sealer  *secrets.Sealer
		sealed  string
		context []string
		good    bool
	}{
		{"same key", s, sealed, []string{"google", "1094"}, true},
		{"previous key of a ring", mustSealer(t, current, old), sealed, []string{"google", "1094"}, true},
		{"other key", mustSealer(t, current), sealed, []string{"google", "1094"}, false},
		{"other context", s, sealed, []string{"google", "1095"}, false},
		{"no context", s, sealed, nil, false},
		{"context cut elsewhere", s, sealed, []string{"google1", "094"}, false},
		{"context joined", s, sealed, []string{"google1094"}, false},
		{"cut", s, sealed[:20], []string{"google", "1094"}, false},
		{"no version", s, sealed[3:], []string{"google", "1094"}, false},
		{"other version", s, "v2." + sealed[3:], []string{"google", "1094"}, false},
		{"plain", s, "the grail", []string{"google", "1094"}, false},
		{"empty", s, "", []string{"google", "1094"}, false},
		{"nothing after the version", s, "v1.", []string{"google", "1094"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			opened, err := test.sealer.Open(test.sealed, test.context...)
			if test.good && (err != nil || opened != "the grail") {
				t.Errorf("got %v, want the text", err)
			}
			if !test.good && (!errors.Is(err, secrets.ErrSealed) || opened != "") {
				t.Errorf("got %v, want ErrSealed", err)
			}
		})
	}
}

// TestSealedTextHasOneSpelling changes one character after the other: none of them
// is without meaning, not even the last, which has bits to spare.
func TestSealedTextHasOneSpelling(t *testing.T) {
	t.Parallel()
	s := mustSealer(t, secrets.Secret(strings.Repeat("c", 32)))
	sealed := s.Seal("the grail", "google")
	for i := range sealed {
		for _, other := range []string{"A", "B", "", "\n", sealed[i:i+1] + "\r"} {
			changed := sealed[:i] + other + sealed[i+1:]
			if opened, err := s.Open(changed, "google"); changed != sealed && (!errors.Is(err, secrets.ErrSealed) || opened != "") {
				t.Errorf("%q instead of %q: got %v, want ErrSealed", changed, sealed, err)
			}
		}
	}
}

func TestNewSealerRefusesShortKeys(t *testing.T) {
	t.Parallel()
	if _, err := secrets.NewSealer("short"); err == nil {
		t.Error("got no error")
	}
	if _, err := secrets.NewSealer(secrets.Secret(strings.Repeat("c", 32)), "short"); err == nil {
		t.Error("previous key: got no error")
	}
}

func FuzzSealerOpen(f *testing.F) {
	s, err := secrets.NewSealer(secrets.Secret(strings.Repeat("c", 32)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Seal("the grail", "google"))
	f.Add("v1.")
	f.Fuzz(func(t *testing.T, sealed string) {
		if text, err := s.Open(sealed, "another context"); err == nil {
			t.Errorf("opened %q to %d bytes", sealed, len(text))
		}
	})
}
