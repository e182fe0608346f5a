package user

import "context"

// TokenUserStore is an optional interface of a [Store] that is a [TokenStore] and finds a
// record and its user in one operation. A guard with a stored token then costs one round
// trip, not two.
//
// A wrapper that changes what ByID or TokenByHash return has to change this method with
// them.
type TokenUserStore interface {
	// TokenWithUser returns what TokenByHash does, with the same errors, and the
	// record's user as ByID returns it. A nil user decides nothing: there is none,
	// or it is damaged, or the store cannot tell both at once; the caller asks ByID.
	TokenWithUser(ctx context.Context, hash string) (Token, *User, error)
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
