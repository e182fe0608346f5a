package user

import "context"

// PlainTokenStore is what a [TokenStore] can do besides where another application
// has stored access tokens as they are. Such records are looked up where there is
// none with the hash, and are never made.
type PlainTokenStore interface {
	// TokenByPlain returns the record of that token, or [ErrNotFound]. Its Hash is
	// that of the token and its TokenVersion 0; it has no Backend, as it counts in all.
	TokenByPlain(ctx context.Context, token string) (Token, error)

	// DeletePlain removes the record. Removing one that is not there is no error.
	DeletePlain(ctx context.Context, token string) error
}
