package oauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Accounts are the operations on users' accounts at providers: all that the routes of this
// package do once a provider has answered, callable by programs too. It is safe for
// concurrent use. Errors are as those of a [user.Manager].
type Accounts struct {
	manager *user.Manager
	store   records.OAuthStore
	now     func() time.Time
	logger  *slog.Logger
}

// NewAccounts returns the accounts of an application's users, or an error that Is
// [errors.ErrUnsupported] where the store keeps none ([records.OAuthStore]).
func NewAccounts(auth *ginauth.Auth) (*Accounts, error) {
	r := auth.Routes()
	store, ok := records.As[records.OAuthStore](r.Manager().Store())
	if !ok {
		return nil, fmt.Errorf("the store (%T) keeps no OAuth accounts: it is no records.OAuthStore: %w", r.Manager().Store(), errors.ErrUnsupported)
	}
	return &Accounts{manager: r.Manager(), store: store, now: r.Now, logger: r.Logger()}, nil
}

// time returns the present as it is stored: MongoDB keeps milliseconds.
func (a *Accounts) time() time.Time { return a.now().UTC().Truncate(time.Millisecond) }

// Of returns u's accounts at providers, oldest first.
func (a *Accounts) Of(ctx context.Context, u *user.User) ([]records.OAuthAccount, error) {
	return records.StoreCall(ctx, func(ctx context.Context) ([]records.OAuthAccount, error) { return a.store.AccountsOf(ctx, u.ID) })
}

// Owner returns the user an account at a provider belongs to, or [user.ErrNotFound].
func (a *Accounts) Owner(ctx context.Context, provider, accountID string) (*user.User, error) {
	_, u, err := a.ownerOf(ctx, provider, accountID)
	return u, err
}

// ownerOf returns an account at a provider and its user, or [user.ErrNotFound]. The user is
// read after the account, so that one who has changed hands since does not have it.
func (a *Accounts) ownerOf(ctx context.Context, provider, accountID string) (found records.OAuthAccount, u *user.User, err error) {
	if found, err = a.find(ctx, provider, accountID); err != nil {
		return found, nil, err
	}
	if u, err = a.manager.ByID(ctx, found.UserID); err != nil {
		return found, nil, err
	}
	if found.OwnerVersion != u.OwnerVersion {
		return found, nil, user.ErrNotFound
	}
	return found, u, nil
}

// The calls of the store, with the request's budget.

func (a *Accounts) find(ctx context.Context, provider, accountID string) (records.OAuthAccount, error) {
	return records.StoreCall(ctx, func(ctx context.Context) (records.OAuthAccount, error) {
		return a.store.Account(ctx, provider, accountID)
	})
}

func (a *Accounts) put(ctx context.Context, account records.OAuthAccount) error {
	return records.StoreDo(ctx, func(ctx context.Context) error { return a.store.LinkAccount(ctx, account) })
}

// refresh never creates an account: one that was unlinked just now stays so.
func (a *Accounts) refresh(ctx context.Context, account records.OAuthAccount) error {
	return records.StoreDo(ctx, func(ctx context.Context) error { return a.store.RefreshAccount(ctx, account) })
}

func (a *Accounts) remove(ctx context.Context, id user.ID, account string, keep records.KeepOne) error {
	return records.StoreDo(ctx, func(ctx context.Context) error { return a.store.UnlinkAccount(ctx, id, account, keep) })
}

func (a *Accounts) removeAll(ctx context.Context, id user.ID) error {
	return records.StoreDo(ctx, func(ctx context.Context) error { return a.store.UnlinkAccountsOf(ctx, id, records.EveryOwner) })
}
