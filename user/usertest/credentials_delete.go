package usertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

func testDeleteCredential(t *testing.T, s credentialStore) {
	arthur, merlin := add(t, s, "arthur@camelot.bt"), add(t, s, "merlin@camelot.bt")
	own := createCredential(t, s, sampleCredential(arthur.ID, "own"))
	others := createCredential(t, s, sampleCredential(merlin.ID, "others'"))
	for _, keep := range []records.KeepOne{records.KeepNone, records.KeepLastOne} {
		for _, id := range []string{others.ID, records.NewCredentialID(), "", "nonsense", own.Key, "\xff"} {
			checkError(t, "DeleteCredential of what is not the user's",
				s.DeleteCredential(t.Context(), arthur.ID, id, keep), user.ErrNotFound)
		}
		for _, id := range []user.ID{"nonsense", "", s.NewID()} {
			checkError(t, "DeleteCredential of no user", s.DeleteCredential(t.Context(), id, own.ID, keep), user.ErrNotFound)
		}
	}
	checkCredential(t, "own", s, own)
	checkCredential(t, "others'", s, others)

	if err := s.DeleteCredential(t.Context(), arthur.ID, own.ID, records.KeepNone); err != nil {
		t.Errorf("DeleteCredential: %v", err)
	}
	checkNoCredential(t, "deleted", s, own.Kind, own.Key)
	checkCredentials(t, "deleted", s, arthur.ID, nil)
	checkError(t, "DeleteCredential again", s.DeleteCredential(t.Context(), arthur.ID, own.ID, records.KeepNone), user.ErrNotFound)
	checkCredential(t, "others'", s, others)
	free := createCredential(t, s, sampleCredential(merlin.ID, own.Key)) // free for others now
	checkCredential(t, "who got the key", s, free)
}

func testDeleteCredentialAtOnce(t *testing.T, s credentialStore) {
	for i, keep := range []records.KeepOne{records.KeepNone, records.KeepLastOne} {
		u := add(t, s, fmt.Sprint(i, "@camelot.bt"))
		c, other := createCredential(t, s, wayIn(u, fmt.Sprint(i))), createCredential(t, s, wayIn(u, fmt.Sprint("other ", i)))
		errs := atOnce(10, func(int) error { return s.DeleteCredential(t.Context(), u.ID, c.ID, keep) })
		checkWinners(t, "DeleteCredential of one at once", errs, 1, user.ErrNotFound)
		checkCredentials(t, "the other one", s, u.ID, nil, other)
	}
}

func testDeleteAndSwap(t *testing.T, s credentialStore) {
	for i := range 5 {
		u := add(t, s, fmt.Sprint(i, "@camelot.bt"))
		c := createCredential(t, s, sampleCredential(u.ID, fmt.Sprint(i)))
		after := next(c)
		errs := atOnce(2, func(i int) error {
			if i == 0 {
				return s.DeleteCredential(t.Context(), u.ID, c.ID, records.KeepNone)
			}
			return second(s.SwapCredential(t.Context(), c, after))
		})
		checkWinners(t, "DeleteCredential and SwapCredential at once", errs, 2, nil)
		checkNoCredential(t, "deleted while it changed", s, c.Kind, c.Key)
		checkCredentials(t, "deleted while it changed", s, u.ID, nil)
	}
}

func testDeleteCredentialsOf(t *testing.T, s credentialStore) {
	arthur, merlin := add(t, s, "arthur@camelot.bt"), add(t, s, "merlin@camelot.bt")
	var own []records.Credential
	for i, kind := range []records.CredentialKind{"passkey", "totp", "api_key", "recovery"} {
		c := sampleCredential(arthur.ID, fmt.Sprint(i))
		c.Kind, c.CreatedAt = kind, start.Add(time.Duration(i)*time.Second)
		own = append(own, createCredential(t, s, c))
	}
	others := createCredential(t, s, sampleCredential(merlin.ID, "others'"))
	remove := func(id user.ID, kinds ...records.CredentialKind) {
		t.Helper()
		for range 2 { // the second time there is nothing to remove
			if err := s.DeleteCredentialsOf(t.Context(), id, kinds...); err != nil {
				t.Errorf("DeleteCredentialsOf(%q, %v): %v", id, kinds, err)
			}
		}
	}
	for _, id := range []user.ID{s.NewID(), "nonsense", "", "\xff"} {
		remove(id)
	}
	remove(arthur.ID, "device", "\xff")
	checkCredentials(t, "all", s, arthur.ID, nil, own...)
	remove(arthur.ID, "totp", "recovery")
	checkCredentials(t, "of two kinds", s, arthur.ID, nil, own[0], own[2])

	// What a user that is gone has left behind goes, too, and only that.
	if err := s.Delete(t.Context(), arthur.ID, user.DeleteOptions{}); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	remove(arthur.ID)
	checkCredentials(t, "of a user that is gone", s, arthur.ID, nil)
	checkNoCredential(t, "of a user that is gone", s, own[0].Kind, own[0].Key)
	checkCredential(t, "another user's", s, others)
	createCredential(t, s, sampleCredential(merlin.ID, own[0].Key)) // free for others now
}
