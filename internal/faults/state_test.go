package faults

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/ginauth/ginauth/user"
)

// everybody are the addresses that operations are about.
var everybody = []string{"arthur@camelot.bt", "merlin@camelot.bt", "morgana@camelot.bt", "new@camelot.bt", "wart@camelot.bt"}

// state describes everything that decides what anybody may do, and nothing else:
// records that give no access do not count.
func (w *world) state() string {
	w.t.Helper()
	var all strings.Builder
	for _, email := range everybody {
		u := w.find(email)
		if u == nil {
			continue
		}
		name := "-"
		if p := u.Profile.(*Profile); p.FirstName != nil {
			name = *p.FirstName
		}
		fmt.Fprintf(&all, "%s active=%v superuser=%v verified=%v name=%s password=%s version=%d", u.Email,
			u.IsActive, u.IsSuperuser, u.IsVerified, name, w.passwordOf(u.HashedPassword), u.TokenVersion)
		tokens, err := w.inner.TokensOf(context.Background(), u.ID, user.TokenQuery{})
		if err != nil {
			w.t.Fatal(err)
		}
		live := 0
		for _, token := range tokens {
			if u.Counts(token.TokenVersion, token.Hash) {
				live++
			}
		}
		accounts, err := w.inner.AccountsOf(context.Background(), u.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		names := make([]string, len(accounts))
		for i, a := range accounts {
			names[i] = a.Provider + "/" + a.AccountID
		}
		sort.Strings(names)
		fmt.Fprintf(&all, " tokens=%d accounts=%v\n", live, names)
	}
	return all.String()
}

// passwords are those of hashes seen before: to verify one takes time.
var passwords sync.Map

// passwordOf says which of the known passwords a hash is of.
func (w *world) passwordOf(hash string) string {
	if hash == "" {
		return "none"
	}
	if hash == fixtureHash() {
		return password
	}
	if known, ok := passwords.Load(hash); ok {
		return known.(string)
	}
	for _, candidate := range []string{another, password} {
		ok, _, err := hasher().Verify(context.Background(), hash, candidate)
		if err != nil {
			w.t.Fatal(err)
		}
		if ok {
			passwords.Store(hash, candidate)
			return candidate
		}
	}
	return "unknown"
}
