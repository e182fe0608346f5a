package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

// checkOneUser demands that the identity belongs to the store's only user.
func checkOneUser(t *testing.T, store *usertest.Store, identity oauth.Identity) {
	t.Helper()
	m := worldOver(t, store)
	u, err := m.Owner(ctx, identity.Provider, identity.AccountID)
	if err != nil {
		t.Errorf("Owner: %v", err)
		return
	}
	if users, accounts := countUsers(t, store), accountsOf(t, m, u); users != 1 || len(accounts) != 1 {
		t.Errorf("got %d users and %d accounts, want one each", users, len(accounts))
	}
}

// F21 and F05: whatever happens at whichever store call of a first sign-in, the
// next one completes it, and nobody is told "already exists".
func TestKillFirstSignIn(t *testing.T) {
	t.Parallel()
	atEveryCall(t, func(t *testing.T, fault func(*interrupted)) bool {
		store := &interrupted{Store: usertest.NewStore()}
		fault(store)
		u, err := worldOver(t, store).SignIn(ctx, ofMerlin(), oauth.Policy{})
		reached := err != nil
		if (u == nil) != (err != nil) || err != nil && !errors.Is(err, user.ErrUnavailable) {
			t.Errorf("got %v, %v; want a user or ErrUnavailable", u, err)
		}
		mustSignIn(t, worldOver(t, store.Store), ofMerlin(), oauth.Policy{})
		checkOneUser(t, store.Store, ofMerlin())
		return reached
	})
}

// Two processes at once, one of them at any point, both then killed at any point.
func TestKillTwoFirstSignIns(t *testing.T) {
	t.Parallel()
	for k := 1; k <= 8; k++ {
		for j := 1; j <= 8; j++ {
			t.Run(fmt.Sprintf("%d %d", k, j), func(t *testing.T) {
				t.Parallel()
				plain := usertest.NewStore()
				first, second := &interrupted{Store: plain}, &interrupted{Store: plain}
				second.before = func(n int) bool { return n >= j }
				first.before = func(n int) bool { return n > k }
				inner := worldOver(t, second)
				first.at(k, func() { _, _ = inner.SignIn(ctx, ofMerlin(), oauth.Policy{}) })
				_, _ = worldOver(t, first).SignIn(ctx, ofMerlin(), oauth.Policy{})
				mustSignIn(t, worldOver(t, plain), ofMerlin(), oauth.Policy{})
				checkOneUser(t, plain, ofMerlin())
			})
		}
	}
}

// Two processes at once: wherever the second comes in between, both sign in the
// same user. Their clocks may agree to the millisecond or not.
func TestFirstSignInInterleaved(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{0, time.Millisecond} {
		for _, strict := range []bool{false, true} {
			for k := 1; k <= 8; k++ {
				t.Run(fmt.Sprintf("%v %v %d", ahead, strict, k), func(t *testing.T) {
					t.Parallel()
					testInterleaved(t, ahead, strict, k)
				})
			}
		}
	}
}

func testInterleaved(t *testing.T, ahead time.Duration, strict bool, k int) {
	t.Helper()
	now, registered := time.Now(), 0
	plain := usertest.NewStore()
	outer := &interrupted{Store: plain, strict: strict}
	process := func(store user.Store, now time.Time) world {
		m, _ := newWorld(t, func(c *ginauth.Config) {
			c.Store, c.Now = store, func() time.Time { return now }
			c.Hooks.AfterRegister = func(context.Context, *user.User) error { registered++; return nil }
		})
		return m
	}
	slow, fast := process(outer, now), process(plain, now.Add(ahead))
	var other *user.User
	outer.at(k, func() { other = mustSignIn(t, fast, ofMerlin(), oauth.Policy{}) })
	u := mustSignIn(t, slow, ofMerlin(), oauth.Policy{})
	if other != nil && other.ID != u.ID {
		t.Errorf("got %v and %v, want one user", u, other)
	}
	checkOneUser(t, plain, ofMerlin())
	// From the fifth call on both are at it, and the store cannot tell whose user it has.
	if k < 5 && registered != 1 {
		t.Errorf("AfterRegister ran %d times, want once", registered)
	}
}

// F44: while somebody signs in for the first time, a user who is logged in links the
// same account. One of them has it, and no user is left without a way in.
func TestFirstSignInAgainstLink(t *testing.T) {
	t.Parallel()
	for k := 1; k <= 8; k++ {
		t.Run(fmt.Sprint(k), func(t *testing.T) {
			t.Parallel()
			plain := usertest.NewStore()
			outer := &interrupted{Store: plain}
			m := worldOver(t, plain)
			arthur := mustCreate(t, m, user.Registration{Email: "king.arthur@camelot.bt"})
			var linkErr error
			outer.at(k, func() { linkErr = m.Link(ctx, arthur, ofMerlin(), nil) })
			u := mustSignIn(t, worldOver(t, outer), ofMerlin(), oauth.Policy{})
			owner, err := m.Owner(ctx, "google", "1094")
			if err != nil || owner.ID != u.ID {
				t.Fatalf("got %v, %v; want %v", owner, err, u)
			}
			if linkErr == nil && outer.calls >= k && owner.ID != arthur.ID {
				t.Error("the link was confirmed, but somebody else has the account")
			}
			want := 2
			if owner.ID == arthur.ID {
				want = 1
			}
			if got := countUsers(t, plain); got != want {
				t.Errorf("got %d users, want %d", got, want)
			}
		})
	}
}

