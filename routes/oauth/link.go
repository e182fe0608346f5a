package oauth

import (
	"context"
	"errors"
	"slices"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Link gives u, a logged-in user, an account at a provider as a further way in, or
// updates it if u has it already. The addresses may differ. keep is how the provider's
// tokens are stored, nil for not at all. Then AfterUpdate runs, with no changed fields.
// Errors: [user.ErrLinked] if another user has the account; [user.ErrNotFound] if u is
// deleted or the tokens of u have been ended meanwhile. Nothing has changed then.
func (a *Accounts) Link(ctx context.Context, u *user.User, identity Identity, keep TokenKeeper) error {
	s, err := a.newSignIn(identity, Policy{KeepTokens: keep})
	if err != nil {
		return err
	}
	e := s.event(user.EventOAuthLinked, u.ID)
	if err := a.manager.Require(ctx, &e); err != nil {
		return err
	}
	if err := s.linkOwn(ctx, u); err != nil {
		return err
	}
	a.manager.Emit(ctx, e)
	a.manager.Updated(ctx, u)
	return nil
}

func (s *signIn) linkOwn(ctx context.Context, u *user.User) error {
	found, err := s.find(ctx, s.Provider, s.AccountID)
	if err == nil && found.UserID != u.ID {
		return user.ErrLinked
	}
	if err == nil {
		err = s.refresh(ctx, s.entry(found.ID, u))
	}
	if !errors.Is(err, user.ErrNotFound) {
		return err
	}
	added := s.entry(s.store.NewAccountID(), u)
	if err := s.put(ctx, added); err != nil {
		return err
	}
	return s.stillIn(ctx, u, added)
}

// stillIn removes the account if the tokens of u were ended while it was being linked: an
// ended session must not keep a way in.
func (s *signIn) stillIn(ctx context.Context, u *user.User, added records.OAuthAccount) error {
	now, err := s.manager.ByID(ctx, u.ID)
	if err == nil && now.TokenVersion == u.TokenVersion {
		return nil
	}
	removeErr := s.remove(context.WithoutCancel(ctx), u.ID, added.ID, records.KeepNone)
	if removeErr != nil && !errors.Is(removeErr, user.ErrNotFound) {
		return removeErr
	}
	if err == nil {
		err = user.ErrNotFound
	}
	return err
}

// Unlink removes one of u's accounts at providers, by its ID. Then AfterUpdate runs, with no
// changed fields. Errors: [user.ErrNotFound] when u has no account of that ID;
// [user.ErrLastLoginMethod] when u has no password and no other way in.
func (a *Accounts) Unlink(ctx context.Context, u *user.User, account string) error {
	keep := records.KeepLastOne
	if u.HasPassword() {
		keep = records.KeepNone
	}
	all, err := a.Of(ctx, u)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(a records.OAuthAccount) bool { return a.ID == account })
	if at < 0 {
		return user.ErrNotFound
	}
	e := user.Event{Kind: user.EventOAuthUnlinked, User: u.ID, Note: map[string]string{"provider": all[at].Provider}}
	if err := a.manager.Require(ctx, &e); err != nil {
		return err
	}
	if err := a.remove(ctx, u.ID, account, keep); err != nil {
		return err
	}
	a.manager.Emit(ctx, e)
	a.manager.Updated(ctx, u)
	return nil
}
