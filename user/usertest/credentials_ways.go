package usertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// wayIn returns a credential that u can log in with.
func wayIn(u *user.User, key string) records.Credential {
	c := sampleCredential(u.ID, key)
	c.OwnerVersion, c.ExpiresAt = u.OwnerVersion, time.Time{}
	return c
}

// noWays are credentials of u that are no way in, each for a reason of its own.
func noWays(u *user.User) []records.Credential {
	plain, expires, earlier := wayIn(u, u.EmailKey+" plain"), wayIn(u, u.EmailKey+" expires"), wayIn(u, u.EmailKey+" earlier")
	plain.WayIn = false
	expires.ExpiresAt = later.AddDate(100, 0, 0)
	earlier.OwnerVersion = u.OwnerVersion + 1 // another owner of the account
	return []records.Credential{plain, expires, earlier}
}

func testLastCredential(t *testing.T, s credentialStore) {
	u, other := add(t, s, "arthur@camelot.bt"), add(t, s, "merlin@camelot.bt")
	for i := range 3 {
		createCredential(t, s, wayIn(other, fmt.Sprint("others' ", i))) // another user's are no way in
	}
	first, last := createCredential(t, s, wayIn(u, "first")), createCredential(t, s, wayIn(u, "last"))
	rest := noWays(u)
	for _, c := range rest {
		createCredential(t, s, c)
	}
	remove := func(c records.Credential) error {
		return s.DeleteCredential(t.Context(), u.ID, c.ID, records.KeepLastOne)
	}
	if err := remove(first); err != nil {
		t.Errorf("DeleteCredential of one of two ways in: %v", err)
	}
	checkError(t, "DeleteCredential again", remove(first), user.ErrNotFound)
	checkError(t, "DeleteCredential of the last", remove(last), user.ErrLastLoginMethod)
	checkCredential(t, "the last", s, last)
	for _, c := range rest {
		if err := remove(c); err != nil {
			t.Errorf("DeleteCredential of %q, which is no way in: %v", c.Key, err)
		}
	}
	checkError(t, "DeleteCredential of the only one", remove(last), user.ErrLastLoginMethod)
	checkCredentials(t, "the last", s, u.ID, nil, last)
	changed := next(last)
	changed.Name = "changed"
	checkSwapped(t, "the last", s, last, changed, true)
	checkError(t, "DeleteCredential of the last, changed", remove(last), user.ErrLastLoginMethod)
	if err := s.DeleteCredential(t.Context(), u.ID, last.ID, records.KeepNone); err != nil {
		t.Errorf("DeleteCredential of the last that need not stay: %v", err)
	}
	checkCredentials(t, "in the end", s, u.ID, nil)
}

func testLastCredentialAtOnce(t *testing.T, s credentialStore) {
	for _, n := range []int{2, 2, 2, 6} {
		u := add(t, s, fmt.Sprint(s.NewID(), "@camelot.bt"))
		all := make([]records.Credential, n)
		for i := range all {
			all[i] = createCredential(t, s, wayIn(u, fmt.Sprint(u.EmailKey, i)))
		}
		errs := atOnce(n, func(i int) error { return s.DeleteCredential(t.Context(), u.ID, all[i].ID, records.KeepLastOne) })
		checkWinners(t, fmt.Sprintf("DeleteCredential of all %d at once", n), errs, n-1, user.ErrLastLoginMethod)
		for i, c := range all {
			if errs[i] != nil {
				checkCredentials(t, "the one that stayed", s, u.ID, nil, c)
			}
		}
	}
}

// withAccounts returns the store as one that keeps OAuth accounts, too.
func withAccounts(t *testing.T, s credentialStore) oauthStore {
	t.Helper()
	accounts, ok := user.Store(s).(oauthStore)
	if !ok {
		t.Skipf("%T keeps no OAuth accounts", s)
	}
	return accounts
}

func testLastOfTwoKinds(t *testing.T, s credentialStore) {
	accounts := withAccounts(t, s)
	for _, accountFirst := range []bool{false, true} {
		u := add(t, s, fmt.Sprint(accountFirst, "@camelot.bt"))
		for _, c := range noWays(u) {
			createCredential(t, s, c)
		}
		c, a := createCredential(t, s, wayIn(u, u.EmailKey)), link(t, accounts, sampleAccount(accounts, u, u.EmailKey))
		leave := []func() error{
			func() error { return s.DeleteCredential(t.Context(), u.ID, c.ID, records.KeepLastOne) },
			func() error { return accounts.UnlinkAccount(t.Context(), u.ID, a.ID, records.KeepLastOne) },
		}
		if accountFirst {
			leave[0], leave[1] = leave[1], leave[0]
		}
		if err := leave[0](); err != nil {
			t.Errorf("account first %v: removing one of two: %v", accountFirst, err)
		}
		checkError(t, "removing the last", leave[1](), user.ErrLastLoginMethod)
		checkError(t, "removing the first again", leave[0](), user.ErrNotFound)
		if accountFirst {
			checkCredential(t, "the last", s, c)
			checkAccounts(t, "account first", accounts, u.ID)
			continue
		}
		checkAccounts(t, "the last", accounts, u.ID, a)
	}
}

func testLastOfTwoKindsAtOnce(t *testing.T, s credentialStore) {
	accounts := withAccounts(t, s)
	for _, n := range []int{1, 1, 1, 1, 1, 3} { // ways in of each kind
		u := add(t, s, fmt.Sprint(s.NewID(), "@camelot.bt"))
		var leave []func() error
		for i := range n {
			c := createCredential(t, s, wayIn(u, fmt.Sprint(u.EmailKey, i)))
			a := link(t, accounts, sampleAccount(accounts, u, fmt.Sprint(u.EmailKey, i)))
			leave = append(leave,
				func() error { return s.DeleteCredential(t.Context(), u.ID, c.ID, records.KeepLastOne) },
				func() error { return accounts.UnlinkAccount(t.Context(), u.ID, a.ID, records.KeepLastOne) })
		}
		errs := atOnce(2*n, func(i int) error { return leave[i]() })
		checkWinners(t, "removing all ways in at once", errs, 2*n-1, user.ErrLastLoginMethod)
		left, err := s.CredentialsOf(t.Context(), u.ID)
		linked, linkedErr := accounts.AccountsOf(t.Context(), u.ID)
		if err != nil || linkedErr != nil || len(left)+len(linked) != 1 {
			t.Errorf("got %d credentials, %v, and %d accounts, %v, left, want one way in", len(left), err, len(linked), linkedErr)
		}
	}
}