// Somebody registers with the address in between: the sign-in decides anew.
func TestFirstSignInAgainstRegister(t *testing.T) {
	t.Parallel()
	for k := 1; k <= 5; k++ {
		for _, associate := range []bool{false, true} {
			t.Run(fmt.Sprint(k, associate), func(t *testing.T) {
				t.Parallel()
				plain := usertest.NewStore()
				outer := &interrupted{Store: plain}
				var r *user.User
				outer.at(k, func() { r = squat(t, plain) })
				u, err := worldOver(t, outer).SignIn(ctx, ofMerlin(), oauth.Policy{AssociateByEmail: associate})
				switch {
				case r == nil:
					t.Fatal("nobody registered")
				case !associate && !errors.Is(err, user.ErrExists):
					t.Errorf("got %v, %v; want ErrExists", u, err)
				case associate && (err != nil || u.ID != r.ID || u.HasPassword()):
					t.Errorf("got %v, %v; want %v without password", u, err, r)
				}
				if got := countUsers(t, plain); got != 1 {
					t.Errorf("got %d users, want 1", got)
				}
			})
		}
	}
}

// Whatever happens while an unverified user is taken over by the owner of the
// address, the account is never linked as long as anybody else has a way in, and
// the next sign-in completes it.
func TestKillStripping(t *testing.T) {
	t.Parallel()
	mordred := oauth.Identity{Provider: "github", AccountID: "666", Email: "mordred@camelot.bt"}
	policy := oauth.Policy{AssociateByEmail: true}
	atEveryCall(t, func(t *testing.T, fault func(*interrupted)) bool {
		store := &interrupted{Store: usertest.NewStore()}
		m := worldOver(t, store.Store)
		victim := squat(t, store)
		link(t, store, victim, mordred)
		store.calls = 0
		fault(store)
		_, err := worldOver(t, store).SignIn(ctx, ofMerlin(), policy)
		reached := err != nil
		checkNotShared(t, m, victim.ID)
		mustSignIn(t, m, ofMerlin(), policy)
		checkNotShared(t, m, victim.ID)
		checkOneUser(t, store.Store, ofMerlin())
		return reached
	})
}

// Somebody who is logged in to the unverified user tries to get back in at every
// point: by linking another account, and by logging in with it.
func TestStrippingAgainstItsLoser(t *testing.T) {
	t.Parallel()
	mordred := oauth.Identity{Provider: "github", AccountID: "666", Email: "mordred@camelot.bt"}
	policy := oauth.Policy{AssociateByEmail: true}
	for k := 1; k <= 12; k++ {
		t.Run(fmt.Sprint(k), func(t *testing.T) {
			t.Parallel()
			plain := usertest.NewStore()
			outer := &interrupted{Store: plain}
			m := worldOver(t, plain)
			session := squat(t, plain)
			var token int64 = -1
			outer.at(k, func() {
				_ = m.Link(ctx, session, mordred, nil)
				if u, err := m.SignIn(ctx, mordred, oauth.Policy{}); err == nil && u.ID == session.ID {
					token = u.TokenVersion
				}
			})
			_, err := worldOver(t, outer).SignIn(ctx, ofMerlin(), policy)
			u, findErr := m.ByID(ctx, session.ID)
			if findErr != nil {
				t.Fatal(findErr)
			}
			if err == nil && token == u.TokenVersion {
				t.Error("the loser has a token that counts")
			}
			if err == nil || outer.calls < k {
				checkNotShared(t, m, session.ID)
			}
		})
	}
}

