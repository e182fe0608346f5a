package records

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"
)

// Token is the record of one access token. The token itself is never stored. The records
// of new tokens are made by [github.com/ginauth/ginauth/user.Login.Token].
type Token struct {
	// Hash is the SHA-256 of the token in lower-case hexadecimal; see [HashToken].
	Hash   string
	UserID ID
	// Backend is the name of the backend that issued the token.
	Backend string
	// TokenVersion is the user's version when the token was issued.
	TokenVersion int64
	CreatedAt    time.Time
	// ExpiresAt is the time after which the token is dead; zero means never.
	ExpiresAt time.Time
	// LastSeenAt is when the token was last used, exact to a minute or so.
	LastSeenAt time.Time
	// IP is the client's address at the login, or at the last use of a refresh token; empty if
	// unknown.
	IP string
	// UserAgent is the client's own description at the login, at most 512 bytes.
	UserAgent string
	// Methods, AuthenticatedAt, Actor, ActorVersion and Scopes are those of the login; see
	// [github.com/ginauth/ginauth/user.LoginOf]. Methods is nil and AuthenticatedAt zero in
	// records of earlier versions.
	Methods         []Method
	AuthenticatedAt time.Time
	Actor           ID
	ActorVersion    int64
	Scopes          []string
	// Rotation is the state of the login's refresh token; the zero value if it has none.
	Rotation Rotation
}

// HashToken returns the SHA-256 of token in lower-case hexadecimal: the only form
// in which a store sees a token.
func HashToken(token string) string {
	var room [512]byte // tokens fit into it, most of the time
	sum := sha256.Sum256(append(room[:0], token...))
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], sum[:])
	return string(text[:])
}

// maxUserAgent is how much of a client's description is kept, in bytes.
const maxUserAgent = 512

// SeenAt returns t as it is after its use at now by a client of that address and
// description. Of the latter it keeps 512 bytes.
func (t Token) SeenAt(now time.Time, ip, userAgent string) Token {
	t.LastSeenAt, t.IP, t.UserAgent = now, ip, cutText(userAgent, maxUserAgent)
	return t
}

// TokenQuery asks for some of a user's tokens. The zero value asks for all.
type TokenQuery struct {
	// Backend is the name of the backend that issued the tokens; empty for all.
	Backend string
	// Limit is the greatest number of tokens; 0 for any number.
	Limit int
}

// TokenStore keeps access tokens.
// [github.com/ginauth/ginauth/backends/backendtest.TestTokenStore] checks every
// clause of these comments.
//
// All methods are safe for concurrent use and end soon after ctx does. Errors
// other than those named mean that the store could not answer. Times are kept
// to the millisecond at least.
type TokenStore interface {
	// CreateToken stores t. Where t.ExpiresAt is set the record may vanish by
	// itself after that time, but not before.
	CreateToken(ctx context.Context, t Token) error

	// TokenByHash returns the record with that hash, or [ErrNotFound]. It may
	// return a record that has expired: the caller compares times.
	TokenByHash(ctx context.Context, hash string) (Token, error)

	// TouchToken notes that a token was used at lastSeen and expires at
	// expiresAt (zero means never). It never creates a record: where there is
	// none it returns [ErrNotFound].
	TouchToken(ctx context.Context, hash string, lastSeen, expiresAt time.Time) error

	// DeleteToken removes the record. Removing one that is not there is no error.
	DeleteToken(ctx context.Context, hash string) error

	// TokensOf returns the user's records that query asks for, newest first. It reads
	// not many more than it returns.
	TokensOf(ctx context.Context, id ID, query TokenQuery) ([]Token, error)

	// TrimTokens removes the records of newest.UserID and newest.Backend that are too
	// many: newest itself stays, and of the others those that were created last, so
	// that keep are left. Those that have expired at newest.CreatedAt do not take a
	// place; they may be removed or stay. It is called after every CreateToken, and
	// where nothing is too many it costs a single read of not more than keep entries
	// of an index.
	TrimTokens(ctx context.Context, newest Token, keep int) error

	// DeleteTokensOf removes the user's records except the one with the hash
	// keep, which may be empty.
	DeleteTokensOf(ctx context.Context, id ID, keep string) error
}

// PlainTokenStore is an optional interface of a [TokenStore], for databases in which
// another application has stored access tokens in clear. Such records are looked up if
// there is none with the hash, and are never created.
type PlainTokenStore interface {
	// TokenByPlain returns the record of that token, or [ErrNotFound]. Its Hash is that
	// of the token and its TokenVersion 0; it has no Backend, as it is valid in all.
	TokenByPlain(ctx context.Context, token string) (Token, error)

	// DeletePlain removes the record. Removing one that is not there is no error.
	DeletePlain(ctx context.Context, token string) error
}

// cutText returns text as valid UTF-8 of at most limit bytes, without a piece of a
// character at its end.
func cutText(text string, limit int) string {
	// What is cut off later need not be mended first, however long it is.
	if len(text) > limit+utf8.UTFMax {
		text = text[:limit+utf8.UTFMax]
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
