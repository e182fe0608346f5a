package sqlstore

import (
	"context"
	"time"
)

const (
	// tidyEvery is how often a store removes what has expired, and how long after Open it
	// begins.
	tidyEvery = 10 * time.Minute
	// tidyMargin is how long ago it must have expired: the clocks of the instances differ.
	tidyMargin = time.Hour
	// tidyBatch is how many rows one statement removes, so that it holds no lock for long.
	tidyBatch = 1000
	// tidyTimeout bounds one round.
	tidyTimeout = time.Minute
)

// perishable are the tables whose rows expire, with their primary keys.
var perishable = []struct{ table, key string }{
	{"access_tokens", "hash"}, {"used_states", "id"}, {"limits", "id"}, {"pending", "id"}, {"credentials", "id"}, {"invitations", "id"},
	{"events", "id"},
}

// Tidy removes rows that expired before that time: tokens, used states, counters of limits,
// pending logins, invitations, credentials and events. Nothing depends on it but the room
// they take. It returns how many it has removed.
//
// A store does that by itself, every ten minutes and for what expired an hour ago, in the
// background of a write; see [WithoutTidying].
func (s *Store) Tidy(ctx context.Context, before time.Time) (removed int64, err error) {
	for _, of := range perishable {
		remove := `DELETE FROM ` + of.table + ` WHERE ` + of.key + ` IN (SELECT ` + of.key + ` FROM ` + of.table +
			` WHERE expires_at < $1 LIMIT $2)`
		for {
			changed, err := s.tidyBatch(ctx, remove, before)
			if err != nil {
				return removed, err
			}
			if removed += changed; changed < tidyBatch {
				break
			}
		}
	}
	return removed, nil
}

func (s *Store) tidyBatch(ctx context.Context, remove string, before time.Time) (int64, error) {
	ctx, cancel := limit(ctx)
	defer cancel()
	return s.write(ctx, "tidy", remove, s.engine.at(before), int64(tidyBatch))
}

// tidySometimes begins a round in the background if it is time for one. An error is of no
// consequence: the next round does the work.
func (s *Store) tidySometimes() {
	next, now := s.nextTidy.Load(), time.Now()
	if next == 0 || now.UnixNano() < next || !s.nextTidy.CompareAndSwap(next, now.Add(tidyEvery).UnixNano()) {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), tidyTimeout)
		defer cancel()
		_, _ = s.Tidy(ctx, now.Add(-tidyMargin))
	}()
}
