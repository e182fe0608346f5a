package user

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/ginauth/ginauth/internal/calls"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

// Delete removes u and what belongs to it. The order is: BeforeDelete, the user,
// all that is on the list of [Manager.Own], AfterDelete. Once the user is gone nothing
// of it gives access, so a failure to tidy up is only logged. Errors: a [*Refusal],
// [ErrLastSuperuser], [ErrNotFound] when the user is gone already.
func (m *Manager) Delete(ctx context.Context, u *User) error {
	if m.hooks.BeforeDelete != nil {
		if err := before("BeforeDelete", func() error { return m.hooks.BeforeDelete(ctx, u) }); err != nil {
			return err
		}
	}
	e := Event{Kind: EventDeleted, User: u.ID}
	if err := m.Require(ctx, &e); err != nil {
		return err
	}
	if err := m.retireName(ctx, u); err != nil {
		return err
	}
	// Whatever u says: it may have become the last superuser since it was read.
	options := DeleteOptions{KeepSuperuser: m.policy.KeepOneSuperuser, At: m.time()}
	if err := records.StoreDo(ctx, func(ctx context.Context) error { return m.store.Delete(ctx, u.ID, options) }); err != nil {
		return err
	}
	m.Emit(ctx, e)
	m.deleteOwned(ctx, u.ID, records.EveryOwner)
	m.afterUser(ctx, "AfterDelete", m.hooks.AfterDelete, u)
	return nil
}

// Owned is one kind of records that belong to users and go with them.
type Owned struct {
	// Name names the kind in the log, such as "credentials". It is unique.
	Name string
	// Delete removes the records of the user that were stored for an OwnerVersion lower
	// than before, or all for [records.EveryOwner]. It is housekeeping: it runs after the write
	// by which the records have stopped giving access, and its error is only logged. It
	// may run more than once.
	Delete func(ctx context.Context, id ID, before int64) error
}

// The kinds that a store keeps, by the names of their collections in MongoDB.
const (
	ownedTokens      = "access_tokens"
	ownedAccounts    = "oauth_accounts"
	ownedCredentials = string(records.NeedCredentials)
	ownedPending     = string(records.NeedPending)
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
	if credentials, ok := records.As[records.CredentialStore](m.store); ok {
		m.Own(Owned{ownedCredentials, func(ctx context.Context, id ID, before int64) error {
			return deleteCredentials(ctx, credentials, id, before)
		}})
	}
	if pending, ok := records.As[records.PendingStore](m.store); ok {
		m.Own(Owned{ownedPending, func(ctx context.Context, id ID, _ int64) error { return pending.DeletePendingOf(ctx, id) }})
	}
}

// tidyTime is how long what a user owned is deleted for, at most. It is apart from the
// time of the request: a stranger may have left much in an account, and its owner, whose
// login goes on afterwards, must not be refused for that.
const tidyTime = 2 * time.Second

// deleteOwned deletes what belonged to a deleted user, or to the former owner of the
// account. None of it gives access, so a failure is logged only.
func (m *Manager) deleteOwned(ctx context.Context, id ID, before int64) {
	ctx, cancel := context.WithTimeout(calls.Apart(context.WithoutCancel(ctx)), tidyTime)
	defer cancel()
	for _, kind := range m.Owned() {
		err := records.StoreDo(ctx, func(ctx context.Context) error { return kind.Delete(ctx, id, before) })
		if err != nil {
			m.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: what a user owned was not deleted",
				slog.String("user", string(id)), slog.String("kind", kind.Name), slog.String("error", err.Error()))
		}
	}
}

// deleteCredentials removes the credentials that are older than before. What the new
// owner has stored since stays.
func deleteCredentials(ctx context.Context, store records.CredentialStore, id ID, before int64) error {
	if before == records.EveryOwner {
		return store.DeleteCredentialsOf(ctx, id)
	}
	all, err := store.CredentialsOf(ctx, id)
	if err != nil {
		return err
	}
	var problems []error
	for _, c := range all {
		if c.OwnerVersion < before {
			if err := store.DeleteCredential(ctx, id, c.ID, records.KeepNone); !errors.Is(err, ErrNotFound) {
				problems = append(problems, err)
			}
		}
	}
	return errors.Join(problems...)
}

