package telemetry

import (
	"context"

	"github.com/ginauth/ginauth/user"
)

var (
	_ user.OAuthStore    = (*store)(nil)
	_ user.ReadBackStore = (*store)(nil)
	_ user.Ensurer       = (*store)(nil)
)

// Account implements [user.OAuthStore].
func (s *store) Account(ctx context.Context, provider, accountID string) (user.OAuthAccount, error) {
	return run(ctx, s, "Account", func(ctx context.Context) (user.OAuthAccount, error) {
		return ability[user.OAuthStore](s).Account(ctx, provider, accountID)
	})
}

// LinkAccount implements [user.OAuthStore].
func (s *store) LinkAccount(ctx context.Context, a user.OAuthAccount) error {
	return do(ctx, s, "LinkAccount", func(ctx context.Context) error { return ability[user.OAuthStore](s).LinkAccount(ctx, a) })
}

// ReserveAccount implements [user.OAuthStore].
func (s *store) ReserveAccount(ctx context.Context, a user.OAuthAccount) (user.OAuthAccount, error) {
	return run(ctx, s, "ReserveAccount", func(ctx context.Context) (user.OAuthAccount, error) {
		return ability[user.OAuthStore](s).ReserveAccount(ctx, a)
	})
}

// RefreshAccount implements [user.OAuthStore].
func (s *store) RefreshAccount(ctx context.Context, a user.OAuthAccount) error {
	return do(ctx, s, "RefreshAccount", func(ctx context.Context) error { return ability[user.OAuthStore](s).RefreshAccount(ctx, a) })
}

// AccountsOf implements [user.OAuthStore].
func (s *store) AccountsOf(ctx context.Context, id user.ID) ([]user.OAuthAccount, error) {
	return run(ctx, s, "AccountsOf", func(ctx context.Context) ([]user.OAuthAccount, error) {
		return ability[user.OAuthStore](s).AccountsOf(ctx, id)
	})
}

// UnlinkAccount implements [user.OAuthStore].
func (s *store) UnlinkAccount(ctx context.Context, id user.ID, account string, keepOne user.KeepOne) error {
	return do(ctx, s, "UnlinkAccount", func(ctx context.Context) error {
		return ability[user.OAuthStore](s).UnlinkAccount(ctx, id, account, keepOne)
	})
}

// UnlinkAccountsOf implements [user.OAuthStore].
func (s *store) UnlinkAccountsOf(ctx context.Context, id user.ID, before int64) error {
	return do(ctx, s, "UnlinkAccountsOf", func(ctx context.Context) error { return ability[user.OAuthStore](s).UnlinkAccountsOf(ctx, id, before) })
}

// NewAccountID implements [user.OAuthStore].
func (s *store) NewAccountID() string { return ability[user.OAuthStore](s).NewAccountID() }

// ReadBack implements [user.ReadBackStore].
func (s *store) ReadBack(profile any) (any, error) {
	return ability[user.ReadBackStore](s).ReadBack(profile)
}

// Ensure implements [user.Ensurer].
func (s *store) Ensure(ctx context.Context, needs ...user.Need) error {
	return ability[user.Ensurer](s).Ensure(ctx, needs...)
}
