package oauth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// errRaced means that another request was faster; the same steps decide again.
var errRaced = fmt.Errorf("oauth: lost a race: %w", user.ErrExists)

// SignIn returns the user of a proven account at a provider: the account's user; else,
// where policy allows it, the user with the same address, after linking the account; else a
// new user. It issues no token.
//
// An unverified user to whom an account is linked by address first loses the password,
// all tokens and all accounts linked before: the creator of the user need not be the
// owner of the address.
//
// Errors: [user.ErrInactive] (and [user.ErrBanned], which is one), [user.ErrNotVerified] and,
// where the stored user is damaged, [user.ErrBadCredentials], in each case with nothing
// written for an existing user; [user.ErrExists] for an address that another user has; a
// [*email.Error] for an address that a new user cannot have; a [*user.Refusal] of
// BeforeRegister; where the [user.Policy] lets no new user be made so,
// [user.ErrInvitationRequired], [user.ErrDomainNotAllowed] or [user.ErrBadCredentials].
//
// Of concurrent first sign-ins of one account, one creates the user; if a process is
// killed in between, the next sign-in completes the user. Within one process
// AfterRegister runs once for it.
func (a *Accounts) SignIn(ctx context.Context, identity Identity, policy Policy) (*user.User, error) {
	s, err := a.newSignIn(identity, policy)
	if err != nil {
		return nil, err
	}
	u, err := s.known(ctx)
	if !errors.Is(err, user.ErrNotFound) {
		return u, err
	}
	u, created, err := s.first(ctx)
	if created {
		a.manager.Registered(ctx, u)
	}
	if err != nil {
		return nil, err
	}
	return u, nil
}

// signIn is one sign-in through a provider.
type signIn struct {
	*Accounts
	Identity
	policy Policy
}

func (a *Accounts) newSignIn(identity Identity, policy Policy) (*signIn, error) {
	// An empty name would be one account shared by all who have none.
	if identity.Provider == "" || identity.AccountID == "" {
		return nil, errors.New("oauth: identity without provider or account id")
	}
	return &signIn{Accounts: a, Identity: identity, policy: policy}, nil
}

// known signs in the user the account belongs to; [user.ErrNotFound] if there is none.
func (s *signIn) known(ctx context.Context) (*user.User, error) {
	account, u, err := s.ownerOf(ctx, s.Provider, s.AccountID)
	if account.ID != "" && errors.Is(err, user.ErrDamaged) {
		return nil, user.ErrBadCredentials
	}
	if err != nil {
		return nil, err
	}
	if err := s.policy.admits(u, s.time()); err != nil {
		return nil, err
	}
	if err := s.refresh(ctx, s.entry(account.ID, u)); err != nil {
		return nil, err
	}
	return u, nil
}

// first signs in the owner of an account that had no user a moment ago. The unique
// indexes decide who is first; a process also lets its own requests queue up, which saves
// them the work, and the application a second AfterRegister. created may be true along with
// an error: u is stored then, but cannot be let in yet.
func (s *signIn) first(ctx context.Context) (u *user.User, created bool, err error) {
	unlock, err := s.manager.LockSignIn(ctx, "oauth\x00"+s.Provider+"\x00"+s.AccountID)
	if err != nil {
		return nil, false, err
	}
	defer unlock()
	u, created, err = s.attempt(ctx)
	if errors.Is(err, errRaced) {
		u, created, err = s.attempt(ctx)
	}
	return u, created, err
}

// attempt looks for the address before the account: a first sign-in stores the
// account before the user, so a user who is seen without it has none.
func (s *signIn) attempt(ctx context.Context) (u *user.User, created bool, err error) {
	email, emailErr := email.Parse(s.Email)
	owner, ownerErr := s.byAddress(ctx, email)
	if u, err = s.known(ctx); !errors.Is(err, user.ErrNotFound) {
		return u, false, err
	}
	switch {
	case emailErr != nil:
		return nil, false, emailErr
	case errors.Is(ownerErr, user.ErrDamaged):
		return nil, false, user.ErrExists
	case ownerErr != nil:
		return nil, false, ownerErr
	case owner == nil:
		return s.signUp(ctx)
	}
	u, err = s.linkByEmail(ctx, owner)
	return u, false, err
}

// byAddress returns the user with that address, nil if there is none.
func (s *signIn) byAddress(ctx context.Context, email email.Email) (*user.User, error) {
	if email.Key == "" {
		return nil, nil
	}
	u, err := s.manager.ByEmail(ctx, email.Address)
	if errors.Is(err, user.ErrNotFound) && !errors.Is(err, user.ErrDamaged) {
		return nil, nil
	}
	return u, err
}

// linkByEmail links the account to the user with its address, if the application allows
// it and the provider has verified the address.
func (s *signIn) linkByEmail(ctx context.Context, owner *user.User) (_ *user.User, err error) {
	if !s.policy.AssociateByEmail || !s.EmailVerified {
		return nil, user.ErrExists
	}
	if err := s.policy.admits(owner, s.time()); err != nil {
		return nil, err
	}
	if !owner.IsVerified { // the creator may be a stranger
		owner, err = s.manager.HandOver(ctx, owner)
		if errors.Is(err, user.ErrNotFound) {
			return nil, errRaced
		}
		if err != nil {
			return nil, err
		}
	}
	e := s.event(user.EventOAuthLinked, owner.ID)
	if err := s.manager.Require(ctx, &e); err != nil {
		return nil, err
	}
	err = s.put(ctx, s.entry(s.store.NewAccountID(), owner))
	if errors.Is(err, user.ErrLinked) {
		return nil, errRaced
	}
	if err != nil {
		return nil, err
	}
	s.manager.Emit(ctx, e)
	return owner, nil
}

// event returns an event about an account at the provider.
func (s *signIn) event(kind user.EventKind, id user.ID) user.Event {
	return user.Event{Kind: kind, User: id, Note: map[string]string{"provider": s.Provider}}
}

// entry returns the account as it is to be stored for owner.
func (s *signIn) entry(id string, owner *user.User) records.OAuthAccount {
	now := s.time()
	a := records.OAuthAccount{
		ID:            id,
		UserID:        owner.ID,
		Provider:      s.Provider,
		AccountID:     s.AccountID,
		OwnerVersion:  owner.OwnerVersion,
		AccountEmail:  s.Email,
		EmailVerified: s.EmailVerified,
		CreatedAt:     now,
		UpdatedAt:     now,
	}
	if !s.ExpiresAt.IsZero() {
		a.ExpiresAt = s.ExpiresAt.UTC().Truncate(time.Second)
	}
	if s.policy.KeepTokens != nil {
		a.AccessToken = keepToken(s.policy.KeepTokens, s.AccessToken, a)
		a.RefreshToken = keepToken(s.policy.KeepTokens, s.RefreshToken, a)
	}
	return a
}

func keepToken(keeper TokenKeeper, token secrets.Secret, a records.OAuthAccount) string {
	if token == "" {
		return ""
	}
	return keeper.Keep(token, a)
}
