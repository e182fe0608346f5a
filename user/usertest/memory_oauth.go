package usertest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// NewAccountID implements [records.OAuthStore].
func (s *Store) NewAccountID() string { return uuid.NewString() }

// Account implements [records.OAuthStore].
func (s *Store) Account(ctx context.Context, provider, accountID string) (records.OAuthAccount, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return records.OAuthAccount{}, err
	}
	defer end()
	a, ok := s.account(provider, accountID)
	if !ok || !s.isValid(a) {
		return records.OAuthAccount{}, user.ErrNotFound
	}
	return a, nil
}

// LinkAccount implements [records.OAuthStore].
func (s *Store) LinkAccount(ctx context.Context, a records.OAuthAccount) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	old, found := s.account(a.Provider, a.AccountID)
	switch {
	case found && old.UserID == a.UserID && old.OwnerVersion <= a.OwnerVersion:
		a.ID, a.CreatedAt = old.ID, old.CreatedAt
		a.RefreshToken = cmp.Or(a.RefreshToken, old.RefreshToken)
	case found && s.isValid(old):
		return user.ErrLinked
	case found:
		delete(s.accounts, old.ID)
	}
	if holder, ok := s.accounts[a.ID]; ok && (holder.Provider != a.Provider || holder.AccountID != a.AccountID) {
		return errors.New("usertest: link account: the id is in use")
	}
	s.accounts[a.ID] = a
	return nil
}

// ReserveAccount implements [records.OAuthStore].
func (s *Store) ReserveAccount(ctx context.Context, a records.OAuthAccount) (records.OAuthAccount, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return records.OAuthAccount{}, err
	}
	defer end()
	if there, found := s.account(a.Provider, a.AccountID); found {
		if s.users[there.UserID] == nil || s.isValid(there) {
			return there, nil
		}
		delete(s.accounts, there.ID)
	}
	if _, used := s.accounts[a.ID]; used {
		return records.OAuthAccount{}, errors.New("usertest: reserve account: the id is in use")
	}
	s.accounts[a.ID] = a
	return a, nil
}

// RefreshAccount implements [records.OAuthStore].
func (s *Store) RefreshAccount(ctx context.Context, a records.OAuthAccount) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	there, found := s.accounts[a.ID]
	if !found || there.UserID != a.UserID || there.OwnerVersion != a.OwnerVersion || !s.isValid(there) {
		return user.ErrNotFound
	}
	there.AccountEmail, there.EmailVerified, there.AccessToken = a.AccountEmail, a.EmailVerified, a.AccessToken
	there.RefreshToken = cmp.Or(a.RefreshToken, there.RefreshToken)
	there.ExpiresAt, there.UpdatedAt = a.ExpiresAt, a.UpdatedAt
	s.accounts[a.ID] = there
	return nil
}

// AccountsOf implements [records.OAuthStore].
func (s *Store) AccountsOf(ctx context.Context, id user.ID) ([]records.OAuthAccount, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	return s.accountsOf(id), nil
}

// UnlinkAccount implements [records.OAuthStore].
func (s *Store) UnlinkAccount(ctx context.Context, id user.ID, account string, keepOne records.KeepOne) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	own := s.accountsOf(id)
	if !slices.ContainsFunc(own, func(a records.OAuthAccount) bool { return a.ID == account }) {
		return user.ErrNotFound
	}
	if keepOne == records.KeepLastOne && s.waysIn(s.users[id]) == 1 {
		return user.ErrLastLoginMethod
	}
	delete(s.accounts, account)
	return nil
}

// UnlinkAccountsOf implements [records.OAuthStore].
func (s *Store) UnlinkAccountsOf(ctx context.Context, id user.ID, before int64) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	for key, a := range s.accounts {
		if a.UserID == id && a.OwnerVersion < before {
			delete(s.accounts, key)
		}
	}
	return nil
}

// Use implements [records.UsedStore].
func (s *Store) Use(ctx context.Context, id string, expiresAt time.Time) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	if _, used := s.used[id]; used {
		return user.ErrUsed
	}
	s.used[id] = expiresAt
	return nil
}

func (s *Store) account(provider, accountID string) (records.OAuthAccount, bool) {
	for _, a := range s.accounts {
		if a.Provider == provider && a.AccountID == accountID {
			return a, true
		}
	}
	return records.OAuthAccount{}, false
}

// isValid reports whether the account's user exists and has not changed hands since.
func (s *Store) isValid(a records.OAuthAccount) bool {
	owner := s.users[a.UserID]
	return owner != nil && owner.OwnerVersion == a.OwnerVersion
}

// accountsOf returns the user's valid accounts, oldest first.
func (s *Store) accountsOf(id user.ID) []records.OAuthAccount {
	var own []records.OAuthAccount
	for _, a := range s.accounts {
		if a.UserID == id && s.isValid(a) {
			own = append(own, a)
		}
	}
	slices.SortFunc(own, func(a, b records.OAuthAccount) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return own
}
