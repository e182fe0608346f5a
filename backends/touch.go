package backends

import (
	"context"
	"errors"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Touch implements [Toucher]: it notes the use of a token, at most once a minute
// and off the request path, and renews the token where its use prolongs it. A
// failure is left to the next use: it costs a minute, not a session.
func (r *recordKeeper) Touch(identity Identity) {
	record, now := identity.Record, r.time()
	if record == nil || now.Sub(record.LastSeenAt) < touchInterval || !r.seen.Claim(record.Hash, now) {
		return
	}
	expires := record.ExpiresAt
	if r.limits.absolute > 0 && record.Actor == "" {
		expires = r.limits.expiry(record.CreatedAt, now)
	}
	hash := record.Hash
	r.background("note the use of a token", func(ctx context.Context) error {
		err := records.StoreDo(ctx, func(ctx context.Context) error { return r.store.TouchToken(ctx, hash, now, expires) })
		if errors.Is(err, user.ErrNotFound) {
			return nil // ended meanwhile
		}
		return err
	})
}
