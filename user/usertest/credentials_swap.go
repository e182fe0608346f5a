package usertest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

func checkSwapped(t *testing.T, what string, s credentialStore, before, after records.Credential, want bool) {
	t.Helper()
	swapped, err := s.SwapCredential(t.Context(), before, after)
	if err != nil || swapped != want {
		t.Errorf("%s: SwapCredential: got %v, %v, want %v", what, swapped, err, want)
	}
}

// checkNoAnswer demands an error that is none of those a contract names.
func checkNoAnswer(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: got no error", what)
	}
	for _, answer := range answers {
		if errors.Is(err, answer) {
			t.Errorf("%s: got %v, want an error that is no answer", what, err)
		}
	}
}

// next returns c after a change.
func next(c records.Credential) records.Credential {
	c.Rev++
	c.Change = records.NewCredentialID()
	return c
}

func testSwap(t *testing.T, s credentialStore) {
	other := createCredential(t, s, sampleCredential(s.NewID(), "other"))
	c := createCredential(t, s, sampleCredential(s.NewID(), "key"))
	tests := []struct {
		name   string
		change func(c *records.Credential)
	}{
		{"nothing", func(*records.Credential) {}},
		{"name", func(c *records.Credential) { c.Name = "Clarent" }},
		{"data", func(c *records.Credential) { c.Data = []byte{0, 0xff, 0} }},
		{"no data", func(c *records.Credential) { c.Data = nil }},
		{"times", func(c *records.Credential) { c.LastUsedAt, c.ExpiresAt = later, later.AddDate(100, 0, 0) }},
		{"key", func(c *records.Credential) { c.Key = "another key" }},
		{"owner version", func(c *records.Credential) { c.OwnerVersion = 9 }},
		{"all", func(c *records.Credential) { c.Key, c.Name, c.Data = "third key", "", []byte("{}") }},
		{"key back", func(c *records.Credential) { c.Key = "key" }},
	}
	for _, test := range tests {
		after := next(c)
		test.change(&after)
		checkSwapped(t, test.name, s, c, after, true)
		checkCredential(t, test.name, s, after)
		checkCredentials(t, test.name, s, c.UserID, nil, after)
		if after.Key != c.Key {
			checkNoCredential(t, test.name, s, c.Kind, c.Key)
		}
		c = after
	}
	free := createCredential(t, s, sampleCredential(s.NewID(), "another key")) // free for others again
	checkCredential(t, "another user's", s, other)
	checkCredential(t, "who got the key", s, free)
}

func testSwapOther(t *testing.T, s credentialStore) {
	first := createCredential(t, s, sampleCredential(s.NewID(), "key"))
	second := next(first)
	second.Name = "second"
	checkSwapped(t, "first", s, first, second, true)
	third := next(first)
	third.Name = "third"
	checkSwapped(t, "from a state that is gone", s, first, third, false)
	future := next(second)
	checkSwapped(t, "from a state to come", s, future, next(future), false)
	unknown := sampleCredential(first.UserID, "key")
	checkSwapped(t, "of another ID", s, unknown, next(unknown), false)
	bad := first
	bad.ID = "\xff"
	checkSwapped(t, "of no ID", s, bad, next(bad), false)
	checkCredentials(t, "after refusals", s, first.UserID, nil, second)
	if err := s.DeleteCredential(t.Context(), first.UserID, first.ID, records.KeepNone); err != nil {
		t.Errorf("DeleteCredential: %v", err)
	}
	checkSwapped(t, "of a deleted one", s, second, next(second), false)
	checkCredentials(t, "deleted", s, first.UserID, nil)
}

func testSwapInvalid(t *testing.T, s credentialStore) {
	c := createCredential(t, s, sampleCredential(s.NewID(), "key"))
	tests := map[string]func(after *records.Credential){
		"the same rev":     func(after *records.Credential) { after.Rev = c.Rev },
		"a later rev":      func(after *records.Credential) { after.Rev = c.Rev + 2 },
		"another ID":       func(after *records.Credential) { after.ID = records.NewCredentialID() },
		"another user":     func(after *records.Credential) { after.UserID = s.NewID() },
		"another kind":     func(after *records.Credential) { after.Kind = "totp" },
		"no way in":        func(after *records.Credential) { after.WayIn = false },
		"another age":      func(after *records.Credential) { after.CreatedAt = later },
		"key not in UTF-8": func(after *records.Credential) { after.Key = "\xff" },
	}
	for name, change := range tests {
		after := next(c)
		change(&after)
		swapped, err := s.SwapCredential(t.Context(), c, after)
		checkNoAnswer(t, "SwapCredential to "+name, err)
		if swapped {
			t.Errorf("SwapCredential to %s: got swapped", name)
		}
	}
	checkCredentials(t, "after refusals", s, c.UserID, nil, c)
}

