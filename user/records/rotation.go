package records

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user/secrets"
)

// Rotation is what the record of a login keeps of its refresh token, which is replaced
// at each use. All tokens of one login together are a family. None of them is stored:
// each is made of the family, a generation and a MAC.
type Rotation struct {
	// Generation is the number of the token that is valid now; 0 in records of logins
	// without refresh tokens.
	Generation uint32
	// Parent is the number of the token that Generation has replaced; 0 for none. A client
	// that never got the answer sends it again, and for a short time gets Generation's token
	// once more.
	Parent uint32
	// RotatedAt is when that was.
	RotatedAt time.Time
	// Lost says that Generation is the second successor of Parent, given to a client that had
	// lost the answer with the first.
	Lost bool
	// AbsoluteAt is the end of the family, however often it is refreshed.
	AbsoluteAt time.Time
	// Salt is random text that is part of what the MAC is made of.
	Salt secrets.Secret
	// Remember is that of the [github.com/ginauth/ginauth/user.Login].
	Remember bool
}

// RotatingTokenStore is an optional interface of a [TokenStore], for refresh tokens.
// [github.com/ginauth/ginauth/backends/backendtest.TestRotatingTokenStore] checks every
// clause of these comments.
type RotatingTokenStore interface {
	TokenStore

	// RotateToken stores after in place of before, the record as it was read, in one
	// atomic step, and reports whether it did. It does so if the stored record has the
	// Backend and the Generation of before, and neither ExpiresAt nor AbsoluteAt of what
	// is stored has come by now. It writes TokenVersion, ExpiresAt, LastSeenAt, IP,
	// UserAgent, Methods, AuthenticatedAt, and of Rotation all but AbsoluteAt, Salt and
	// Remember; the rest of the record stays as it is stored. after has another
	// Generation, and both ends.
	//
	// It returns the record as it is stored afterwards, by the latest write, whether or
	// not this call has changed it. It returns [ErrNotFound] if there is none, and never
	// creates one. Of any number of concurrent calls with one before, exactly one reports
	// true. A call whose answer was lost may have taken effect; its repetition reports
	// false.
	RotateToken(ctx context.Context, before, after Token, now time.Time) (stored Token, rotated bool, err error)

	// TakeToken removes the record and reports whether it was there; of any number of
	// concurrent calls for one record exactly one reports true.
	TakeToken(ctx context.Context, hash string) (taken bool, err error)
}
