package mongostore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/user"
)

// instances returns stores over one database, as several processes have them.
func instances(t *testing.T, n int) []*Store {
	t.Helper()
	db := mongotest.Database(t)
	stores := make([]*Store, n)
	for i := range stores {
		s, err := Open(t.Context(), db)
		if err != nil {
			t.Fatalf("Open: %v", err)
		}
		stores[i] = s
	}
	return stores
}

func createSuperusers(t *testing.T, s *Store, n int) []*user.User {
	t.Helper()
	users := make([]*user.User, n)
	for i := range users {
		at := time.UnixMilli(1767323045678).UTC()
		users[i] = &user.User{
			ID: s.NewID(), EmailKey: fmt.Sprint(i), IsActive: true, IsSuperuser: true, CreatedAt: at, UpdatedAt: at,
		}
		if err := s.Create(t.Context(), users[i]); err != nil {
			t.Fatalf("Create: %v", err)
		}
	}
	return users
}

func demote(ctx context.Context, s *Store, id user.ID) error {
	no := false
	_, err := s.Update(ctx, id, user.Update{IsSuperuser: &no, KeepSuperuser: true, UpdatedAt: time.UnixMilli(1767326645678)})
	return err
}

func TestSuperusersLeaveInSeveralProcesses(t *testing.T) {
	t.Parallel()
	stores := instances(t, 4)
	for range 3 {
		users := createSuperusers(t, stores[0], 8)
		errs := make([]error, len(users))
		var left sync.WaitGroup
		for i, u := range users {
			left.Go(func() {
				s := stores[i%len(stores)]
				if i%3 == 0 {
					errs[i] = s.Delete(t.Context(), u.ID, user.DeleteOptions{KeepSuperuser: true})
				} else {
					errs[i] = demote(t.Context(), s, u.ID)
				}
			})
		}
		left.Wait()
		refused := 0
		for _, err := range errs {
			if errors.Is(err, user.ErrLastSuperuser) {
				refused++
			} else if err != nil {
				t.Errorf("leave: %v", err)
			}
		}
		if refused != 1 {
			t.Errorf("%d of %d were refused, want 1", refused, len(users))
		}
		if _, err := stores[0].users.DeleteMany(t.Context(), bson.D{}); err != nil {
			t.Fatalf("DeleteMany: %v", err)
		}
	}
}

// TestStalledLeave is the process that was admitted and then stood still: in
// whatever state it stopped, others go on, and what it sends later is void.
func TestStalledLeave(t *testing.T) {
	t.Parallel()
	s := instances(t, 1)[0]
	pair := createSuperusers(t, s, 2)
	stalled, other := pair[0], pair[1]
	key, _ := s.ids.value(string(stalled.ID))
	_, l, err := s.leavingUser(t.Context(), key)
	if err != nil {
		t.Fatalf("leavingUser: %v", err)
	}
	if admitted, err := s.admit(t.Context(), guard{Name: superusersGuard}, l); !admitted || err != nil {
		t.Fatalf("admit: got %v, %v", admitted, err)
	}

	if err := demote(t.Context(), s, other.ID); err != nil {
		t.Fatalf("demotion beside one that stalled: %v", err)
	}
	late, err := s.users.UpdateOne(t.Context(), asItWas(l), bson.D{{Key: "$set", Value: bson.D{{Key: "is_superuser", Value: false}}}})
	if err != nil || late.MatchedCount != 0 {
		t.Errorf("the write that came late: matched %d, %v, want 0", late.MatchedCount, err)
	}
	if err := demote(t.Context(), s, stalled.ID); !errors.Is(err, user.ErrLastSuperuser) {
		t.Errorf("demotion of the last superuser: got %v, want %v", err, user.ErrLastSuperuser)
	}
	after, err := s.ByID(t.Context(), stalled.ID)
	if err != nil || !after.IsActive || !after.IsSuperuser {
		t.Errorf("the one that stalled: got %v, %v, want an active superuser", after, err)
	}
}

// TestStalledLeaveThatWasDone is the process that stood still after its write.
func TestStalledLeaveThatWasDone(t *testing.T) {
	t.Parallel()
	s := instances(t, 1)[0]
	pair := createSuperusers(t, s, 2)
	key, _ := s.ids.value(string(pair[0].ID))
	_, l, err := s.leavingUser(t.Context(), key)
	if err != nil {
		t.Fatalf("leavingUser: %v", err)
	}
	no := false // at the same millisecond, so that only the flag tells
	if _, err := s.Update(t.Context(), pair[0].ID, user.Update{IsSuperuser: &no, UpdatedAt: pair[0].UpdatedAt}); err != nil {
		t.Fatalf("demotion: %v", err)
	}
	if admitted, err := s.admit(t.Context(), guard{Name: superusersGuard}, l); !admitted || err != nil {
		t.Fatalf("admit: got %v, %v", admitted, err)
	}
	if err := demote(t.Context(), s, pair[1].ID); !errors.Is(err, user.ErrLastSuperuser) {
		t.Errorf("demotion of the last superuser: got %v, want %v", err, user.ErrLastSuperuser)
	}
	after, err := s.ByID(t.Context(), pair[0].ID)
	if err != nil || !after.UpdatedAt.Equal(pair[0].UpdatedAt) {
		t.Errorf("the one that left: updated at %v, %v, want it untouched", after.UpdatedAt, err)
	}
}

// TestSuperusersWithoutTimes are users written by hand.
func TestSuperusersWithoutTimes(t *testing.T) {
	t.Parallel()
	s := instances(t, 1)[0]
	pair := createSuperusers(t, s, 2)
	unset := bson.D{{Key: "$unset", Value: bson.D{{Key: "updated_at", Value: ""}, {Key: "created_at", Value: ""}}}}
	if _, err := s.users.UpdateMany(t.Context(), bson.D{}, unset); err != nil {
		t.Fatalf("UpdateMany: %v", err)
	}
	if err := s.Delete(t.Context(), pair[0].ID, user.DeleteOptions{KeepSuperuser: true}); err != nil {
		t.Errorf("Delete: %v", err)
	}
	if err := demote(t.Context(), s, pair[1].ID); !errors.Is(err, user.ErrLastSuperuser) {
		t.Errorf("demotion of the last superuser: got %v, want %v", err, user.ErrLastSuperuser)
	}
}

func TestWaitingForTurnEndsWithContext(t *testing.T) {
	t.Parallel()
	s := instances(t, 1)[0]
	pair := createSuperusers(t, s, 2)
	s.turn <- struct{}{} // somebody takes long
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := demote(ctx, s, pair[0].ID); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
	<-s.turn
	if err := demote(t.Context(), s, pair[0].ID); err != nil {
		t.Errorf("when it is free: %v", err)
	}
}
