package telemetry

import (
	"context"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

var (
	_ records.OAuthStore = (*store)(nil)
	_ user.ReadBackStore = (*store)(nil)
	_ records.Ensurer    = (*store)(nil)
)

// Account implements [records.OAuthStore].
func (s *store) Account(ctx context.Context, provider, accountID string) (records.OAuthAccount, error) {
	return run(ctx, s, "Account", func(ctx context.Context) (records.OAuthAccount, error) {
		return ability[records.OAuthStore](s).Account(ctx, provider, accountID)
	})
}

// LinkAccount implements [records.OAuthStore].
func (s *store) LinkAccount(ctx context.Context, a records.OAuthAccount) error {
	return do(ctx, s, "LinkAccount", func(ctx context.Context) error { return ability[records.OAuthStore](s).LinkAccount(ctx, a) })
}

// ReserveAccount implements [records.OAuthStore].
func (s *store) ReserveAccount(ctx context.Context, a records.OAuthAccount) (records.OAuthAccount, error) {
	return run(ctx, s, "ReserveAccount", func(ctx context.Context) (records.OAuthAccount, error) {
		return ability[records.OAuthStore](s).ReserveAccount(ctx, a)
	})
}

// RefreshAccount implements [records.OAuthStore].
func (s *store) RefreshAccount(ctx context.Context, a records.OAuthAccount) error {
	return do(ctx, s, "RefreshAccount", func(ctx context.Context) error { return ability[records.OAuthStore](s).RefreshAccount(ctx, a) })
}

// AccountsOf implements [records.OAuthStore].
func (s *store) AccountsOf(ctx context.Context, id user.ID) ([]records.OAuthAccount, error) {
	return run(ctx, s, "AccountsOf", func(ctx context.Context) ([]records.OAuthAccount, error) {
		return ability[records.OAuthStore](s).AccountsOf(ctx, id)
	})
}

// UnlinkAccount implements [records.OAuthStore].
func (s *store) UnlinkAccount(ctx context.Context, id user.ID, account string, keepOne records.KeepOne) error {
	return do(ctx, s, "UnlinkAccount", func(ctx context.Context) error {
		return ability[records.OAuthStore](s).UnlinkAccount(ctx, id, account, keepOne)
	})
}

// UnlinkAccountsOf implements [records.OAuthStore].
func (s *store) UnlinkAccountsOf(ctx context.Context, id user.ID, before int64) error {
	return do(ctx, s, "UnlinkAccountsOf", func(ctx context.Context) error {
		return ability[records.OAuthStore](s).UnlinkAccountsOf(ctx, id, before)
	})
}

// NewAccountID implements [records.OAuthStore].
func (s *store) NewAccountID() string { return ability[records.OAuthStore](s).NewAccountID() }

// ReadBack implements [user.ReadBackStore].
func (s *store) ReadBack(profile any) (any, error) {
	return ability[user.ReadBackStore](s).ReadBack(profile)
}

// Ensure implements [records.Ensurer].
func (s *store) Ensure(ctx context.Context, needs ...records.Need) error {
	return ability[records.Ensurer](s).Ensure(ctx, needs...)
}
