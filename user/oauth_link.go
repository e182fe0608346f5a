package user

import (
	"context"
	"errors"
	"log/slog"
	"slices"
)

// linkByEmail links the account to the user with its address, if the application allows
// it and the provider has verified the address.
func (s *signIn) linkByEmail(ctx context.Context, owner *User) (*User, error) {
	if !s.policy.AssociateByEmail || !s.EmailVerified {
		return nil, ErrExists
	}
	if err := s.policy.admits(owner, s.m.time()); err != nil {
		return nil, err
	}
	if !owner.IsVerified {
		var err error
		if owner, err = s.m.strip(ctx, owner); err != nil {
			return nil, err
		}
	}
	e := s.event(EventOAuthLinked, owner.ID)
	if err := s.m.Require(ctx, &e); err != nil {
		return nil, err
	}
	err := s.m.linkOAuth(ctx, s.entry(s.m.accounts.NewAccountID(), owner))
	if errors.Is(err, ErrLinked) {
		return nil, errRaced
	}
	if err != nil {
		return nil, err
	}
	s.m.Emit(ctx, e)
	return owner, nil
}

// strip ends every way in of an unverified user, whose creator may be a stranger, before
// the owner of the address gets the account.
func (m *Manager) strip(ctx context.Context, u *User) (*User, error) {
	e := Event{Kind: EventAccountTakenOver, User: u.ID}
	if err := m.Require(ctx, &e); err != nil {
		return nil, err
	}
	none, yes, no := "", true, false
	stripped, err := m.changeOwner(ctx, u, Update{
		HashedPassword: &none,
		If:             Conditions{HashedPassword: &u.HashedPassword, EmailKey: &u.EmailKey, IsActive: &yes, IsVerified: &no},
	})
	if errors.Is(err, ErrNotFound) {
		return nil, errRaced
	}
	if err != nil {
		return nil, err
	}
	m.Emit(ctx, e)
	m.deleteLost(ctx, stripped)
	m.logger.LogAttrs(ctx, slog.LevelInfo, "ginauth: password, tokens and oauth accounts of an unverified user were dropped",
		slog.String("user", string(u.ID)))
	return stripped, nil
}

// LinkOAuth gives u, a logged-in user, an account at a provider as a further way in, or
// updates it if u has it already. The addresses may differ. keep is how the provider's
// tokens are stored, nil for not at all. Then AfterUpdate runs, with no changed fields.
// Errors: [ErrLinked] if another user has the account; [ErrNotFound] if u is deleted or
// the tokens of u have been ended meanwhile. Nothing has changed then.
func (m *Manager) LinkOAuth(ctx context.Context, u *User, identity OAuthIdentity, keep TokenKeeper) error {
	s, err := m.newSignIn(identity, OAuthPolicy{KeepTokens: keep})
	if err != nil {
		return err
	}
	e := s.event(EventOAuthLinked, u.ID)
	if err := m.Require(ctx, &e); err != nil {
		return err
	}
	if err := s.linkOwn(ctx, u); err != nil {
		return err
	}
	m.Emit(ctx, e)
	m.afterUpdate(ctx, u, nil)
	return nil
}

// event returns an event about an account at the provider.
func (s *signIn) event(kind EventKind, id ID) Event {
	return Event{Kind: kind, User: id, Note: s.note()}
}

func (s *signIn) note() map[string]string { return map[string]string{"provider": s.Provider} }

func (s *signIn) linkOwn(ctx context.Context, u *User) error {
	a, err := s.m.oauthAccount(ctx, s.Provider, s.AccountID)
	if err == nil && a.UserID != u.ID {
		return ErrLinked
	}
	if err == nil {
		err = s.m.refreshOAuth(ctx, s.entry(a.ID, u))
	}
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	a = s.entry(s.m.accounts.NewAccountID(), u)
	if err := s.m.linkOAuth(ctx, a); err != nil {
		return err
	}
	return s.stillIn(ctx, u, a)
}

// stillIn removes the account if the tokens of u were ended while it was being linked: an
// ended session must not keep a way in.
func (s *signIn) stillIn(ctx context.Context, u *User, a OAuthAccount) error {
	now, err := s.m.ByID(ctx, u.ID)
	if err == nil && now.TokenVersion == u.TokenVersion {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	unlinkErr := StoreDo(ctx, func(ctx context.Context) error { return s.m.accounts.UnlinkAccount(ctx, u.ID, a.ID, KeepNone) })
	if unlinkErr != nil && !errors.Is(unlinkErr, ErrNotFound) {
		return unlinkErr
	}
	if err == nil {
		err = ErrNotFound
	}
	return err
}

// OAuthAccounts returns u's accounts at providers, oldest first.
func (m *Manager) OAuthAccounts(ctx context.Context, u *User) ([]OAuthAccount, error) {
	if m.accounts == nil {
		return nil, errNoOAuth
	}
	return StoreCall(ctx, func(ctx context.Context) ([]OAuthAccount, error) { return m.accounts.AccountsOf(ctx, u.ID) })
}

// UnlinkOAuth removes one of u's accounts at providers, by its ID. Then
// AfterUpdate runs, with no changed fields. Errors: [ErrNotFound] when u has no
// account of that ID; [ErrLastLoginMethod] when u has no password and no other
// account.
func (m *Manager) UnlinkOAuth(ctx context.Context, u *User, account string) error {
	if m.accounts == nil {
		return errNoOAuth
	}
	keep := KeepLastOne
	if u.HasPassword() {
		keep = KeepNone
	}
	accounts, err := m.OAuthAccounts(ctx, u)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(accounts, func(a OAuthAccount) bool { return a.ID == account })
	if at < 0 {
		return ErrNotFound
	}
	e := Event{Kind: EventOAuthUnlinked, User: u.ID, Note: map[string]string{"provider": accounts[at].Provider}}
	if err := m.Require(ctx, &e); err != nil {
		return err
	}
	if err := StoreDo(ctx, func(ctx context.Context) error { return m.accounts.UnlinkAccount(ctx, u.ID, account, keep) }); err != nil {
		return err
	}
	m.Emit(ctx, e)
	m.afterUpdate(ctx, u, nil)
	return nil
}
