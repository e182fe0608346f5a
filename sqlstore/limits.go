package sqlstore

import (
	"context"
	"time"
)

// Limit implements [limits.Store].
func (s *Store) Limit(ctx context.Context, key string) (record string, err error) {
	if !isText(key) {
		return "", nil
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	record, err = readOne(ctx, s, "read limit", `SELECT record FROM limits WHERE id = $1`, []any{key}, func(in row) (record string, err error) {
		return record, in.Scan(&record)
	})
	if isNotFound(err) {
		return "", nil
	}
	return record, err
}

// SwapLimit implements [limits.Store]. What is old is removed by the clock of this
// process.
func (s *Store) SwapLimit(ctx context.Context, key, before, after string, keep time.Duration) (swapped bool, err error) {
	const operation = "swap limit"
	if !isText(before) {
		return false, ctx.Err() // there is no such record
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	until := s.engine.at(keepUntil(time.Now(), keep))
	var changed int64
	switch {
	case before == "" && after == "":
		record, err := s.Limit(ctx, key)
		return record == "" && err == nil, err
	case before == "":
		changed, err = s.write(ctx, operation, `INSERT INTO limits (id, record, expires_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING`,
			text(key), text(after), until)
		s.tidySometimes()
	case after == "":
		changed, err = s.write(ctx, operation, `DELETE FROM limits WHERE id = $1 AND record = $2`, text(key), before)
	default:
		changed, err = s.write(ctx, operation, `UPDATE limits SET record = $1, expires_at = $2 WHERE id = $3 AND record = $4`,
			text(after), until, text(key), before)
	}
	return changed == 1, err
}

// keepUntil returns the end of a time that may be longer than a database can tell.
func keepUntil(now time.Time, keep time.Duration) time.Time {
	const century = 100 * 365 * 24 * time.Hour
	return now.Add(min(keep, century))
}
