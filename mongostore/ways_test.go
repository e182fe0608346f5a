package mongostore

import (
	"errors"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// TestStalledWayIn is the process that was admitted to remove a passkey and then stood
// still: the removal of the account settles it, although the passkey has been used since,
// and is refused.
func TestStalledWayIn(t *testing.T) {
	t.Parallel()
	both := instances(t, 2)
	s, second := both[0], both[1]
	for _, s := range both {
		if err := s.Ensure(t.Context(), Credentials); err != nil {
			t.Fatalf("Ensure: %v", err)
		}
	}
	u := createSuperusers(t, s, 1)[0]
	ownerID, _ := s.ids.value(string(u.ID))
	at := time.UnixMilli(1767323045678)
	a := records.OAuthAccount{ID: s.NewAccountID(), UserID: u.ID, Provider: "google", AccountID: "1", CreatedAt: at, UpdatedAt: at}
	if err := s.LinkAccount(t.Context(), a); err != nil {
		t.Fatalf("LinkAccount: %v", err)
	}
	c := records.Credential{ID: records.NewCredentialID(), UserID: u.ID, Kind: "passkey", Key: "1", WayIn: true, Rev: 1, CreatedAt: at}
	if err := s.CreateCredential(t.Context(), c); err != nil {
		t.Fatalf("CreateCredential: %v", err)
	}
	l, free, err := s.leavingWay(t.Context(), ownerID, owner{exists: true}, wayCredential, c.ID)
	if err != nil || free {
		t.Fatalf("leavingWay: got free %v, %v", free, err)
	}
	if admitted, err := s.admit(t.Context(), guard{Name: waysGuard(u.ID)}, l); !admitted || err != nil {
		t.Fatalf("admit: got %v, %v", admitted, err)
	}
	used := c
	used.Rev, used.LastUsedAt = 2, at.Add(time.Minute)
	if swapped, err := s.SwapCredential(t.Context(), c, used); !swapped || err != nil {
		t.Fatalf("SwapCredential: got %v, %v", swapped, err)
	}
	if err := second.UnlinkAccount(t.Context(), u.ID, a.ID, records.KeepLastOne); !errors.Is(err, user.ErrLastLoginMethod) {
		t.Errorf("UnlinkAccount: got %v, want %v", err, user.ErrLastLoginMethod)
	}
	if _, err := s.CredentialByKey(t.Context(), c.Kind, c.Key); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("CredentialByKey: got %v, want %v", err, user.ErrNotFound)
	}
	if removed, err := s.removeLeaving(t.Context(), ownerID, l); removed || err != nil {
		t.Errorf("the first process, late: got %v, %v, want nothing to remove", removed, err)
	}
	if left, err := s.AccountsOf(t.Context(), u.ID); err != nil || len(left) != 1 {
		t.Errorf("AccountsOf: got %d accounts, %v, want 1", len(left), err)
	}
}
