package user

import "context"

// The calls of [OAuthStore], with the request's budget.

func (m *Manager) oauthAccount(ctx context.Context, provider, accountID string) (OAuthAccount, error) {
	return StoreCall(ctx, func(ctx context.Context) (OAuthAccount, error) { return m.accounts.Account(ctx, provider, accountID) })
}

func (m *Manager) linkOAuth(ctx context.Context, a OAuthAccount) error {
	return StoreDo(ctx, func(ctx context.Context) error { return m.accounts.LinkAccount(ctx, a) })
}

func (m *Manager) reserveOAuth(ctx context.Context, a OAuthAccount) (OAuthAccount, error) {
	return StoreCall(ctx, func(ctx context.Context) (OAuthAccount, error) { return m.accounts.ReserveAccount(ctx, a) })
}

func (m *Manager) refreshOAuth(ctx context.Context, a OAuthAccount) error {
	return StoreDo(ctx, func(ctx context.Context) error { return m.accounts.RefreshAccount(ctx, a) })
}

func (m *Manager) unlinkAllOAuth(ctx context.Context, id ID, before int64) error {
	return StoreDo(ctx, func(ctx context.Context) error { return m.accounts.UnlinkAccountsOf(ctx, id, before) })
}