// checkNotShared demands that whoever owns the address is not in the same account
// with somebody else.
func checkNotShared(t *testing.T, m world, id user.ID) {
	t.Helper()
	u, err := m.ByID(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	owners, others := 0, 0
	for _, a := range accountsOf(t, m, u) {
		if a.Provider == "google" {
			owners++
		} else {
			others++
		}
	}
	if owners > 0 && (others > 0 || u.HasPassword() || u.TokenVersion == 0) {
		t.Errorf("linked, with %d other accounts, password %v, version %d", others, u.HasPassword(), u.TokenVersion)
	}
}

// 100 first sign-ins of one account at once, in one process and in four.
func TestFirstSignInsRegisterOnce(t *testing.T) {
	t.Parallel()
	for _, processes := range []int{1, 4} {
		t.Run(fmt.Sprint(processes), func(t *testing.T) {
			t.Parallel()
			var registered atomic.Int32
			store := usertest.NewStore()
			managers := make([]world, processes)
			for i := range managers {
				managers[i], _ = newWorld(t, func(c *ginauth.Config) {
					c.Store = store
					c.Hooks.AfterRegister = func(context.Context, *user.User) error { registered.Add(1); return nil }
				})
			}
			var all sync.WaitGroup
			for i := range 100 {
				all.Go(func() {
					if _, err := managers[i%processes].SignIn(ctx, ofMerlin(), oauth.Policy{}); err != nil {
						t.Errorf("got %v", err)
					}
				})
			}
			all.Wait()
			checkOneUser(t, store, ofMerlin())
			if n := registered.Load(); processes == 1 && n != 1 {
				t.Errorf("AfterRegister ran %d times, want once", n)
			}
		})
	}
}

// crowded counts how many reservations are under way at once.
type crowded struct {
	*usertest.Store
	inside, most atomic.Int32
}

func (s *crowded) ReserveAccount(ctx context.Context, a records.OAuthAccount) (records.OAuthAccount, error) {
	inside := s.inside.Add(1)
	defer s.inside.Add(-1)
	for range 100 {
		runtime.Gosched()
		s.most.Store(max(s.most.Load(), inside, s.inside.Load()))
	}
	return s.Store.ReserveAccount(ctx, a)
}

// Within a process the first sign-ins of one account queue up, so that one of them
// creates the user and the others find it.
func TestFirstSignInsQueueUp(t *testing.T) {
	t.Parallel()
	store := &crowded{Store: usertest.NewStore()}
	m := worldOver(t, store)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := m.SignIn(ctx, ofMerlin(), oauth.Policy{}); err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	if most := store.most.Load(); most != 1 {
		t.Errorf("got %d at once, want 1", most)
	}
}

// F44: of two users who link one account at once one wins.
func TestLinkAtOnce(t *testing.T) {
	t.Parallel()
	m, store := newWorld(t, nil)
	users := make([]*user.User, 20)
	for i := range users {
		users[i] = mustCreate(t, m, user.Registration{Email: fmt.Sprintf("knight-%d@camelot.bt", i)})
	}
	var won atomic.Int32
	var all sync.WaitGroup
	for _, u := range users {
		all.Go(func() {
			switch err := m.Link(ctx, u, ofMerlin(), nil); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, user.ErrLinked):
				t.Errorf("got %v, want ErrLinked", err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || countUsers(t, store) != len(users) {
		t.Errorf("got %d winners, want 1", won.Load())
	}
}

// Of two unlinkings at once one is refused: a way in remains.
func TestUnlinkAtOnce(t *testing.T) {
	t.Parallel()
	m, store := newWorld(t, nil)
	u := mustSignIn(t, m, ofMerlin(), oauth.Policy{})
	link(t, store, u, oauth.Identity{Provider: "github", AccountID: "2"})
	var refused atomic.Int32
	var all sync.WaitGroup
	for _, a := range accountsOf(t, m, u) {
		all.Go(func() {
			if err := m.Unlink(ctx, u, a.ID); errors.Is(err, user.ErrLastLoginMethod) {
				refused.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if refused.Load() != 1 || len(accountsOf(t, m, u)) != 1 {
		t.Errorf("got %d refused, %d accounts left; want 1 and 1", refused.Load(), len(accountsOf(t, m, u)))
	}
}

// The store fails when a first sign-in is about to be confirmed: the user is there, and the
// application hears of the user once, with that very user.
func TestUnconfirmedSignUp(t *testing.T) {
	t.Parallel()
	store := &interrupted{Store: usertest.NewStore()}
	var registered []*user.User
	kinds := make(chan user.EventKind, 8)
	m, _ := newWorld(t, func(c *ginauth.Config) {
		c.Store = store
		c.Hooks.AfterRegister = func(_ context.Context, u *user.User) error { registered = append(registered, u); return nil }
		c.OnEvent = func(_ context.Context, e user.Event) { kinds <- e.Kind }
	})
	const confirm = 6 // after Account, ByEmail, Account, ReserveAccount and Create
	store.before = func(k int) bool { return k == confirm }
	if u, err := m.SignIn(ctx, ofMerlin(), oauth.Policy{}); u != nil || !errors.Is(err, user.ErrUnavailable) {
		t.Fatalf("got %v, %v; want ErrUnavailable", u, err)
	}
	u := mustSignIn(t, m, ofMerlin(), oauth.Policy{})
	if len(registered) != 1 || registered[0] == nil || registered[0].ID != u.ID {
		t.Errorf("AfterRegister: got %v, want %v once", registered, u)
	}
	if err := m.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if len(kinds) != 1 || <-kinds != user.EventRegistered {
		t.Errorf("got %d further events, want the registration alone", len(kinds))
	}
	checkOneUser(t, store.Store, ofMerlin())
}
