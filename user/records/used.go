package records

import (
	"context"
	"time"
)

// UsedStore remembers one-time values. A [github.com/ginauth/ginauth/user.Store] that has
// it serves OAuth states.
type UsedStore interface {
	// Use notes that the value id is used; the note may vanish after expiresAt. It
	// returns [ErrUsed] when it was used before; of any number of concurrent
	// calls with one id exactly one succeeds.
	Use(ctx context.Context, id string, expiresAt time.Time) error
}
