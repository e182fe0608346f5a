package usertest

import (
	"context"
	"fmt"
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// credentialUserStore is a store that finds users along with their credentials.
type credentialUserStore interface {
	credentialStore
	user.CredentialUserStore
}

// TestCredentialUserStore checks every clause of the comments on
// [user.CredentialUserStore], which the store must implement in addition to [user.Store]
// and [records.CredentialStore], and that it does return the users. newStore is as for
// [TestCredentialStore].
func TestCredentialUserStore(t *testing.T, newStore func(t *testing.T) user.Store) {
	t.Helper()
	with := func(test func(t *testing.T, s credentialUserStore)) func(*testing.T, user.Store) {
		return func(t *testing.T, s user.Store) {
			able, ok := s.(credentialUserStore)
			if !ok {
				t.Fatalf("%T: does not implement records.CredentialStore and user.CredentialUserStore", s)
			}
			ensure(t, s, records.NeedCredentials)
			test(t, able)
		}
	}
	run(t, newStore, "CredentialUserStore", []suite{
		{"CredentialWithUser", with(testCredentialWithUser)},
		{"CredentialWithUser of an unknown key", with(testCredentialWithUserUnknown)},
		{"CredentialWithUser of a user who is gone", with(testCredentialWithUserGone)},
		{"CredentialWithUser after a change", with(testCredentialWithUserChanged)},
		{"CredentialWithUser shares nothing", with(testCredentialWithUserShared)},
		{"CredentialWithUser at once", with(testCredentialWithUserAtOnce)},
		{"CredentialWithUser, ended context", with(testCredentialWithUserEnded)},
	})
}

// checkCredentialWithUser demands the credential, and the user as ByID reads it.
func checkCredentialWithUser(t *testing.T, s credentialUserStore, want records.Credential) {
	t.Helper()
	got, owner, err := s.CredentialWithUser(t.Context(), want.Kind, want.Key)
	if err != nil {
		t.Errorf("CredentialWithUser: %v", err)
		return
	}
	checkSameCredential(t, "CredentialWithUser", got, want)
	checkUser(t, "CredentialWithUser", owner, stored(t, s, want.UserID))
}

func testCredentialWithUser(t *testing.T, s credentialUserStore) {
	arthur, merlin := add(t, s, "arthur@camelot.bt"), add(t, s, "merlin@camelot.bt", superuser, inactive)
	for i := range 2 {
		checkCredentialWithUser(t, s, createCredential(t, s, sampleCredential(arthur.ID, fmt.Sprint("arthur ", i))))
		checkCredentialWithUser(t, s, createCredential(t, s, sampleCredential(merlin.ID, fmt.Sprint("merlin ", i))))
	}
}

func testCredentialWithUserUnknown(t *testing.T, s credentialUserStore) {
	c := createCredential(t, s, sampleCredential(add(t, s, "arthur@camelot.bt").ID, "excalibur"))
	for _, test := range []struct {
		kind records.CredentialKind
		key  string
	}{{c.Kind, "Excalibur"}, {c.Kind, "excalibu"}, {c.Kind, ""}, {"totp", c.Key}, {c.Kind, "*"}, {c.Kind, "excalibur\xff"}} {
		_, owner, err := s.CredentialWithUser(t.Context(), test.kind, test.key)
		checkError(t, fmt.Sprintf("CredentialWithUser(%q, %q)", test.kind, test.key), err, user.ErrNotFound)
		if owner != nil {
			t.Errorf("CredentialWithUser(%q, %q): got a user", test.kind, test.key)
		}
	}
}

func testCredentialWithUserGone(t *testing.T, s credentialUserStore) {
	arthur := add(t, s, "arthur@camelot.bt")
	never, deleted := createCredential(t, s, sampleCredential(s.NewID(), "1")), createCredential(t, s, sampleCredential(arthur.ID, "2"))
	if err := s.Delete(t.Context(), arthur.ID, user.DeleteOptions{}); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	for _, want := range []records.Credential{never, deleted} {
		got, owner, err := s.CredentialWithUser(t.Context(), want.Kind, want.Key)
		if err != nil || owner != nil {
			t.Errorf("got user %v, %v, want the credential alone", owner, err)
		}
		checkSameCredential(t, "CredentialWithUser", got, want)
	}
}

func testCredentialWithUserChanged(t *testing.T, s credentialUserStore) {
	arthur := add(t, s, "arthur@camelot.bt")
	c := createCredential(t, s, sampleCredential(arthur.ID, "excalibur"))
	checkCredentialWithUser(t, s, c)
	no := false
	if _, err := s.Update(t.Context(), arthur.ID, user.Update{IsActive: &no, KeyVersionUp: true, UpdatedAt: later}); err != nil {
		t.Fatalf("Update: %v", err)
	}
	checkCredentialWithUser(t, s, c)
	after := c
	after.Rev, after.LastUsedAt = c.Rev+1, later
	if swapped, err := s.SwapCredential(t.Context(), c, after); !swapped || err != nil {
		t.Fatalf("SwapCredential: got %v, %v", swapped, err)
	}
	checkCredentialWithUser(t, s, after)
	if err := s.DeleteCredential(t.Context(), arthur.ID, c.ID, records.KeepNone); err != nil {
		t.Fatalf("DeleteCredential: %v", err)
	}
	_, _, err := s.CredentialWithUser(t.Context(), c.Kind, c.Key)
	checkError(t, "CredentialWithUser of a deleted one", err, user.ErrNotFound)
}

func testCredentialWithUserShared(t *testing.T, s credentialUserStore) {
	arthur := add(t, s, "arthur@camelot.bt")
	c := createCredential(t, s, sampleCredential(arthur.ID, "excalibur"))
	before := stored(t, s, arthur.ID)
	got, owner, err := s.CredentialWithUser(t.Context(), c.Kind, c.Key)
	if err != nil || owner == nil {
		t.Fatalf("CredentialWithUser: got %v, %v, want the user", owner, err)
	}
	owner.IsSuperuser, got.Data[0] = true, 'x'
	*owner.Profile.(*Profile).FirstName = "Mordred"
	checkUnchanged(t, "a change of what was returned", s, before)
	checkCredentialWithUser(t, s, c)
}

func testCredentialWithUserAtOnce(t *testing.T, s credentialUserStore) {
	const knights = 10
	all := make([]records.Credential, knights)
	for i := range all {
		all[i] = createCredential(t, s, sampleCredential(add(t, s, fmt.Sprintf("knight%d@camelot.bt", i)).ID, fmt.Sprint(i)))
	}
	errs := atOnce(5*knights, func(i int) error {
		want := all[i%knights]
		got, owner, err := s.CredentialWithUser(t.Context(), want.Kind, want.Key)
		if err == nil && (got.ID != want.ID || owner == nil || owner.ID != want.UserID) {
			err = fmt.Errorf("%v with user %v, want %v", got, owner, want)
		}
		return err
	})
	checkWinners(t, "CredentialWithUser at once", errs, len(errs), nil)
}

func testCredentialWithUserEnded(t *testing.T, s credentialUserStore) {
	c := createCredential(t, s, sampleCredential(add(t, s, "arthur@camelot.bt").ID, "excalibur"))
	checkEnded(t, map[string]func(ctx context.Context) error{
		"CredentialWithUser": func(ctx context.Context) error {
			_, _, err := s.CredentialWithUser(ctx, c.Kind, c.Key)
			return err
		},
	})
	checkCredentialWithUser(t, s, c)
}
