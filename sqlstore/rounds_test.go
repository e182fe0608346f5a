package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/sqlstore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// race is something that many do at once and one of them achieves.
type race struct {
	name string
	// begin prepares a round and returns what the racers do; it reports whether it was
	// this one.
	begin func(t *testing.T, s *sqlstore.Store, round int) func(racer int) (won bool, err error)
	// left checks what is there after the round; nil for nothing.
	left func(t *testing.T, s *sqlstore.Store)
}

const racers = 4

// hourglass is the time of the races.
var hourglass = time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)

func won(err error, lost error) (bool, error) {
	if errors.Is(err, lost) {
		return false, nil
	}
	return err == nil, err
}

func mustCreate(t *testing.T, s *sqlstore.Store, u *user.User) *user.User {
	t.Helper()
	if err := s.Create(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	return u
}

func races() []race {
	var knights [racers]*user.User // of all rounds
	return []race{
		{name: "F40 register one address", begin: func(_ *testing.T, s *sqlstore.Store, round int) func(int) (bool, error) {
			return func(int) (bool, error) {
				return won(s.Create(context.Background(), knight(s, fmt.Sprint(round, "@camelot.bt"))), user.ErrExists)
			}
		}},
		{name: "F41 reset one password", begin: func(t *testing.T, s *sqlstore.Store, round int) func(int) (bool, error) {
			u := mustCreate(t, s, knight(s, fmt.Sprint(round, "@camelot.bt")))
			return func(racer int) (bool, error) {
				hash := fmt.Sprint("hash ", racer)
				_, err := s.Update(context.Background(), u.ID, user.Update{
					HashedPassword: &hash, EndTokens: true, UpdatedAt: hourglass, If: user.Conditions{TokenVersion: &u.TokenVersion},
				})
				return won(err, user.ErrNotFound)
			}
		}},
		{name: "F42 verify with one token", begin: func(t *testing.T, s *sqlstore.Store, round int) func(int) (bool, error) {
			u := mustCreate(t, s, knight(s, fmt.Sprint(round, "@camelot.bt")))
			yes, no := true, false
			return func(int) (bool, error) {
				_, err := s.Update(context.Background(), u.ID, user.Update{
					IsVerified: &yes, UpdatedAt: hourglass, If: user.Conditions{EmailKey: &u.EmailKey, IsVerified: &no},
				})
				return won(err, user.ErrNotFound)
			}
		}},
		{name: "F43 rotate one token", begin: func(t *testing.T, s *sqlstore.Store, round int) func(int) (bool, error) {
			before := records.Token{
				Hash: records.HashToken(fmt.Sprint(round)), UserID: s.NewID(), Backend: "app", CreatedAt: hourglass, LastSeenAt: hourglass,
				ExpiresAt: hourglass.Add(time.Hour), Rotation: records.Rotation{Generation: 1, AbsoluteAt: hourglass.Add(time.Hour), Salt: "salt"},
			}
			if err := s.CreateToken(t.Context(), before); err != nil {
				t.Fatal(err)
			}
			after := before
			after.Rotation.Generation, after.Rotation.Parent = 2, 1
			return func(int) (bool, error) {
				_, rotated, err := s.RotateToken(context.Background(), before, after, hourglass)
				return rotated, err
			}
		}},
		{name: "F44 link one identity", begin: func(t *testing.T, s *sqlstore.Store, round int) func(int) (bool, error) {
			if round == 0 {
				for i := range knights {
					knights[i] = mustCreate(t, s, knight(s, fmt.Sprint(i, "@camelot.bt")))
				}
			}
			return func(racer int) (bool, error) {
				return won(s.LinkAccount(context.Background(), records.OAuthAccount{
					ID: s.NewAccountID(), UserID: knights[racer].ID, Provider: "github", AccountID: fmt.Sprint(round), CreatedAt: hourglass, UpdatedAt: hourglass,
				}), user.ErrLinked)
			}
		}},
		{name: "F45 deactivate against a stale write", begin: func(t *testing.T, s *sqlstore.Store, round int) func(int) (bool, error) {
			u := mustCreate(t, s, knight(s, fmt.Sprint(round, "@camelot.bt")))
			return func(racer int) (bool, error) {
				active := racer != 0
				_, err := s.Update(context.Background(), u.ID, user.Update{
					IsActive: &active, EndTokens: true, UpdatedAt: hourglass, If: user.Conditions{TokenVersion: &u.TokenVersion},
				})
				return won(err, user.ErrNotFound)
			}
		}},
		{name: "F46 all superusers but one leave", begin: func(t *testing.T, s *sqlstore.Store, round int) func(int) (bool, error) {
			var merlins [2]*user.User
			for i := range merlins {
				u := knight(s, fmt.Sprint(round, i, "@camelot.bt"))
				u.IsSuperuser = true
				merlins[i] = mustCreate(t, s, u)
			}
			no := false
			return func(racer int) (bool, error) {
				switch racer {
				case 0:
					_, err := s.Update(context.Background(), merlins[0].ID, user.Update{IsSuperuser: &no, UpdatedAt: hourglass, KeepSuperuser: true})
					return won(err, user.ErrLastSuperuser)
				case 1:
					return won(s.Delete(context.Background(), merlins[1].ID, user.DeleteOptions{KeepSuperuser: true}), user.ErrLastSuperuser)
				}
				return false, nil
			}
		}, left: func(t *testing.T, s *sqlstore.Store) {
			page, err := s.List(t.Context(), user.ListQuery{Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			superusers := 0
			for _, u := range page.Users {
				if u.IsActive && u.IsSuperuser {
					superusers++
				}
				if err := s.Delete(t.Context(), u.ID, user.DeleteOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			if superusers != 1 {
				t.Errorf("%d superusers are left, want 1", superusers)
			}
		}},
		{name: "the last way in", begin: func(t *testing.T, s *sqlstore.Store, round int) func(int) (bool, error) {
			u := mustCreate(t, s, knight(s, fmt.Sprint(round, "@camelot.bt")))
			account := records.OAuthAccount{ID: s.NewAccountID(), UserID: u.ID, Provider: "github", AccountID: fmt.Sprint(round), CreatedAt: hourglass, UpdatedAt: hourglass}
			passkey := records.Credential{ID: records.NewCredentialID(), UserID: u.ID, Kind: "passkey", Key: fmt.Sprint(round), WayIn: true, Rev: 1, CreatedAt: hourglass}
			if err := errors.Join(s.LinkAccount(t.Context(), account), s.CreateCredential(t.Context(), passkey)); err != nil {
				t.Fatal(err)
			}
			return func(racer int) (bool, error) {
				switch racer {
				case 0:
					return won(s.UnlinkAccount(context.Background(), u.ID, account.ID, records.KeepLastOne), user.ErrLastLoginMethod)
				case 1:
					return won(s.DeleteCredential(context.Background(), u.ID, passkey.ID, records.KeepLastOne), user.ErrLastLoginMethod)
				}
				return false, nil
			}
		}},
		{name: "swap one credential", begin: func(t *testing.T, s *sqlstore.Store, round int) func(int) (bool, error) {
			before := records.Credential{ID: records.NewCredentialID(), UserID: s.NewID(), Kind: "totp", Key: fmt.Sprint(round), Rev: 1, CreatedAt: hourglass}
			if err := s.CreateCredential(t.Context(), before); err != nil {
				t.Fatal(err)
			}
			return func(int) (bool, error) {
				after := before
				after.Rev, after.Change = 2, records.NewCredentialID()
				return s.SwapCredential(context.Background(), before, after)
			}
		}},
		{name: "the last try, and taking", begin: func(t *testing.T, s *sqlstore.Store, round int) func(int) (bool, error) {
			p := records.Pending{ID: fmt.Sprint(round), Kind: "login", Tries: 4, CreatedAt: hourglass, ExpiresAt: hourglass.Add(time.Hour)}
			if err := s.PutPending(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			return func(int) (bool, error) {
				_, err := s.TryPending(context.Background(), p.Kind, p.ID, 5, hourglass)
				return won(err, user.ErrNotFound)
			}
		}},
		{name: "use one state", begin: func(_ *testing.T, s *sqlstore.Store, round int) func(int) (bool, error) {
			return func(int) (bool, error) {
				return won(s.Use(context.Background(), fmt.Sprint(round), hourglass.Add(time.Hour)), user.ErrUsed)
			}
		}},
	}
}

// TestRounds: every race has one winner, in every round. Two stores over one database are
// two instances.
func TestRounds(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		for _, r := range races() {
			t.Run(r.name, func(t *testing.T) {
				db := w.made(t)
				instances := [2]*sqlstore.Store{openIn[struct{}](t, db), openIn[struct{}](t, db)}
				for round := range rounds {
					act := r.begin(t, instances[round%2], round)
					if winners := run(t, act); winners != 1 {
						t.Fatalf("round %d: %d winners, want 1", round, winners)
					}
					if r.left != nil {
						r.left(t, instances[0])
					}
				}
			})
		}
	})
}

// run lets the racers go at the same moment and returns how many won.
func run(t *testing.T, act func(racer int) (bool, error)) (winners int) {
	t.Helper()
	var mu sync.Mutex
	var done sync.WaitGroup
	ready := make(chan struct{})
	for racer := range racers {
		done.Go(func() {
			<-ready
			first, err := act(racer)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if first {
				winners++
			}
		})
	}
	close(ready)
	done.Wait()
	return winners
}
