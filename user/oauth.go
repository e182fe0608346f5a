package user

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// OAuthIdentity is what an OAuth provider says about a person who has signed in there.
type OAuthIdentity struct {
	// Provider and AccountID together name the account. Both are required.
	Provider, AccountID string
	// Email is the address the provider reports. It is used only for a new user, and to
	// link an existing one where [OAuthPolicy] allows that.
	Email string
	// EmailVerified says that the provider itself vouches for that address.
	EmailVerified bool
	// Profile is what else the provider says. Only [Hooks.BeforeRegister] gets it.
	Profile OAuthProfile
	// AccessToken and RefreshToken are the provider's tokens, in clear.
	AccessToken, RefreshToken Secret
	// ExpiresAt is when AccessToken expires; zero if unknown.
	ExpiresAt time.Time
}

// OAuthPolicy are an application's choices about sign-ins through OAuth. The zero
// value is the safe one.
type OAuthPolicy struct {
	// AssociateByEmail links an account at a provider to the existing user with the same
	// address, if the provider says that the address is verified: the owner of the
	// address there becomes the owner of the user here. Trust the provider for that.
	// Defaults to false.
	AssociateByEmail bool
	// IsVerifiedByDefault makes new users verified, whatever the provider says.
	// Defaults to false.
	IsVerifiedByDefault bool
	// Verified refuses users whose address is not verified here. Defaults to false.
	Verified bool
	// KeepTokens is how the provider's tokens are stored. Defaults to not at all.
	KeepTokens TokenKeeper
}

// admits decides on an existing user before anything is written.
func (p OAuthPolicy) admits(u *User, now time.Time) error {
	switch {
	case u.Banned(now):
		return ErrBanned
	case !u.IsActive:
		return ErrInactive
	case p.Verified && !u.IsVerified:
		return ErrNotVerified
	}
	return nil
}

// errNoOAuth says what the store lacks. Route groups find out at start-up.
var errNoOAuth = fmt.Errorf("user: the store keeps no oauth accounts: %w", errors.ErrUnsupported)

// errRaced means that another request was faster; the same steps decide again.
var errRaced = fmt.Errorf("user: lost a race: %w", ErrExists)

// ByOAuthAccount returns the user an account at a provider belongs to, or [ErrNotFound].
func (m *Manager) ByOAuthAccount(ctx context.Context, provider, accountID string) (*User, error) {
	if m.accounts == nil {
		return nil, errNoOAuth
	}
	_, u, err := m.ownerOf(ctx, provider, accountID)
	return u, err
}

// ownerOf returns an account at a provider and its user, or [ErrNotFound]. The user is
// read after the account, so that one who has changed hands since does not have it.
func (m *Manager) ownerOf(ctx context.Context, provider, accountID string) (a OAuthAccount, u *User, err error) {
	if a, err = m.oauthAccount(ctx, provider, accountID); err != nil {
		return a, nil, err
	}
	if u, err = m.ByID(ctx, a.UserID); err != nil {
		return a, nil, err
	}
	if a.OwnerVersion != u.OwnerVersion {
		return a, nil, ErrNotFound
	}
	return a, u, nil
}

// SignInOAuth returns the user of a proven account at a provider: the account's user;
// else, where policy allows it, the user with the same address, after linking the
// account; else a new user. It issues no token.
//
// An unverified user to whom an account is linked by address first loses the password,
// all tokens and all accounts linked before: the creator of the user need not be the
// owner of the address.
//
// Errors: [ErrInactive] (and [ErrBanned], which is one), [ErrNotVerified] and, where the stored user is damaged,
// [ErrBadCredentials], in each case with nothing written for an existing user;
// [ErrExists] for an address that another user has; an [*EmailError] for an address
// that a new user cannot have; a [*Refusal] of BeforeRegister; where the [Policy] lets no
// new user be made so, [ErrInvitationRequired], [ErrDomainNotAllowed] or
// [ErrBadCredentials].
//
// Of concurrent first sign-ins of one account, one creates the user; if a process is
// killed in between, the next sign-in completes the user. Within one process
// AfterRegister runs once for it.
func (m *Manager) SignInOAuth(ctx context.Context, identity OAuthIdentity, policy OAuthPolicy) (*User, error) {
	s, err := m.newSignIn(identity, policy)
	if err != nil {
		return nil, err
	}
	u, err := s.known(ctx)
	if !errors.Is(err, ErrNotFound) {
		return u, err
	}
	u, created, err := s.first(ctx)
	if created {
		m.afterUser(ctx, "AfterRegister", m.hooks.AfterRegister, u)
	}
	if err != nil {
		return nil, err
	}
	return u, nil
}

