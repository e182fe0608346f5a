package mongostore

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// TestStalledUnlink is the process that was admitted and then stood still: the
// next removal finishes it, unless the account was linked anew in the meantime.
func TestStalledUnlink(t *testing.T) {
	t.Parallel()
	for _, anew := range []bool{false, true} {
		t.Run(fmt.Sprint("linked anew ", anew), func(t *testing.T) {
			t.Parallel()
			s := instances(t, 1)[0]
			u := createSuperusers(t, s, 1)[0]
			id, _ := s.ids.value(string(u.ID))
			accounts := make([]records.OAuthAccount, 2)
			for i := range accounts {
				at := time.UnixMilli(1767323045678)
				accounts[i] = records.OAuthAccount{
					ID: s.NewAccountID(), UserID: u.ID, Provider: "google", AccountID: fmt.Sprint(i), CreatedAt: at, UpdatedAt: at,
				}
				if err := s.LinkAccount(t.Context(), accounts[i]); err != nil {
					t.Fatalf("LinkAccount: %v", err)
				}
			}
			l, _, err := s.leavingWay(t.Context(), id, owner{exists: true}, wayAccount, accounts[0].ID)
			if err != nil {
				t.Fatalf("leavingWay: %v", err)
			}
			if admitted, err := s.admit(t.Context(), guard{Name: waysGuard(u.ID)}, l); !admitted || err != nil {
				t.Fatalf("admit: got %v, %v", admitted, err)
			}
			var want error = user.ErrLastLoginMethod
			if anew {
				accounts[0].UpdatedAt = time.UnixMilli(1767326645678)
				if err := s.LinkAccount(t.Context(), accounts[0]); err != nil {
					t.Fatalf("LinkAccount: %v", err)
				}
				want = nil
			}
			if err := s.UnlinkAccount(t.Context(), u.ID, accounts[1].ID, records.KeepLastOne); !errors.Is(err, want) {
				t.Errorf("UnlinkAccount: got %v, want %v", err, want)
			}
			left, err := s.AccountsOf(t.Context(), u.ID)
			if err != nil || len(left) != 1 {
				t.Errorf("AccountsOf: got %d accounts, %v, want 1", len(left), err)
			}
		})
	}
}

func TestGuardGoesWithItsUser(t *testing.T) {
	t.Parallel()
	s := instances(t, 1)[0]
	u := createSuperusers(t, s, 1)[0]
	if admitted, err := s.admit(t.Context(), guard{Name: waysGuard(u.ID)}, nil); !admitted || err != nil {
		t.Fatalf("admit: got %v, %v", admitted, err)
	}
	check := func(what string, want int64) {
		t.Helper()
		if err := s.UnlinkAccountsOf(t.Context(), u.ID, records.EveryOwner); err != nil {
			t.Errorf("%s: UnlinkAccountsOf: %v", what, err)
		}
		if got, err := s.guards.CountDocuments(t.Context(), bson.D{}); err != nil || got != want {
			t.Errorf("%s: got %d guards, %v, want %d", what, got, err, want)
		}
	}
	check("while the user exists", 1)
	if err := s.Delete(t.Context(), u.ID, user.DeleteOptions{}); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	check("when the user is gone", 0)
}

func TestLinkWithUsedID(t *testing.T) {
	t.Parallel()
	s := instances(t, 1)[0]
	u := createSuperusers(t, s, 1)[0]
	a := records.OAuthAccount{ID: s.NewAccountID(), UserID: u.ID, Provider: "google", AccountID: "1"}
	if err := s.LinkAccount(t.Context(), a); err != nil {
		t.Fatalf("LinkAccount: %v", err)
	}
	a.AccountID = "2"
	if err := s.LinkAccount(t.Context(), a); err == nil {
		t.Error("LinkAccount with the ID of another entry: got no error")
	}
	if _, err := s.ReserveAccount(t.Context(), a); err == nil {
		t.Error("ReserveAccount with the ID of another entry: got no error")
	}
}
