package usertest

import (
	"context"

	"github.com/ginauth/ginauth/user"
)

// NewAccountID implements [user.OAuthStore]. It is empty where the store within keeps
// no accounts.
func (s *FaultyStore) NewAccountID() string {
	accounts, err := able[user.OAuthStore](s)
	if err != nil {
		return ""
	}
	return accounts.NewAccountID()
}

// Account implements [user.OAuthStore].
func (s *FaultyStore) Account(ctx context.Context, provider, accountID string) (user.OAuthAccount, error) {
	return withAbility(ctx, s, Call{Method: "Account"}, func(accounts user.OAuthStore) (user.OAuthAccount, error) {
		return accounts.Account(ctx, provider, accountID)
	})
}

// LinkAccount implements [user.OAuthStore].
func (s *FaultyStore) LinkAccount(ctx context.Context, a user.OAuthAccount) error {
	return changeAbility(ctx, s, "LinkAccount", func(accounts user.OAuthStore) error { return accounts.LinkAccount(ctx, a) })
}

// ReserveAccount implements [user.OAuthStore].
func (s *FaultyStore) ReserveAccount(ctx context.Context, a user.OAuthAccount) (user.OAuthAccount, error) {
	return withAbility(ctx, s, Call{Method: "ReserveAccount", Writes: true}, func(accounts user.OAuthStore) (user.OAuthAccount, error) {
		return accounts.ReserveAccount(ctx, a)
	})
}

// RefreshAccount implements [user.OAuthStore].
func (s *FaultyStore) RefreshAccount(ctx context.Context, a user.OAuthAccount) error {
	return changeAbility(ctx, s, "RefreshAccount", func(accounts user.OAuthStore) error { return accounts.RefreshAccount(ctx, a) })
}

// AccountsOf implements [user.OAuthStore].
func (s *FaultyStore) AccountsOf(ctx context.Context, id user.ID) ([]user.OAuthAccount, error) {
	return withAbility(ctx, s, Call{Method: "AccountsOf"}, func(accounts user.OAuthStore) ([]user.OAuthAccount, error) {
		return accounts.AccountsOf(ctx, id)
	})
}

// UnlinkAccount implements [user.OAuthStore].
func (s *FaultyStore) UnlinkAccount(ctx context.Context, id user.ID, account string, keepOne user.KeepOne) error {
	return changeAbility(ctx, s, "UnlinkAccount", func(accounts user.OAuthStore) error {
		return accounts.UnlinkAccount(ctx, id, account, keepOne)
	})
}

// UnlinkAccountsOf implements [user.OAuthStore].
func (s *FaultyStore) UnlinkAccountsOf(ctx context.Context, id user.ID, before int64) error {
	return changeAbility(ctx, s, "UnlinkAccountsOf", func(accounts user.OAuthStore) error { return accounts.UnlinkAccountsOf(ctx, id, before) })
}
