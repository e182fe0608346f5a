package user

import (
	"context"
	"log/slog"
)

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
func (m *Manager) handOver(ctx context.Context, u *User, update Update, kept []OAuthAccount, also ...EventKind) (*User, error) {
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
func (m *Manager) vouched(ctx context.Context, u *User) ([]OAuthAccount, error) {
	if m.accounts == nil {
		return nil, nil
	}
	all, err := StoreCall(ctx, func(ctx context.Context) ([]OAuthAccount, error) { return m.accounts.AccountsOf(ctx, u.ID) })
	if err != nil {
		return nil, err
	}
	var vouched []OAuthAccount
	for _, a := range all {
		if key, ok := EmailKey(a.AccountEmail); ok && a.EmailVerified && key == u.EmailKey {
			vouched = append(vouched, a)
		}
	}
	return vouched, nil
}

// keep makes accounts valid again that u had before it changed hands. It comes after
// the write that decided, not before: with the version of later they would be dead if
// that write fails, and alive after any other change of hands. A process that is killed
// in between loses them, and the owner, who has the new password, links them again.
func (m *Manager) keep(ctx context.Context, u *User, accounts []OAuthAccount) {
	ctx = context.WithoutCancel(ctx)
	for _, a := range accounts {
		a.OwnerVersion = u.OwnerVersion
		if err := StoreDo(ctx, func(ctx context.Context) error { return m.accounts.LinkAccount(ctx, a) }); err != nil {
			m.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: an oauth account could not be kept",
				slog.String("user", string(u.ID)), slog.String("account", a.ID), slog.String("error", err.Error()))
		}
	}
}
