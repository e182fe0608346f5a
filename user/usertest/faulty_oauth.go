package usertest

import (
	"context"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// NewAccountID implements [records.OAuthStore]. It is empty where the store within keeps
// no accounts.
func (s *FaultyStore) NewAccountID() string {
	accounts, err := able[records.OAuthStore](s)
	if err != nil {
		return ""
	}
	return accounts.NewAccountID()
}

// Account implements [records.OAuthStore].
func (s *FaultyStore) Account(ctx context.Context, provider, accountID string) (records.OAuthAccount, error) {
	return withAbility(ctx, s, Call{Method: "Account"}, func(accounts records.OAuthStore) (records.OAuthAccount, error) {
		return accounts.Account(ctx, provider, accountID)
	})
}

// LinkAccount implements [records.OAuthStore].
func (s *FaultyStore) LinkAccount(ctx context.Context, a records.OAuthAccount) error {
	return changeAbility(ctx, s, "LinkAccount", func(accounts records.OAuthStore) error { return accounts.LinkAccount(ctx, a) })
}

// ReserveAccount implements [records.OAuthStore].
func (s *FaultyStore) ReserveAccount(ctx context.Context, a records.OAuthAccount) (records.OAuthAccount, error) {
	return withAbility(ctx, s, Call{Method: "ReserveAccount", Writes: true}, func(accounts records.OAuthStore) (records.OAuthAccount, error) {
		return accounts.ReserveAccount(ctx, a)
	})
}

// RefreshAccount implements [records.OAuthStore].
func (s *FaultyStore) RefreshAccount(ctx context.Context, a records.OAuthAccount) error {
	return changeAbility(ctx, s, "RefreshAccount", func(accounts records.OAuthStore) error { return accounts.RefreshAccount(ctx, a) })
}

// AccountsOf implements [records.OAuthStore].
func (s *FaultyStore) AccountsOf(ctx context.Context, id user.ID) ([]records.OAuthAccount, error) {
	return withAbility(ctx, s, Call{Method: "AccountsOf"}, func(accounts records.OAuthStore) ([]records.OAuthAccount, error) {
		return accounts.AccountsOf(ctx, id)
	})
}

// UnlinkAccount implements [records.OAuthStore].
func (s *FaultyStore) UnlinkAccount(ctx context.Context, id user.ID, account string, keepOne records.KeepOne) error {
	return changeAbility(ctx, s, "UnlinkAccount", func(accounts records.OAuthStore) error {
		return accounts.UnlinkAccount(ctx, id, account, keepOne)
	})
}

// UnlinkAccountsOf implements [records.OAuthStore].
func (s *FaultyStore) UnlinkAccountsOf(ctx context.Context, id user.ID, before int64) error {
	return changeAbility(ctx, s, "UnlinkAccountsOf", func(accounts records.OAuthStore) error { return accounts.UnlinkAccountsOf(ctx, id, before) })
}
