package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

// interrupted is a store to which something happens at the k-th call, counted from 1.
type interrupted struct {
	*usertest.Store
	calls  int
	events map[int]func()
	// strict makes Create of an ID in use ErrExists; the contract leaves that open.
	strict bool
	// before and after say whether the k-th call fails, without or with effect.
	before, after func(k int) bool
}

var errKilled = errors.New("killed")

func (s *interrupted) at(k int, event func()) {
	if s.events == nil {
		s.events = map[int]func(){}
	}
	s.events[k] = event
}

func interrupt[T any](s *interrupted, call func() (T, error)) (T, error) {
	s.calls++
	k := s.calls
	if event := s.events[k]; event != nil {
		event()
	}
	var none T
	if s.before != nil && s.before(k) {
		return none, errKilled
	}
	result, err := call()
	if s.after != nil && s.after(k) {
		return none, errKilled
	}
	return result, err
}

func interruptDo(s *interrupted, call func() error) error {
	_, err := interrupt(s, func() (struct{}, error) { return struct{}{}, call() })
	return err
}

func (s *interrupted) Create(ctx context.Context, u *user.User) error {
	return interruptDo(s, func() error {
		if _, err := s.Store.ByID(ctx, u.ID); err == nil && s.strict {
			return user.ErrExists
		}
		return s.Store.Create(ctx, u)
	})
}

func (s *interrupted) ByID(ctx context.Context, id user.ID) (*user.User, error) {
	return interrupt(s, func() (*user.User, error) { return s.Store.ByID(ctx, id) })
}

func (s *interrupted) ByEmail(ctx context.Context, email email.Email) (*user.User, error) {
	return interrupt(s, func() (*user.User, error) { return s.Store.ByEmail(ctx, email) })
}

func (s *interrupted) Update(ctx context.Context, id user.ID, update user.Update) (*user.User, error) {
	return interrupt(s, func() (*user.User, error) { return s.Store.Update(ctx, id, update) })
}

func (s *interrupted) Account(ctx context.Context, provider, id string) (records.OAuthAccount, error) {
	return interrupt(s, func() (records.OAuthAccount, error) { return s.Store.Account(ctx, provider, id) })
}

func (s *interrupted) LinkAccount(ctx context.Context, a records.OAuthAccount) error {
	return interruptDo(s, func() error { return s.Store.LinkAccount(ctx, a) })
}

func (s *interrupted) ReserveAccount(ctx context.Context, a records.OAuthAccount) (records.OAuthAccount, error) {
	return interrupt(s, func() (records.OAuthAccount, error) { return s.Store.ReserveAccount(ctx, a) })
}

func (s *interrupted) RefreshAccount(ctx context.Context, a records.OAuthAccount) error {
	return interruptDo(s, func() error { return s.Store.RefreshAccount(ctx, a) })
}

func (s *interrupted) AccountsOf(ctx context.Context, id user.ID) ([]records.OAuthAccount, error) {
	return interrupt(s, func() ([]records.OAuthAccount, error) { return s.Store.AccountsOf(ctx, id) })
}

func (s *interrupted) UnlinkAccount(ctx context.Context, id user.ID, account string, keepOne records.KeepOne) error {
	return interruptDo(s, func() error { return s.Store.UnlinkAccount(ctx, id, account, keepOne) })
}

func (s *interrupted) UnlinkAccountsOf(ctx context.Context, id user.ID, before int64) error {
	return interruptDo(s, func() error { return s.Store.UnlinkAccountsOf(ctx, id, before) })
}

// squat stores an unverified user with a password, without the work of a hash.
func squat(t *testing.T, store user.Store) *user.User {
	t.Helper()
	u := &user.User{
		ID: store.NewID(), Email: "merlin@camelot.bt", EmailKey: "merlin@camelot.bt",
		HashedPassword: "$argon2id$", IsActive: true,
	}
	if err := store.Create(ctx, u); err != nil {
		t.Fatal(err)
	}
	return u
}

// faults are the ways in which a process can end at its k-th store call.
var faults = []struct {
	name string
	set  func(s *interrupted, k int)
}{
	{"the call fails", func(s *interrupted, k int) { s.before = func(n int) bool { return n == k } }},
	{"its answer is lost", func(s *interrupted, k int) { s.after = func(n int) bool { return n == k } }},
	{"killed before it", func(s *interrupted, k int) { s.before = func(n int) bool { return n >= k } }},
	{"killed after it", func(s *interrupted, k int) {
		s.before = func(n int) bool { return n > k }
		s.after = func(n int) bool { return n == k }
	}},
}

// atEveryCall runs test with each fault at the 1st, 2nd … store call, until test
// says that the call was never made.
func atEveryCall(t *testing.T, test func(t *testing.T, fault func(*interrupted)) (reached bool)) {
	t.Helper()
	for _, f := range faults {
		for k := 1; ; k++ {
			if k > 50 {
				t.Fatal("more than 50 store calls")
			}
			reached := false
			t.Run(fmt.Sprintf("%s %d", f.name, k), func(t *testing.T) {
				reached = test(t, func(s *interrupted) { f.set(s, k) })
			})
			if !reached {
				break
			}
		}
	}
}

// A process was killed when the user was deleted, but not yet the account: whoever
// signs in with it is a new user, for whom no token of the old one counts.
func TestF24KillDelete(t *testing.T) {
	t.Parallel()
	m, store := newWorld(t, nil)
	old := mustSignIn(t, m, ofMerlin(), oauth.Policy{})
	if err := store.Delete(ctx, old.ID, user.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	again := mustSignIn(t, m, ofMerlin(), oauth.Policy{})
	if again.ID == old.ID {
		t.Error("the new user has the ID of the deleted one")
	}
	checkOneUser(t, store, ofMerlin())
}

// The same, where the first sign-in was killed, too, before the account was confirmed:
// nothing tells then that there was a user.
func TestF24KillSignInAndDelete(t *testing.T) {
	t.Parallel()
	store := &interrupted{Store: usertest.NewStore()}
	m := worldOver(t, store)
	created := false
	store.before = func(int) bool {
		page, err := store.List(ctx, user.ListQuery{Limit: 1})
		created = created || err == nil && len(page.Users) > 0
		return created
	}
	if _, err := m.SignIn(ctx, ofMerlin(), oauth.Policy{}); !created || err == nil {
		t.Fatalf("got %v, want it killed when the user is there", err)
	}
	store.before = nil
	page, err := store.List(ctx, user.ListQuery{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	old := page.Users[0]
	if err := store.Delete(ctx, old.ID, user.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	again := mustSignIn(t, m, ofMerlin(), oauth.Policy{})
	if again.ID == old.ID && again.Counts(old.TokenVersion, "") {
		t.Error("the deleted user's tokens count for the new one")
	}
	stored, err := m.ByID(ctx, again.ID)
	if err != nil || stored.TokenVersion != again.TokenVersion {
		t.Errorf("got %v, %v; want the version %d that was returned", stored, err, again.TokenVersion)
	}
	checkOneUser(t, store.Store, ofMerlin())
}
