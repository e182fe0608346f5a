package user

import (
	"context"
	"errors"
	"log/slog"
	"slices"
)

// Owned is one kind of records that belong to users and go with them.
type Owned struct {
	// Name names the kind in the log, such as "credentials". It is unique.
	Name string
	// Delete removes the records of the user that were stored for an OwnerVersion lower
	// than before, or all for [EveryOwner]. It is housekeeping: it runs after the write
	// by which the records have stopped giving access, and its error is only logged. It
	// may run more than once.
	Delete func(ctx context.Context, id ID, before int64) error
}

// The kinds that a store keeps, by the names of their collections in MongoDB.
const (
	ownedTokens      = "access_tokens"
	ownedAccounts    = "oauth_accounts"
	ownedCredentials = string(NeedCredentials)
	ownedPending     = string(NeedPending)
)

// Own adds to the list of what a user owns. Everything on the list is deleted when
// the user is, and when the account changes hands. Tokens, and what the store keeps
// of OAuth accounts, credentials and pending logins, are on it from the start. Own is
// for features with records of their own, and is called before the first request.
// Panics if a kind has no Name, no Delete, or the Name of another one.
func (m *Manager) Own(kinds ...Owned) {
	m.ownedMu.Lock()
	defer m.ownedMu.Unlock()
	for _, kind := range kinds {
		switch {
		case kind.Name == "":
			panic("user: Own: a kind without Name")
		case kind.Delete == nil:
			panic("user: Own: " + kind.Name + " has no Delete")
		case slices.ContainsFunc(m.owned, func(o Owned) bool { return o.Name == kind.Name }):
			panic("user: Own: " + kind.Name + " is on the list already")
		}
		m.owned = append(m.owned, kind)
	}
}

// Owned returns the list of what a user owns, in the order in which it is deleted.
func (m *Manager) Owned() []Owned {
	m.ownedMu.Lock()
	defer m.ownedMu.Unlock()
	return slices.Clone(m.owned)
}

// ownOfStore puts on the list what the stores keep.
func (m *Manager) ownOfStore() {
	if len(m.tokens) > 0 {
		m.Own(Owned{ownedTokens, func(ctx context.Context, id ID, _ int64) error { return m.deleteTokens(ctx, id, "") }})
	}
	if m.accounts != nil {
		m.Own(Owned{ownedAccounts, m.accounts.UnlinkAccountsOf})
	}
	if credentials, ok := As[CredentialStore](m.store); ok {
		m.Own(Owned{ownedCredentials, func(ctx context.Context, id ID, before int64) error {
			return deleteCredentials(ctx, credentials, id, before)
		}})
	}
	if pending, ok := As[PendingStore](m.store); ok {
		m.Own(Owned{ownedPending, func(ctx context.Context, id ID, _ int64) error { return pending.DeletePendingOf(ctx, id) }})
	}
}

// deleteOwned deletes what belonged to a deleted user, or to the former owner of the
// account. None of it gives access, so a failure is logged only.
func (m *Manager) deleteOwned(ctx context.Context, id ID, before int64) {
	ctx = context.WithoutCancel(ctx)
	for _, kind := range m.Owned() {
		err := StoreDo(ctx, func(ctx context.Context) error { return kind.Delete(ctx, id, before) })
		if err != nil {
			m.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: what a user owned was not deleted",
				slog.String("user", string(id)), slog.String("kind", kind.Name), slog.String("error", err.Error()))
		}
	}
}

// deleteCredentials removes the credentials that are older than before. What the new
// owner has stored since stays.
func deleteCredentials(ctx context.Context, store CredentialStore, id ID, before int64) error {
	if before == EveryOwner {
		return store.DeleteCredentialsOf(ctx, id)
	}
	all, err := store.CredentialsOf(ctx, id)
	if err != nil {
		return err
	}
	var problems []error
	for _, c := range all {
		if c.OwnerVersion < before {
			if err := store.DeleteCredential(ctx, id, c.ID, KeepNone); !errors.Is(err, ErrNotFound) {
				problems = append(problems, err)
			}
		}
	}
	return errors.Join(problems...)
}