// signIn is one sign-in through a provider.
type signIn struct {
	m *Manager
	OAuthIdentity
	policy OAuthPolicy
}

func (m *Manager) newSignIn(identity OAuthIdentity, policy OAuthPolicy) (*signIn, error) {
	if m.accounts == nil {
		return nil, errNoOAuth
	}
	// An empty name would be one account shared by all who have none.
	if identity.Provider == "" || identity.AccountID == "" {
		return nil, errors.New("user: oauth identity without provider or account id")
	}
	return &signIn{m: m, OAuthIdentity: identity, policy: policy}, nil
}

// known signs in the user the account belongs to; [ErrNotFound] if there is none.
func (s *signIn) known(ctx context.Context) (*User, error) {
	a, u, err := s.m.ownerOf(ctx, s.Provider, s.AccountID)
	if a.ID != "" && errors.Is(err, ErrDamaged) {
		return nil, ErrBadCredentials
	}
	if err != nil {
		return nil, err
	}
	if err := s.policy.admits(u, s.m.time()); err != nil {
		return nil, err
	}
	// Never a write that could create: an account unlinked just now stays so.
	if err := s.m.refreshOAuth(ctx, s.entry(a.ID, u)); err != nil {
		return nil, err
	}
	return u, nil
}

// first signs in the owner of an account that had no user a moment ago. The unique
// indexes decide who is first; a process also lets its own requests queue up, which saves
// them the work, and the application a second AfterRegister.
func (s *signIn) first(ctx context.Context) (u *User, created bool, err error) {
	leave, err := s.m.signIns.Lock(ctx, s.Provider+"\x00"+s.AccountID)
	if err != nil {
		return nil, false, err
	}
	defer leave()
	u, created, err = s.attempt(ctx)
	if errors.Is(err, errRaced) {
		u, created, err = s.attempt(ctx)
	}
	return u, created, err
}

// attempt looks for the address before the account: a first sign-in stores the
// account before the user, so a user who is seen without it has none.
func (s *signIn) attempt(ctx context.Context) (u *User, created bool, err error) {
	email, emailErr := ParseEmail(s.Email)
	owner, ownerErr := s.byAddress(ctx, email)
	if u, err = s.known(ctx); !errors.Is(err, ErrNotFound) {
		return u, false, err
	}
	switch {
	case emailErr != nil:
		return nil, false, emailErr
	case errors.Is(ownerErr, ErrDamaged):
		return nil, false, ErrExists
	case ownerErr != nil:
		return nil, false, ownerErr
	case owner == nil:
		return s.register(ctx, email)
	}
	u, err = s.linkByEmail(ctx, owner)
	return u, false, err
}

// byAddress returns the user with that address, nil if there is none.
func (s *signIn) byAddress(ctx context.Context, email Email) (*User, error) {
	if email.Key == "" {
		return nil, nil
	}
	u, err := s.m.byEmail(ctx, email)
	if errors.Is(err, ErrNotFound) && !errors.Is(err, ErrDamaged) {
		return nil, nil
	}
	return u, err
}

// entry returns the account as it is to be stored for owner.
func (s *signIn) entry(id string, owner *User) OAuthAccount {
	now := s.m.time()
	a := OAuthAccount{
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

func keepToken(keeper TokenKeeper, token Secret, a OAuthAccount) string {
	if token == "" {
		return ""
	}
	return keeper.Keep(token, a)
}
