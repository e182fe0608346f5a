package backends

import (
	"context"

	"github.com/ginauth/ginauth/user"
)

// lastRecord remembers, for the time that one request is authenticated, what a
// store has said about a token, so that of several backends over one store only
// the first has to ask, and that nobody asks for a user the store has told along
// with the token. A nil *lastRecord remembers nothing.
type lastRecord struct {
	store  user.TokenStore
	token  string
	hash   string
	record *user.Token // nil if there is none
	owner  *user.User  // nil if the store has not told
}

func (l *lastRecord) knows(store user.TokenStore, token string) bool {
	return l != nil && l.store == store && l.token == token
}

// others reports whether the token is known to be another backend's.
func (l *lastRecord) others(store user.TokenStore, backend, token string) bool {
	return l.knows(store, token) && l.record != nil && l.record.Backend != backend
}

func (l *lastRecord) keep(said lastRecord) {
	if l != nil {
		*l = said
	}
}

// user returns the user with that ID if the store has told it, nil otherwise.
func (l *lastRecord) user(id user.ID) *user.User {
	if l == nil || l.owner == nil || l.owner.ID != id {
		return nil
	}
	return l.owner
}

// rememberer is a [Tokens] whose records may be remembered.
type rememberer interface {
	Recorder

	readRemembering(ctx context.Context, token string, last *lastRecord) (Identity, bool, error)
	// tellsUsers reports whether the store tells users along with tokens.
	tellsUsers() bool
}

var (
	_ rememberer = (*storedTokens)(nil)
	_ rememberer = (*recordedJWTs)(nil)
)

func remembers(b *Running) bool {
	_, ok := b.Tokens.(rememberer)
	return ok
}

// worthRemembering reports whether a store of records tells users, too, or two of
// the backends have the same.
func worthRemembering(running []*Running) bool {
	for i, b := range running {
		own, ok := b.Tokens.(rememberer)
		if !ok {
			continue
		}
		if own.tellsUsers() {
			return true
		}
		for _, other := range running[:i] {
			if _, ok := other.Tokens.(rememberer); ok && other.Records() == b.Records() {
				return true
			}
		}
	}
	return false
}