// An account changes hands when its present owner may not be the one who has it from now
// on: before an unverified user is linked to the owner of the address, at the reset of an
// unverified user's password, and where [Manager.EnsureSuperuser] takes an account over.
// One write of the user decides that. Everything else that lets a user in bears the
// OwnerVersion it was stored with, so it is dead from that write on, also what a session
// of the former owner stores at the last moment, and whether or not this process lives to
// tidy up.

// changeOwner is the write, with what else belongs into it. What is left of the former
// owner is for deleteLost, which comes after it.
func (m *Manager) changeOwner(ctx context.Context, u *User, update Update) (*User, error) {
	no := false
	update.EndTokens, update.ChangeOwner, update.SecondFactor = true, true, &no
	update.KeyVersionUp = true
	return m.update(ctx, u, update)
}

// deleteLost tidies up what u, which has just changed hands, has lost.
func (m *Manager) deleteLost(ctx context.Context, u *User) {
	m.deleteOwned(ctx, u.ID, u.OwnerVersion)
}

// HandOver takes the account of u, who is not verified, from the person who made it, before
// the owner of its address gets a way in: one write ends the password, the tokens and every
// other way in. It returns the user afterwards, or [ErrNotFound], with nothing changed, where
// u has changed since it was read: in the password, the address, or by being verified or
// deactivated. [EventAccountTakenOver] is emitted. It is for packages that sign users in.
func (m *Manager) HandOver(ctx context.Context, u *User) (*User, error) {
	return m.handOver(ctx, u, Update{If: Conditions{HashedPassword: &u.HashedPassword}}, nil)
}

// handOver is HandOver with a further update and its events. The accounts in kept stay.
func (m *Manager) handOver(ctx context.Context, u *User, update Update, kept []records.OAuthAccount, also ...EventKind) (*User, error) {
	events := []Event{{Kind: EventAccountTakenOver, User: u.ID}}
	for _, kind := range also {
		events = append(events, Event{Kind: kind, User: u.ID})
	}
	if err := m.requireAll(ctx, events); err != nil {
		return nil, err
	}
	none, yes, no := "", true, false
	update.HashedPassword = &none
	update.If.EmailKey, update.If.IsActive, update.If.IsVerified = &u.EmailKey, &yes, &no
	after, err := m.changeOwner(ctx, u, update)
	if err != nil {
		return nil, err
	}
	m.emitAll(ctx, events)
	m.keep(ctx, after, kept)
	m.deleteLost(ctx, after)
	m.logger.LogAttrs(ctx, slog.LevelInfo, "ginauth: password, tokens and unproven ways in of an unverified user were dropped",
		slog.String("user", string(u.ID)))
	return after, nil
}

// vouched returns the accounts of u, who is not verified, whose provider vouches for
// the very address that u has: these are of the owner of the address.
func (m *Manager) vouched(ctx context.Context, u *User) ([]records.OAuthAccount, error) {
	if m.accounts == nil {
		return nil, nil
	}
	all, err := records.StoreCall(ctx, func(ctx context.Context) ([]records.OAuthAccount, error) { return m.accounts.AccountsOf(ctx, u.ID) })
	if err != nil {
		return nil, err
	}
	var vouched []records.OAuthAccount
	for _, a := range all {
		if key, ok := email.Key(a.AccountEmail); ok && a.EmailVerified && key == u.EmailKey {
			vouched = append(vouched, a)
		}
	}
	return vouched, nil
}

// keep makes accounts valid again that u had before it changed hands. It comes after
// the write that decided, not before: with the version of later they would be dead if
// that write fails, and alive after any other change of hands. A process that is killed
// in between loses them, and the owner, who has the new password, links them again.
func (m *Manager) keep(ctx context.Context, u *User, accounts []records.OAuthAccount) {
	ctx = context.WithoutCancel(ctx)
	for _, a := range accounts {
		a.OwnerVersion = u.OwnerVersion
		if err := records.StoreDo(ctx, func(ctx context.Context) error { return m.accounts.LinkAccount(ctx, a) }); err != nil {
			m.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: an oauth account could not be kept",
				slog.String("user", string(u.ID)), slog.String("account", a.ID), slog.String("error", err.Error()))
		}
	}
}
