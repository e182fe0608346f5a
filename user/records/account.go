package records

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// OAuthAccount is an account at a provider that one user can log in with.
type OAuthAccount struct {
	// ID names the account in the user's own list.
	ID string
	// UserID is the user the account belongs to.
	UserID ID
	// Provider and AccountID together are unique.
	Provider, AccountID string
	// OwnerVersion is the user's when the account was linked. The account is valid
	// only as long as it is the user's.
	OwnerVersion int64
	// AccountEmail is the address the provider reported, EmailVerified whether it has
	// verified it.
	AccountEmail  string
	EmailVerified bool
	// AccessToken and RefreshToken are the provider's tokens, sealed; empty unless
	// the application keeps them.
	AccessToken, RefreshToken string `json:"-"`
	// ExpiresAt is when the provider's access token expires; zero if unknown.
	ExpiresAt time.Time
	CreatedAt time.Time
	// UpdatedAt is the time of the last sign-in or link; zero as long as the account
	// is only reserved for a user who is about to be created.
	UpdatedAt time.Time
}

// String names the account without its tokens, which are in clear where the
// application keeps them so.
func (a OAuthAccount) String() string {
	return fmt.Sprintf("oauth account %s of user %s at %s", a.ID, a.UserID, a.Provider)
}

// Format prints a as [OAuthAccount.String] does, whatever the verb.
func (a OAuthAccount) Format(state fmt.State, _ rune) { fmt.Fprint(state, a.String()) }

// LogValue logs what [OAuthAccount.String] returns.
func (a OAuthAccount) LogValue() slog.Value { return slog.StringValue(a.String()) }

// OAuthStore is an optional interface of a [github.com/ginauth/ginauth/user.Store], for
// applications that log users in through OAuth providers.
// [github.com/ginauth/ginauth/user/usertest.TestOAuthStore] checks every clause.
//
// An account whose user does not exist, or has another OwnerVersion than the account, is
// treated as absent: it lets no user in, and others may take it. Two reads, the account's
// and then the user's, are enough to decide that; a
// [github.com/ginauth/ginauth/user.Manager] compares again with the user it signs in.
type OAuthStore interface {
	// NewAccountID returns a new, random account ID. It does not block.
	NewAccountID() string

	// Account returns the account of that provider and account ID, both compared
	// byte by byte and belonging to one account, or [ErrNotFound].
	Account(ctx context.Context, provider, accountID string) (OAuthAccount, error)

	// LinkAccount stores a under a.ID for a.UserID. Where that user has the same
	// provider and account ID already, its entry is replaced but keeps its ID, its
	// CreatedAt, and its refresh token if a brings none; but never one of a higher
	// OwnerVersion by a, which is late. It returns [ErrLinked] when another user has
	// them, or the same user since it changed hands; of any number of concurrent
	// calls for different users exactly one succeeds. An entry that is absent is
	// taken over. a.OwnerVersion is not compared with the user's: an account that
	// is stored late is simply absent.
	LinkAccount(ctx context.Context, a OAuthAccount) error

	// ReserveAccount stores a under a.ID for a.UserID, a user who is about to be created,
	// unless there is an entry with its provider and account ID, and returns the entry
	// that is there afterwards. Unlike in all other methods an entry is found whether or
	// not its user exists: all concurrent first sign-ins of one account, and the one
	// after a process was killed, get the same entry and so agree on the user to create.
	// Only an entry that its user has lost by changing hands is replaced. a.UpdatedAt is
	// zero and is read back so: it distinguishes such an entry from one that a deleted
	// user has left behind.
	ReserveAccount(ctx context.Context, a OAuthAccount) (OAuthAccount, error)

	// RefreshAccount replaces AccountEmail, EmailVerified, AccessToken, ExpiresAt and
	// UpdatedAt of the entry a.ID of a.UserID by those of a, and RefreshToken if a brings
	// one. It never creates an entry: if that user has no entry of that ID and of
	// a.OwnerVersion it returns [ErrNotFound].
	RefreshAccount(ctx context.Context, a OAuthAccount) error

	// AccountsOf returns the user's accounts, oldest first.
	AccountsOf(ctx context.Context, id ID) ([]OAuthAccount, error)

	// UnlinkAccount removes the account with that ID if it is the user's, else
	// [ErrNotFound]. Where keepOne is [KeepLastOne] it returns [ErrLastLoginMethod]
	// instead of removing the user's last way in: see [KeepOne].
	UnlinkAccount(ctx context.Context, id ID, account string, keepOne KeepOne) error

	// UnlinkAccountsOf removes the accounts of the user whose OwnerVersion is lower
	// than before, or all for [EveryOwner]. It is housekeeping: nothing is decided by
	// it.
	UnlinkAccountsOf(ctx context.Context, id ID, before int64) error
}
