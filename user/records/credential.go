package records

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"
)

// CredentialKind is what a [Credential] is.
type CredentialKind string

// Credential is a thing of a user that lets the user in or proves the user: a
// TOTP secret, a set of recovery codes, a passkey, a trusted device, an API key. What
// is secret in it is sealed or hashed before a store sees it.
type Credential struct {
	// ID is random and unique; clients see it in lists. The store makes none: see
	// [NewCredentialID].
	ID     string
	UserID ID
	Kind   CredentialKind
	// Key is unique among the credentials of its kind; it is what the credential is
	// looked up by. At most 1500 bytes of valid UTF-8.
	Key string
	// Name is the user's name for it, for lists.
	Name string
	// Data belongs to the kind, usually a JSON object; at most 64 KiB.
	Data []byte `json:"-"`
	// WayIn says that the user can log in with it alone, as with a passkey; see
	// [KeepOne]. It stays as it was when the credential was created.
	WayIn bool
	// OwnerVersion is the user's [github.com/ginauth/ginauth/user.User.OwnerVersion] when
	// the credential was stored. It is valid only while the two are equal.
	OwnerVersion int64
	// Rev is 1 when the credential is created and rises by one with every change.
	Rev int64
	// Change names the write that made the credential what it is: a random text, see
	// [NewCredentialID], by which a store recognises a repeated
	// [CredentialStore.SwapCredential]. Without it no repetition is recognised.
	Change    string
	CreatedAt time.Time
	// LastUsedAt is the time of the last use; zero if it was never used.
	LastUsedAt time.Time
	// ExpiresAt is the end of the credential; zero for none.
	ExpiresAt time.Time
}

// String names the credential without what is in it.
func (c Credential) String() string {
	return fmt.Sprintf("credential %s (%s) of user %s", c.ID, c.Kind, c.UserID)
}

// Format prints c as [Credential.String] does, whatever the verb.
func (c Credential) Format(state fmt.State, _ rune) { fmt.Fprint(state, c.String()) }

// LogValue logs what [Credential.String] returns.
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Follows reports whether c may take the place of before: its Rev is the next one,
// and ID, UserID, Kind, WayIn and CreatedAt are those of before. It is for stores.
func (c Credential) Follows(before Credential) bool {
	return c.Rev == before.Rev+1 && c.ID == before.ID && c.UserID == before.UserID &&
		c.Kind == before.Kind && c.WayIn == before.WayIn && c.CreatedAt.Equal(before.CreatedAt)
}

// IsWayIn reports whether c is a way in of its user, whose
// [github.com/ginauth/ginauth/user.User.OwnerVersion] is version. A credential that
// expires is none, as it may be the last one when it does.
func (c Credential) IsWayIn(version int64) bool {
	return c.WayIn && c.OwnerVersion == version && c.ExpiresAt.IsZero()
}

// CredentialStore is an optional interface of a [github.com/ginauth/ginauth/user.Store],
// for second factors, passkeys and API keys.
// [github.com/ginauth/ginauth/user/usertest.TestCredentialStore] checks every clause of
// these comments.
//
// All methods are safe for concurrent use and end soon after ctx does. Errors
// other than those named mean that the store could not answer. Times are kept to
// the millisecond at least, Data byte by byte; empty and nil Data are the same. What
// is passed in is not kept, what is returned belongs to the caller.
//
// A credential exists until it is deleted, also when its user is gone: callers look
// the user up. A store may remove it some time after its ExpiresAt, but not before.
// A text that is not valid UTF-8 names nothing.
type CredentialStore interface {
	// CreateCredential stores c, whose Rev is 1. It returns [ErrExists] if there is one
	// of c.Kind and c.Key already, expired or not; of any number of concurrent calls
	// with one kind and key, but different IDs, exactly one succeeds. Repeating a call
	// whose answer was lost succeeds, even if the credential has been changed since.
	// Any other call with an ID that is in use is an error, and changes nothing.
	CreateCredential(ctx context.Context, c Credential) error

	// CredentialByKey returns the credential of that kind and key, compared byte by
	// byte, or [ErrNotFound]. It may have expired: the caller compares times.
	CredentialByKey(ctx context.Context, kind CredentialKind, key string) (Credential, error)

	// CredentialsOf returns the user's credentials of the kinds named, of all kinds if
	// none is named, oldest first. Expired ones may be among them.
	CredentialsOf(ctx context.Context, id ID, kinds ...CredentialKind) ([]Credential, error)

	// SwapCredential replaces before by after if the stored one still has before's ID
	// and Rev, in one atomic step, and reports whether it did. Of any number of
	// concurrent calls with one before at most one reports true, even if they are
	// equal. An after that does not follow before, see [Credential.Follows], is an
	// error, and so is a new Key that another credential of the kind has: [ErrExists].
	// Nothing has changed then. Repeating a call whose answer was lost reports true if
	// nothing has changed the credential since and after.Change is set; so the caller
	// gives each call a Change of its own.
	SwapCredential(ctx context.Context, before, after Credential) (swapped bool, err error)

	// DeleteCredential removes the user's credential with that ID, or returns
	// [ErrNotFound]; of any number of concurrent calls exactly one succeeds. Where keep
	// is [KeepLastOne] it returns [ErrLastLoginMethod] instead of removing the user's
	// last way in, see [KeepOne], and ErrNotFound if there is no such user. A credential
	// that is no way in can always be removed.
	DeleteCredential(ctx context.Context, id ID, credential string, keep KeepOne) error

	// DeleteCredentialsOf removes the user's credentials of the kinds named, of all
	// kinds if none is named. It is housekeeping: no decision depends on it.
	DeleteCredentialsOf(ctx context.Context, id ID, kinds ...CredentialKind) error
}

// NewCredentialID returns a new, random ID for a [Credential].
func NewCredentialID() string { return rand.Text() }
