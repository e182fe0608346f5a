package backends

import (
	"context"

	"github.com/ginauth/ginauth/user/records"
)

// shared is what a store has returned about the token of a request, so that of several
// backends over one store the first asks it for all.
type shared struct {
	store records.TokenStore
	token string
	found found
}

// answers reports whether s is what that store has returned about the token.
func (s *shared) answers(store records.TokenStore, token string) bool {
	return s.store == store && s.token == token
}

// share makes known what the store returns about the token, without asking it again.
func (r *recordKeeper) share(ctx context.Context, token string, known *shared) error {
	if known.answers(r.store, token) {
		return nil
	}
	f, err := r.find(ctx, token)
	if err != nil {
		return err
	}
	*known = shared{r.store, token, f}
	return nil
}
