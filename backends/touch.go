package backends

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ginauth/ginauth/user"
)

// Touch implements [Toucher]: it notes the use of a token, at most once a minute
// and off the request path, and renews the token where its use prolongs it. A
// failure is left to the next use: it costs a minute, not a session.
func (r *records) Touch(identity Identity) {
	record, now := identity.Record, r.time()
	if record == nil || now.Sub(record.LastSeenAt) < touchInterval || !r.seen.claim(record.Hash, now) {
		return
	}
	expires := record.ExpiresAt
	if r.limits.absolute > 0 && record.Actor == "" {
		expires = r.limits.expiry(record.CreatedAt, now)
	}
	hash := record.Hash
	r.background("note the use of a token", func(ctx context.Context) error {
		err := user.StoreDo(ctx, func(ctx context.Context) error { return r.store.TouchToken(ctx, hash, now, expires) })
		if errors.Is(err, user.ErrNotFound) {
			return nil // ended meanwhile
		}
		return err
	})
}

// maxRecent bounds the memory of recent: past it some uses are noted twice.
const maxRecent = 50_000

// recent remembers the tokens of the last interval whose use was noted, because
// many requests may read the same old record before it changes. It does not rely
// on a job's end, which never comes for a job that was dropped.
type recent struct {
	interval time.Duration

	mu         sync.Mutex
	young, old map[string]time.Time
	youngSince time.Time
}

func newRecent(interval time.Duration) *recent {
	return &recent{interval: interval, young: map[string]time.Time{}}
}

// claim reports whether hash was not claimed within the interval before now, and
// claims it.
func (r *recent) claim(hash string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, claims := range []map[string]time.Time{r.young, r.old} {
		if at, ok := claims[hash]; ok && now.Sub(at) < r.interval {
			return false
		}
	}
	if now.Sub(r.youngSince) >= r.interval || len(r.young) >= maxRecent {
		r.old, r.young, r.youngSince = r.young, map[string]time.Time{}, now
	}
	r.young[hash] = now
	return true
}
