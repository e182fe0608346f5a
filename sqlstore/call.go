package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/ginauth/ginauth/user"
)

const (
	// operationTimeout bounds every operation whose context ends later or never.
	operationTimeout = 5 * time.Second
	// tries is how often a statement is sent that the server could not bring into an
	// order with others. With the isolation level that PostgreSQL has by default that
	// does not happen.
	tries = 10
)

// limit returns ctx with a deadline that is not too far away.
func limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) <= operationTimeout {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, operationTimeout)
}

// runner is what statements are sent to: the pool, or a transaction.
type runner interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// statement is a statement that is put together, with its values. Both engines number
// them as $1, $2 and so on.
type statement struct {
	strings.Builder
	args []any
}

// arg adds a value and returns its place.
func (s *statement) arg(value any) string {
	s.args = append(s.args, value)
	return "$" + strconv.Itoa(len(s.args))
}

// add adds text in which each ? stands for the next of values.
func (s *statement) add(text string, values ...any) {
	for _, value := range values {
		before, after, _ := strings.Cut(text, "?")
		s.WriteString(before)
		s.WriteString(s.arg(value))
		text = after
	}
	s.WriteString(text)
}

// places returns the places of n values: ($1, $2, …).
func places(n int) string {
	var list strings.Builder
	for i := range n {
		list.WriteString(", $" + strconv.Itoa(i+1))
	}
	return "(" + list.String()[2:] + ")"
}

// row is one row of a result.
type row interface{ Scan(dest ...any) error }

// read returns all rows of a query.
func read[T any](ctx context.Context, s *Store, operation, query string, args []any, scan func(row) (T, error)) ([]T, error) {
	found, err := rowsOf(ctx, s.db, query, args, scan)
	return found, failed(operation, err)
}

// readOne returns the only row of a query, or [user.ErrNotFound].
func readOne[T any](ctx context.Context, s *Store, operation, query string, args []any, scan func(row) (T, error)) (T, error) {
	return only(read(ctx, s, operation, query, args, scan))
}

// writeOne is readOne for a statement that writes and returns the row it has written.
func writeOne[T any](ctx context.Context, s *Store, operation, query string, args []any, scan func(row) (T, error)) (T, error) {
	var found []T
	err := s.inTurn(ctx, func() (err error) {
		found, err = rowsOf(ctx, s.db, query, args, scan)
		return err
	})
	return only(found, failed(operation, err))
}

func only[T any](found []T, err error) (one T, _ error) {
	switch {
	case err != nil:
		return one, err
	case len(found) == 0:
		return one, user.ErrNotFound
	}
	return found[0], nil
}

// rowsOf reads to the end: only then has a statement that writes done all of it.
func rowsOf[T any](ctx context.Context, in runner, query string, args []any, scan func(row) (T, error)) (found []T, err error) {
	rows, err := in.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return found, rows.Close()
}

// write executes a statement and returns how many rows it has changed.
func (s *Store) write(ctx context.Context, operation, query string, args ...any) (changed int64, err error) {
	err = s.inTurn(ctx, func() error {
		changed, err = execute(ctx, s.db, query, args)
		return err
	})
	return changed, failed(operation, err)
}

func execute(ctx context.Context, in runner, query string, args []any) (changed int64, err error) {
	result, err := in.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// inTurn calls do, which sends one statement that writes, or one transaction.
func (s *Store) inTurn(ctx context.Context, do func() error) error {
	if s.turn != nil {
		select {
		case s.turn <- struct{}{}:
			defer func() { <-s.turn }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for try := 1; ; try++ {
		err := do()
		if !conflicts(err) || try == tries || ctx.Err() != nil {
			return err
		}
	}
}

// locked calls do while no other call of locked with the same lock runs in any process.
// On PostgreSQL lock is a statement that locks one row, and do runs in its transaction,
// which sees what was committed when the lock was got. On SQLite do is one statement,
// which is alone anyway.
func (s *Store) locked(ctx context.Context, lock string, args []any, do func(in runner) error) error {
	if s.engine == SQLite {
		return s.inTurn(ctx, func() error { return do(s.db) })
	}
	return s.inTurn(ctx, func() error {
		// With another isolation level the transaction would see what was there before it
		// waited for the lock.
		tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
		if err != nil {
			return err
		}
		defer tx.Rollback() // which does nothing after a commit
		if _, err := tx.ExecContext(ctx, lock, args...); err != nil {
			return err
		}
		if err := do(tx); err != nil {
			return err
		}
		return tx.Commit()
	})
}

// isNotFound reports whether err is an answer, and not a damaged row.
func isNotFound(err error) bool {
	return errors.Is(err, user.ErrNotFound) && !errors.Is(err, user.ErrDamaged)
}
