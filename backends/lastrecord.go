package backends

import (
	"context"

	"github.com/ginauth/ginauth/user"
)

// lastRecord remembers, for the time that one request is authenticated, what a
// store has said about a token, so that of several backends over one store only
// the first has to ask. A nil *lastRecord remembers nothing.
type lastRecord struct {
	store  user.TokenStore
	token  string
	hash   string
	record *user.Token // nil if there is none
}

func (l *lastRecord) knows(store user.TokenStore, token string) bool {
	return l != nil && l.store == store && l.token == token
}

// others reports whether the token is known to be another backend's.
func (l *lastRecord) others(store user.TokenStore, backend, token string) bool {
	return l.knows(store, token) && l.record != nil && l.record.Backend != backend
}

func (l *lastRecord) keep(store user.TokenStore, token, hash string, record *user.Token) {
	if l != nil {
		*l = lastRecord{store, token, hash, record}
	}
}

// rememberer is a [Tokens] whose records may be remembered.
type rememberer interface {
	Recorder

	readRemembering(ctx context.Context, token string, last *lastRecord) (Identity, bool, error)
}

var (
	_ rememberer = (*storedTokens)(nil)
	_ rememberer = (*recordedJWTs)(nil)
)

// share reports whether two of the backends have one store of records.
func share(running []*Running) bool {
	for i, b := range running {
		if _, ok := b.Tokens.(rememberer); !ok {
			continue
		}
		for _, other := range running[:i] {
			if _, ok := other.Tokens.(rememberer); ok && other.Records() == b.Records() {
				return true
			}
		}
	}
	return false
}
