package oauth

import (
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// Identity is what a provider says about a person who has signed in there.
type Identity struct {
	// Provider and AccountID together name the account. Both are required.
	Provider, AccountID string
	// Email is the address the provider reports. It is used only for a new user, and to
	// link an existing one where [Policy] allows that.
	Email string
	// EmailVerified says that the provider itself vouches for that address.
	EmailVerified bool
	// Profile is what else the provider says. Only [user.Hooks.BeforeRegister] gets it.
	Profile user.OAuthProfile
	// AccessToken and RefreshToken are the provider's tokens, in clear.
	AccessToken, RefreshToken secrets.Secret
	// ExpiresAt is when AccessToken expires; zero if unknown.
	ExpiresAt time.Time
}

// Policy are an application's choices about sign-ins. The zero value is the safe one.
type Policy struct {
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
func (p Policy) admits(u *user.User, now time.Time) error {
	switch {
	case u.Banned(now):
		return user.ErrBanned
	case !u.IsActive:
		return user.ErrInactive
	case p.Verified && !u.IsVerified:
		return user.ErrNotVerified
	}
	return nil
}
