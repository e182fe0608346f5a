package faults

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
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
		tokens, err := w.inner.TokensOf(context.Background(), u.ID, records.TokenQuery{})
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
		fmt.Fprintf(&all, " tokens=%d accounts=%v", live, names)
		if n := w.credentialsOf(u); u.SecondFactor || n > 0 {
			fmt.Fprintf(&all, " factor=%v credentials=%d", u.SecondFactor, n)
		}
		all.WriteString("\n")
	}
	return all.String()
}

// credentialsOf returns how many valid credentials a user has.
func (w *world) credentialsOf(u *user.User) (valid int) {
	w.t.Helper()
	credentials, err := w.inner.CredentialsOf(context.Background(), u.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range credentials {
		if c.OwnerVersion == u.OwnerVersion {
			valid++
		}
	}
	return valid
}

// enrol gives a user a passkey, and a login that waits for it.
func (w *world) enrol(email string) {
	w.t.Helper()
	u, now := w.find(email), w.clock.Now()
	err := w.inner.CreateCredential(context.Background(), records.Credential{
		ID: records.NewCredentialID(), UserID: u.ID, Kind: "passkey", Key: email, WayIn: true, Rev: 1, CreatedAt: now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.inner.PutPending(context.Background(), records.Pending{
		ID: records.HashToken(email), Kind: "login", UserID: u.ID, CreatedAt: now, ExpiresAt: now.Add(time.Hour),
	})
	if err != nil {
		w.t.Fatal(err)
	}
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
