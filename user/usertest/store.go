package usertest

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

// TestStore checks every clause of the comments on [user.Store]. newStore is
// called for each subtest, possibly at the same time, and returns an empty store
// whose profile is [Profile]; it cleans up with t.Cleanup.
func TestStore(t *testing.T, newStore func(t *testing.T) user.Store) {
	t.Helper()
	run(t, newStore, "Store", []suite{
		{"NewID", testNewID},
		{"ParseID", testParseID},
		{"ProfileType", testProfileType},
		{"ByID", testByID},
		{"ByEmail", testByEmail},
		{"ended context", testEndedContext},

		{"Create", testCreate},
		{"Create taken key", testCreateTaken},
		{"Create at once", testCreateAtOnce},
		{"Create repeated", testCreateRepeated},
		{"nothing is shared", testNothingShared},
		{"profiles in their normal form", testNormalProfile},
		{"profiles read back", testReadBack},

		{"Update one field", testUpdateOneField},
		{"Update profile fields", testUpdateProfile},
		{"Update ends tokens", testUpdateEndTokens},
		{"Update that changes hands", testUpdateChangeOwner},
		{"Update that ends keys", testUpdateKeyVersion},
		{"Update e-mail", testUpdateEmail},
		{"Update if", testUpdateIf},
		{"Update unknown user", testUpdateUnknown},
		{"Update with one condition at once", testUpdateIfAtOnce},
		{"Update different fields at once", testUpdateFieldsAtOnce},
		{"Update e-mail at once", testUpdateEmailAtOnce},

		{"Delete", testDelete},

		{"last superuser stays", testLastSuperuser},
		{"last superuser leaves unprotected", testLastSuperuserUnprotected},
		{"who counts as superuser", testWhoIsSuperuser},
		{"others need no superuser", testOrdinaryWithoutSuperuser},
		{"last superuser and bans", testBannedSuperuser},
		{"refused leave", testRefusedLeave},
		{"superusers leave and return", testSuperusersReturn},
		{"superusers leave at once", testSuperusersAtOnce},
		{"one superuser leaves many times", testOneSuperuserManyTimes},

		{"List", testList},
		{"List by prefix", testListPrefix},
	})
}

func testNewID(t *testing.T, s user.Store) {
	seen := map[user.ID]bool{}
	for range 1000 {
		id := s.NewID()
		if id == "" || seen[id] {
			t.Fatalf("NewID: got %q, want a new one", id)
		}
		seen[id] = true
		if parsed, err := s.ParseID(string(id)); err != nil || parsed != id {
			t.Fatalf("ParseID(NewID()): got %q, %v, want %q", parsed, err, id)
		}
	}
}

func testParseID(t *testing.T, s user.Store) {
	id := s.NewID()
	upper := strings.ToUpper(string(id))
	if got, err := s.ParseID(upper); err != nil || got != id {
		t.Errorf("ParseID(%q): got %q, %v, want %q", upper, got, err, id)
	}
	invalid := []string{
		"", " ", "me", "0", "null", "../" + string(id), " " + string(id), string(id) + " ", string(id) + "0",
		string(id[1:]), string(id[:len(id)-1]), string(id[:len(id)-1]) + "g", string(id[:len(id)-1]) + "\x00",
		"(" + string(id) + ")", `{"$gt":""}`, "\xff", "é" + string(id[2:]), strings.Repeat("a", 1<<16),
	}
	for _, text := range invalid {
		got, err := s.ParseID(text)
		if !errors.Is(err, user.ErrInvalidID) || got != "" {
			t.Errorf("ParseID(%.80q): got %q, %v, want %v", text, got, err, user.ErrInvalidID)
		}
	}
}

func testProfileType(t *testing.T, s user.Store) {
	if got, want := s.ProfileType().Type(), reflect.TypeFor[Profile](); got != want {
		t.Fatalf("ProfileType: got %v, want %v: the suite needs a store made with usertest.Profile", got, want)
	}
}

func testByID(t *testing.T, s user.Store) {
	add(t, s, "arthur@camelot.bt")
	for _, id := range []user.ID{s.NewID(), "", "me", "nonsense", "\x00", "{}"} {
		u, err := s.ByID(t.Context(), id)
		checkError(t, "ByID("+string(id)+")", err, user.ErrNotFound)
		if u != nil {
			t.Errorf("ByID(%q): got a user", id)
		}
	}
}

func testByEmail(t *testing.T, s user.Store) {
	want := add(t, s, "ёж@camelot.bt")
	add(t, s, "caf\u00e9@camelot.bt")
	for _, address := range []string{want.Email, "", "Ёж@camelot.bt", "ёж@camelot.bt\x00"} { // the key decides
		got, err := s.ByEmail(t.Context(), email.Email{Address: address, Key: "ёж@camelot.bt"})
		if err != nil {
			t.Fatalf("ByEmail(%q): %v", address, err)
		}
		checkUser(t, "ByEmail("+address+")", got, want)
	}
	others := []string{
		"", "Ёж@camelot.bt", "ёж@camelot.BT", "ёж@camelot.bt ", " ёж@camelot.bt", "ёж@camelot.b", "ёж@camelot.bt\x00",
		".*", "^ёж", "ёж@camelot?bt", "еж@camelot.bt", "cafe\u0301@camelot.bt", "cafe@camelot.bt", `{"$gt":""}`,
	}
	for _, key := range others {
		u, err := s.ByEmail(t.Context(), email.Email{Address: want.Email, Key: key})
		checkError(t, "ByEmail("+key+")", err, user.ErrNotFound)
		if u != nil {
			t.Errorf("ByEmail(%q): got a user", key)
		}
	}
}

func testEndedContext(t *testing.T, s user.Store) {
	u := add(t, s, "arthur@camelot.bt")
	another := sample(s, "merlin@camelot.bt")
	checkEnded(t, map[string]func(ctx context.Context) error{
		"Create":  func(ctx context.Context) error { return s.Create(ctx, another) },
		"ByID":    func(ctx context.Context) error { return second(s.ByID(ctx, u.ID)) },
		"ByEmail": func(ctx context.Context) error { return second(s.ByEmail(ctx, email.Email{Key: u.EmailKey})) },
		"Update": func(ctx context.Context) error {
			return second(s.Update(ctx, u.ID, user.Update{IsActive: pointer(false), UpdatedAt: later}))
		},
		"Update keeping a superuser": func(ctx context.Context) error {
			return second(s.Update(ctx, u.ID, user.Update{IsActive: pointer(false), UpdatedAt: later, KeepSuperuser: true}))
		},
		"Delete": func(ctx context.Context) error { return s.Delete(ctx, u.ID, user.DeleteOptions{}) },
		"Delete keeping a superuser": func(ctx context.Context) error {
			return s.Delete(ctx, u.ID, user.DeleteOptions{KeepSuperuser: true})
		},
		"List": func(ctx context.Context) error { return second(s.List(ctx, user.ListQuery{Limit: 1})) },
	})
	checkUnchanged(t, "operations with an ended context", s, u)
	_, err := s.ByID(t.Context(), another.ID)
	checkError(t, "ByID after a Create with an ended context", err, user.ErrNotFound)
}

func second[T any](_ T, err error) error { return err }
