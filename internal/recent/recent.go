// Package recent bounds how often the use of a token is noted.
package recent

import (
	"sync"
	"time"
)

// maxRecent bounds the memory of Claims: past it some uses are noted twice.
const maxRecent = 50_000

// Claims remembers the tokens of the last interval whose use was noted, because
// many requests may read the same old record before it changes. It does not rely
// on a job's end, which never comes for a job that was dropped. It is safe for
// concurrent use.
type Claims struct {
	interval time.Duration

	mu         sync.Mutex
	young, old map[string]time.Time
	youngSince time.Time
}

// New returns claims that are held for interval.
func New(interval time.Duration) *Claims {
	return &Claims{interval: interval, young: map[string]time.Time{}}
}

// Claim reports whether hash was not claimed within the interval before now, and
// claims it.
func (r *Claims) Claim(hash string, now time.Time) bool {
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
