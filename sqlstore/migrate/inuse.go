package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// The note in the target of what the last run has left there. It stays when the run is
// over, so that the next one can recognise a target that an application has worked on since.
const (
	makeNote = `CREATE TABLE IF NOT EXISTS ginauth_migration (id text PRIMARY KEY, at bigint NOT NULL, complete integer NOT NULL,` +
		` users bigint NOT NULL, accounts bigint NOT NULL, tokens text NOT NULL)`
	writeNote = `INSERT INTO ginauth_migration (id, at, complete, users, accounts, tokens) VALUES ($1, $2, $3, $4, $5, $6)` +
		` ON CONFLICT (id) DO UPDATE SET at = excluded.at, complete = excluded.complete, users = excluded.users, accounts = excluded.accounts, tokens = excluded.tokens`
	readNote = `SELECT at, complete, users, accounts, tokens FROM ginauth_migration WHERE id = $1`
)

// note is how much the target had when a run was complete.
type note struct {
	at, complete, users, accounts int64
	tokens                        string
}

func (r *run) noteID() string { return "filled: " + r.Users }

// checkUnused returns [ErrInUse] if an application has worked on the target since the last
// run. A target that no run has filled passes: nothing of the source was deleted there.
func (r *run) checkUnused(ctx context.Context) error {
	if _, err := r.To.ExecContext(ctx, makeNote); err != nil {
		return fmt.Errorf("migrate: make the note of the run: %w", err)
	}
	if r.ReviveDeleted {
		return nil
	}
	var last note
	err := r.To.QueryRowContext(ctx, readNote, r.noteID()).Scan(&last.at, &last.complete, &last.users, &last.accounts, &last.tokens)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("migrate: read the note of the last run: %w", err)
	}
	after := r.at(time.UnixMilli(last.at).UTC())
	for _, newer := range []struct{ table, column string }{{"users", "updated_at"}, {"oauth_accounts", "updated_at"}, {"access_tokens", "last_seen_at"}} {
		if n, err := r.count(ctx, newer.table, ` WHERE `+newer.column+` > $1`, after); err != nil {
			return err
		} else if n > 0 {
			return fmt.Errorf("%w: %s has rows that are newer than that", ErrInUse, newer.table)
		}
	}
	if last.complete == 0 {
		return nil
	}
	for _, before := range []struct {
		table string
		rows  int64
	}{{"users", last.users}, {"oauth_accounts", last.accounts}} {
		if n, err := r.count(ctx, before.table, ""); err != nil {
			return err
		} else if n < before.rows {
			return fmt.Errorf("%w: %s had %d rows and has %d", ErrInUse, before.table, before.rows, n)
		}
	}
	return r.checkTokensLive(ctx, last)
}

// checkTokensLive looks for a token that the last run must have copied, that has not
// expired, and that is gone.
func (r *run) checkTokensLive(ctx context.Context, last note) error {
	if r.Backend == "" || r.Backend != last.tokens {
		return nil
	}
	return r.each(ctx, "look for tokens", r.AccessTokens, "token", func(batch []*record) error {
		for _, row := range batch {
			t, err := r.token(row)
			if err != nil || !r.Now().Before(t.until) || t.created.UnixMilli() > last.at {
				continue
			}
			users, err := r.count(ctx, "users", ` WHERE id = $1`, t.owner)
			if err != nil {
				return err
			}
			tokens, err := r.count(ctx, "access_tokens", ` WHERE hash = $1`, t.hash)
			if err != nil {
				return err
			}
			if users == 1 && tokens == 0 {
				return fmt.Errorf("%w: access_tokens lacks tokens that it had", ErrInUse)
			}
		}
		return nil
	})
}

func (r *run) count(ctx context.Context, table, where string, args ...any) (n int64, err error) {
	if err := r.To.QueryRowContext(ctx, `SELECT count(*) FROM `+table+where, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("migrate: read %s: %w", table, err)
	}
	return n, nil
}

// noteFilling notes that the target is being filled.
func (r *run) noteFilling(ctx context.Context) error { return r.write(ctx, note{}) }

// noteFilled notes what a complete run has left.
func (r *run) noteFilled(ctx context.Context) (err error) {
	n := note{complete: 1, tokens: r.Backend}
	if n.users, err = r.count(ctx, "users", ""); err != nil {
		return err
	}
	if n.accounts, err = r.count(ctx, "oauth_accounts", ""); err != nil {
		return err
	}
	return r.write(ctx, n)
}

func (r *run) write(ctx context.Context, n note) error {
	_, err := r.To.ExecContext(ctx, writeNote, r.noteID(), r.Now().UnixMilli(), n.complete, n.users, n.accounts, n.tokens)
	if err != nil {
		return fmt.Errorf("migrate: write the note of the run: %w", err)
	}
	return nil
}