func testSwapKey(t *testing.T, s credentialStore) {
	holder := createCredential(t, s, sampleCredential(s.NewID(), "taken"))
	c := createCredential(t, s, sampleCredential(s.NewID(), "key"))
	after := next(c)
	after.Key, after.Name, after.Data = "taken", "changed", nil
	swapped, err := s.SwapCredential(t.Context(), c, after)
	checkError(t, "SwapCredential to a taken key", err, user.ErrExists)
	if swapped {
		t.Error("SwapCredential to a taken key: got swapped")
	}
	checkCredential(t, "the holder's", s, holder)
	checkCredential(t, "the refused", s, c)
	other := sampleCredential(c.UserID, "free")
	other.Kind = "totp"
	createCredential(t, s, other)
	after.Key = "free" // of another kind
	checkSwapped(t, "to a key of another kind", s, c, after, true)
	checkCredential(t, "the swapped", s, after)

	all := make([]records.Credential, 10)
	for i := range all {
		all[i] = createCredential(t, s, sampleCredential(s.NewID(), fmt.Sprint(i)))
	}
	errs := atOnce(len(all), func(i int) error {
		after := next(all[i])
		after.Key = "wanted"
		return second(s.SwapCredential(t.Context(), all[i], after))
	})
	checkWinners(t, "SwapCredential to one key at once", errs, 1, user.ErrExists)
}

func testSwapRepeated(t *testing.T, s credentialStore) {
	c := createCredential(t, s, sampleCredential(s.NewID(), "key"))
	after := next(c)
	checkSwapped(t, "first", s, c, after, true)
	checkSwapped(t, "repeated", s, c, after, true)
	checkCredential(t, "after a repetition", s, after)
	third := next(after)
	checkSwapped(t, "changed since", s, after, third, true)
	checkSwapped(t, "repeated after a change", s, c, after, false)
	nameless := next(third)
	nameless.Change = ""
	checkSwapped(t, "without Change", s, third, nameless, true)
	checkSwapped(t, "repeated without Change", s, third, nameless, false)
	checkCredential(t, "in the end", s, nameless)
}

func testSwapAtOnce(t *testing.T, s credentialStore) {
	c := createCredential(t, s, sampleCredential(s.NewID(), "key"))
	for _, equal := range []bool{false, true} {
		all := make([]records.Credential, 50)
		for i := range all {
			all[i] = next(c)
			if equal {
				all[i].Change = "" // nothing in which they differ
				continue
			}
			all[i].Name = fmt.Sprint("racer ", i)
		}
		won := swapAll(t, s, c, all)
		if len(won) != 1 {
			t.Fatalf("SwapCredential at once, equal %v: %d of %d swapped, want 1", equal, len(won), len(all))
		}
		c = all[won[0]]
		checkCredential(t, "the winner's", s, c)
	}
}

// swapAll swaps one credential by all of after at the same time and returns the indexes
// of those that did.
func swapAll(t *testing.T, s credentialStore, before records.Credential, after []records.Credential) (won []int) {
	t.Helper()
	swapped := make([]bool, len(after))
	errs := atOnce(len(after), func(i int) (err error) {
		swapped[i], err = s.SwapCredential(t.Context(), before, after[i])
		return err
	})
	checkWinners(t, "SwapCredential at once", errs, len(after), nil)
	for i, one := range swapped {
		if one {
			won = append(won, i)
		}
	}
	return won
}

// testSwapCount counts in the way of recovery codes: no use may be lost.
func testSwapCount(t *testing.T, s credentialStore) {
	const counters, each = 4, 5
	c := sampleCredential(s.NewID(), "key")
	c.Data = nil
	createCredential(t, s, c)
	errs := atOnce(counters, func(int) error {
		for done := 0; done < each; {
			before, err := s.CredentialByKey(t.Context(), c.Kind, c.Key)
			if err != nil {
				return err
			}
			after := next(before)
			after.Data = append(after.Data, 'x')
			swapped, err := s.SwapCredential(t.Context(), before, after)
			if err != nil {
				return err
			}
			if swapped {
				done++
			}
		}
		return nil
	})
	checkWinners(t, "counting at once", errs, counters, nil)
	got, err := s.CredentialByKey(t.Context(), c.Kind, c.Key)
	if err != nil || len(got.Data) != counters*each || got.Rev != 1+counters*each {
		t.Errorf("got %d counted, rev %d, %v, want %d", len(got.Data), got.Rev, err, counters*each)
	}
}
