package backends

import (
	"context"

	"github.com/ginauth/ginauth/user/records"
)

// shared is what a store has returned about the token of a request, so that of several
// backends over one store the first asks it for all. It is handed from one to the next
// by value: that allocates nothing.
type shared struct {
	store records.TokenStore
	token string
	found found
}

// sharer is a [Tokens] that takes what another one has found.
type sharer interface {
	readShared(ctx context.Context, token string, before shared) (Identity, bool, shared, error)
}

var (
	_ sharer = (*storedTokens)(nil)
	_ sharer = (*recordedJWTs)(nil)
)

// share returns before if it is about the token in this store, and asks the store
// otherwise.
func (r *recordKeeper) share(ctx context.Context, token string, before shared) (shared, error) {
	if before.store == r.store && before.token == token {
		return before, nil
	}
	f, err := r.find(ctx, token)
	if err != nil {
		return before, err
	}
	return shared{r.store, token, f}, nil
}
