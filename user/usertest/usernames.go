package usertest

import (
	"context"
	"fmt"
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/username"
)

// usernameStore is what user names need of a store.
type usernameStore interface {
	user.Store
	user.UsernameStore
}

// TestUsernameStore checks every clause of the comments on [user.UsernameStore], which the
// store must implement. newStore is as for [TestStore]; where the store is a
// [records.Ensurer] the suite calls Ensure.
func TestUsernameStore(t *testing.T, newStore func(t *testing.T) user.Store) {
	t.Helper()
	with := func(test func(t *testing.T, s usernameStore)) func(*testing.T, user.Store) {
		return func(t *testing.T, s user.Store) {
			ensure(t, s, records.NeedUsernames)
			test(t, s.(usernameStore))
		}
	}
	run(t, newStore, "UsernameStore", []suite{
		{"Create", with(testCreateNamed)},
		{"Create at once", with(testCreateNamedAtOnce)},
		{"Update", with(testUpdateName)},
		{"Update at once", with(testUpdateNameAtOnce)},
		{"Delete", with(testDeleteNamed)},
		{"no name", with(testNoName)},
		{"ended context", with(testNameEndedContext)},
	})
}

func named(name string) func(*user.User) {
	return func(u *user.User) { u.Username, u.UsernameKey = "As.Typed."+name, name }
}

// checkName compares the user of a key with want; nil for none.
func checkName(t *testing.T, what string, s usernameStore, key string, want *user.User) {
	t.Helper()
	got, err := s.ByUsernameKey(t.Context(), key)
	if want == nil {
		checkError(t, what, err, user.ErrNotFound)
		return
	}
	if err != nil {
		t.Errorf("%s: ByUsernameKey: %v", what, err)
		return
	}
	checkUser(t, what, got, want)
}

func testCreateNamed(t *testing.T, s usernameStore) {
	arthur := add(t, s, "arthur@camelot.bt", named("arthur"))
	checkName(t, "created", s, "arthur", arthur)
	checkUnchanged(t, "creating", s, arthur)
	if err := s.Create(t.Context(), arthur); err != nil {
		t.Errorf("Create again, as its answer was lost: %v", err)
	}
	other := sample(s, "merlin@camelot.bt")
	named("arthur")(other)
	checkError(t, "Create with a name that is taken", s.Create(t.Context(), other), user.ErrUsernameTaken)
	checkError(t, "ByID", func() error { _, err := s.ByID(t.Context(), other.ID); return err }(), user.ErrNotFound)
	checkError(t, "ByEmail", func() error { _, err := s.ByEmail(t.Context(), email.Email{Key: other.EmailKey}); return err }(), user.ErrNotFound)
	sameAddress := sample(s, "arthur@camelot.bt")
	named("galahad")(sameAddress)
	checkError(t, "Create with an address that is taken", s.Create(t.Context(), sameAddress), user.ErrExists)
	checkName(t, "of the refused", s, "galahad", nil)
	for _, key := range []string{"Arthur", "arthur ", "arthu", "arthurr", "\xff", "", "$gt", "As.Typed.arthur"} {
		checkName(t, fmt.Sprintf("key %q", key), s, key, nil)
	}
}

func testCreateNamedAtOnce(t *testing.T, s usernameStore) {
	errs := atOnce(20, func(i int) error {
		u := sample(s, fmt.Sprintf("knight%d@camelot.bt", i))
		named("arthur")(u)
		return s.Create(t.Context(), u)
	})
	checkWinners(t, "Create with one name at once", errs, 1, user.ErrUsernameTaken)
}

func testUpdateName(t *testing.T, s usernameStore) {
	arthur, merlin := add(t, s, "arthur@camelot.bt", named("arthur")), add(t, s, "merlin@camelot.bt")
	rename := func(u *user.User, name username.Username, want error) {
		t.Helper()
		after, err := s.Update(t.Context(), u.ID, user.Update{Username: &name, UpdatedAt: later})
		if want != nil {
			checkError(t, "Update to "+name.Key, err, want)
			return
		}
		if err != nil {
			t.Fatalf("Update to %q: %v", name.Key, err)
		}
		u.Username, u.UsernameKey, u.UpdatedAt = name.Name, name.Key, later
		checkUser(t, "Update to "+name.Key, after, u)
		checkUnchanged(t, "Update to "+name.Key, s, u)
	}
	rename(merlin, username.Username{Name: "Arthur", Key: "arthur"}, user.ErrUsernameTaken)
	checkUnchanged(t, "a refused name", s, merlin)
	rename(merlin, username.Username{Name: "Merlin", Key: "merlin"}, nil)
	rename(merlin, username.Username{Name: "MERLIN", Key: "merlin"}, nil) // another spelling
	rename(arthur, username.Username{Name: "Wart", Key: "wart"}, nil)
	checkName(t, "the name of before", s, "arthur", nil)
	rename(merlin, username.Username{Name: "Arthur", Key: "arthur"}, nil)
	checkName(t, "freed and taken", s, "arthur", merlin)
	rename(merlin, username.Username{}, nil)
	checkName(t, "removed", s, "arthur", nil)
	rename(merlin, username.Username{}, nil) // there is none
	address := email.Email{Address: "wart@camelot.bt", Key: "wart@camelot.bt"}
	if _, err := s.Update(t.Context(), arthur.ID, user.Update{Email: &address, UpdatedAt: later}); err != nil {
		t.Fatalf("Update of the address: %v", err)
	}
	arthur.Email, arthur.EmailKey = address.Address, address.Key
	checkName(t, "after another update", s, "wart", arthur)
	taken := email.Email{Address: merlin.Email, Key: merlin.EmailKey}
	_, err := s.Update(t.Context(), arthur.ID, user.Update{Email: &taken, Username: &username.Username{Name: "X", Key: "xx"}, UpdatedAt: later})
	checkError(t, "Update to an address that is taken", err, user.ErrExists)
	checkName(t, "after a refused address", s, "wart", arthur)
}

func testUpdateNameAtOnce(t *testing.T, s usernameStore) {
	all := make([]*user.User, 20)
	for i := range all {
		all[i] = add(t, s, fmt.Sprintf("knight%d@camelot.bt", i))
	}
	errs := atOnce(len(all), func(i int) error {
		_, err := s.Update(t.Context(), all[i].ID, user.Update{Username: &username.Username{Name: "A", Key: "arthur"}, UpdatedAt: later})
		return err
	})
	checkWinners(t, "Update to one name at once", errs, 1, user.ErrUsernameTaken)
}

func testDeleteNamed(t *testing.T, s usernameStore) {
	arthur := add(t, s, "arthur@camelot.bt", named("arthur"))
	if err := s.Delete(t.Context(), arthur.ID, user.DeleteOptions{}); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	checkName(t, "deleted", s, "arthur", nil)
	checkName(t, "free again", s, "arthur", add(t, s, "merlin@camelot.bt", named("arthur")))
}

func testNoName(t *testing.T, s usernameStore) {
	add(t, s, "arthur@camelot.bt")
	add(t, s, "merlin@camelot.bt") // no collision of users without a name
	checkName(t, "no name", s, "", nil)
}

func testNameEndedContext(t *testing.T, s usernameStore) {
	add(t, s, "arthur@camelot.bt", named("arthur"))
	checkEnded(t, map[string]func(ctx context.Context) error{
		"ByUsernameKey": func(ctx context.Context) error { _, err := s.ByUsernameKey(ctx, "arthur"); return err },
	})
}
