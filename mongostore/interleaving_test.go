package mongostore_test

import (
	"context"
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// interrupted returns two stores over one database. Right before the first one, once
// it is open, sends the nth command of that name to that collection, interrupt is called.
func interrupted(t *testing.T, command, collection string, nth int, interrupt func()) (first, second *mongostore.Store) {
	t.Helper()
	db, opened := mongotest.Database(t), false
	monitor := &event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		if opened && e.CommandName == command && e.Command.Lookup(command).StringValue() == collection {
			if nth--; nth == 0 {
				interrupt()
			}
		}
	}}
	client, err := mongo.Connect(options.Client().ApplyURI(mongotest.URI(t)).SetMonitor(monitor))
	if err != nil {
		t.Fatalf("Connect: %v", err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	for s, db := range map[**mongostore.Store]*mongo.Database{&first: client.Database(db.Name()), &second: db} {
		if *s, err = mongostore.Open(t.Context(), db); err != nil {
			t.Fatalf("Open: %v", err)
		}
	}
	opened = true
	return first, second
}

// TestSuperuserInterrupted lets one process take a superuser away at each moment
// at which another one is busy with the other superuser.
func TestSuperuserInterrupted(t *testing.T) {
	t.Parallel()
	moments := []struct {
		name, command, collection string
		nth                       int
	}{
		{"before it looks", "find", "guards", 1},
		{"before it reads the user", "find", "users", 1},
		{"before it looks for another", "find", "users", 2},
		{"before it is admitted", "insert", "guards", 1},
		{"before it writes", "findAndModify", "users", 2},
	}
	for _, moment := range moments {
		t.Run(moment.name, func(t *testing.T) {
			t.Parallel()
			no := false
			demotion := user.Update{IsSuperuser: &no, KeepSuperuser: true, UpdatedAt: changed}
			one, two := arthur(), arthur()
			var other *mongostore.Store
			var otherErr error
			s, other := interrupted(t, moment.command, moment.collection, moment.nth, func() {
				_, otherErr = other.Update(context.Background(), two.ID, demotion)
			})
			for i, u := range []*user.User{one, two} {
				u.ID, u.EmailKey, u.IsSuperuser, u.Profile = s.NewID(), string(rune('a'+i)), true, nil
				if err := s.Create(t.Context(), u); err != nil {
					t.Fatalf("Create: %v", err)
				}
			}
			_, err := s.Update(t.Context(), one.ID, demotion)
			if otherErr != nil || !errors.Is(err, user.ErrLastSuperuser) {
				t.Errorf("got %v for the one that interrupted and %v for the other, want nil and %v", otherErr, err, user.ErrLastSuperuser)
			}
			stays, err := s.ByID(t.Context(), one.ID)
			if err != nil || !stays.IsSuperuser || !stays.IsActive {
				t.Errorf("nobody is an active superuser: %v", err)
			}
		})
	}
}

// TestUnlinkInterrupted lets one process unlink an account at each moment at which
// another one is busy unlinking the same or another one.
func TestUnlinkInterrupted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, command, collection string
		nth                       int
		same                      bool
		wantOther, want           error
	}{
		{"another, before it looks", "find", "guards", 1, false, nil, user.ErrLastLoginMethod},
		{"another, before it counts", "find", "oauth_accounts", 1, false, nil, user.ErrLastLoginMethod},
		{"another, before it is admitted", "insert", "guards", 1, false, nil, user.ErrLastLoginMethod},
		{"another, before it removes", "delete", "oauth_accounts", 1, false, user.ErrLastLoginMethod, nil},
		{"the same, before it is admitted", "insert", "guards", 1, true, nil, user.ErrNotFound},
		{"the same, before it removes", "delete", "oauth_accounts", 1, true, user.ErrNotFound, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			u := arthur()
			u.Profile = nil
			ids := make([]string, 2)
			var other *mongostore.Store
			var otherErr error
			s, other := interrupted(t, test.command, test.collection, test.nth, func() {
				id := ids[1]
				if test.same {
					id = ids[0]
				}
				otherErr = other.UnlinkAccount(context.Background(), arthurID, id, records.KeepLastOne)
			})
			if err := other.Create(t.Context(), u); err != nil {
				t.Fatalf("Create: %v", err)
			}
			for i := range ids {
				ids[i] = other.NewAccountID()
				a := records.OAuthAccount{ID: ids[i], UserID: arthurID, Provider: "google", AccountID: ids[i], CreatedAt: created, UpdatedAt: created}
				if err := other.LinkAccount(t.Context(), a); err != nil {
					t.Fatalf("LinkAccount: %v", err)
				}
			}
			err := s.UnlinkAccount(t.Context(), arthurID, ids[0], records.KeepLastOne)
			if !errors.Is(err, test.want) || !errors.Is(otherErr, test.wantOther) {
				t.Errorf("got %v, and %v for the one that interrupted, want %v and %v", err, otherErr, test.want, test.wantOther)
			}
			if left, err := s.AccountsOf(t.Context(), arthurID); err != nil || len(left) != 1 {
				t.Errorf("got %d accounts, %v, want 1", len(left), err)
			}
		})
	}
}
