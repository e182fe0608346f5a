package sqlstore

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
)

// Use implements [records.UsedStore].
func (s *Store) Use(ctx context.Context, id string, expiresAt time.Time) error {
	ctx, cancel := limit(ctx)
	defer cancel()
	inserted, err := s.write(ctx, "use state", `INSERT INTO used_states (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`,
		text(id), s.engine.orNull(expiresAt))
	if err == nil && inserted == 0 {
		return user.ErrUsed
	}
	s.tidySometimes()
	return err
}
