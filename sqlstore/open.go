package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ginauth/ginauth/user/listing"
	"github.com/ginauth/ginauth/user/records"
)

const (
	// reachTimeout is how long Open looks for the server.
	reachTimeout = 4 * time.Second
	// migrateTimeout is how long Open waits for migrations, its own and those of others.
	migrateTimeout = 5 * time.Minute
)

// Open returns a store over db after it has brought the tables up to date. It may run in
// any number of processes at once: one of them migrates, under an advisory lock of
// PostgreSQL, and the others wait. The *sql.DB stays the caller's.
//
// Open fails within five seconds when the database does not answer. Migrations may take
// longer, at most five minutes or until ctx ends. A database that was migrated by a later
// version of this package is refused, and so is a server that is read-only.
//
// PostgreSQL must be of version 14 or later with the encoding UTF8. Tables are created in
// the schema that comes first in the connection's search_path. Open warns where
// synchronous_commit or fsync is off.
//
// SQLite must be of version 3.38 or later. Open warns where the database has settings with
// which writers fail instead of waiting, or lose what was acknowledged: the journal mode
// should be WAL, synchronous FULL and busy_timeout several seconds on all connections.
func Open(ctx context.Context, db *sql.DB, options ...Option) (*Store, error) {
	if db == nil {
		return nil, errors.New("sqlstore: open: the database is nil")
	}
	var chosen settings
	for _, option := range options {
		option(&chosen)
	}
	if chosen.logger == nil {
		chosen.logger = slog.Default()
	}
	if chosen.profileErr != nil {
		return nil, fmt.Errorf("sqlstore: open: %w", chosen.profileErr)
	}
	s := &Store{db: db, profile: chosen.profile}
	if err := s.checkProfile(); err != nil {
		return nil, err
	}
	if err := s.reach(ctx, chosen.logger); err != nil {
		return nil, err
	}
	if err := s.migrate(ctx, chosen.unmigrated); err != nil {
		return nil, err
	}
	if !chosen.untidied {
		s.nextTidy.Store(time.Now().Add(tidyEvery).UnixNano())
	}
	return s, nil
}

// checkProfile reports a struct of which not even an empty one can be stored.
func (s *Store) checkProfile() error {
	if _, err := s.ReadBack(s.profile.New()); err != nil {
		return fmt.Errorf("sqlstore: open: profile type %v: not even an empty one can be stored: %w", s.profile.Type(), err)
	}
	return nil
}

// reach finds out what the database is and whether it can be written to.
func (s *Store) reach(ctx context.Context, logger *slog.Logger) (err error) {
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	if s.engine, err = engineOf(ctx, s.db); err != nil {
		return err
	}
	if s.engine == SQLite {
		s.turn = make(chan struct{}, 1)
		s.warnOfSettings(ctx, logger)
	} else {
		s.warnOfServer(ctx, logger)
	}
	return s.checkWritable(ctx, "open")
}

// checkWritable asks whether writes are possible, without one.
func (s *Store) checkWritable(ctx context.Context, operation string) error {
	ask := `SELECT current_setting('transaction_read_only')`
	if s.engine == SQLite {
		ask = `SELECT CASE (SELECT query_only FROM pragma_query_only) WHEN 0 THEN 'off' ELSE 'on' END`
	}
	readOnly, err := readOne(ctx, s, operation, ask, nil, func(in row) (answer string, err error) { return answer, in.Scan(&answer) })
	if err != nil {
		return err
	}
	if readOnly == "on" {
		return fmt.Errorf("sqlstore: %s: the database is read-only, as a replica is; connect to the primary (target_session_attrs=read-write)", operation)
	}
	return nil
}

// warnOfSettings logs what this connection's settings cannot give. Not to know it is no
// error.
func (s *Store) warnOfSettings(ctx context.Context, logger *slog.Logger) {
	setting := func(pragma string) string {
		var value string
		_ = s.db.QueryRowContext(ctx, `PRAGMA `+pragma).Scan(&value)
		return strings.ToLower(value)
	}
	if mode := setting("journal_mode"); mode != "wal" && mode != "memory" {
		logger.Warn("sqlstore: the journal mode of SQLite is not WAL: readers and the writer wait for each other", slog.String("journal_mode", mode))
	}
	if setting("busy_timeout") == "0" {
		logger.Warn("sqlstore: the busy_timeout of SQLite is 0: a write fails when another process is writing")
	}
	if level := setting("synchronous"); level == "0" || level == "1" {
		logger.Warn("sqlstore: synchronous of SQLite is less than FULL: a power failure may lose what was acknowledged", slog.String("synchronous", level))
	}
}

// warnOfServer logs with which settings a PostgreSQL server loses what was acknowledged. Not
// to know them is no error.
func (s *Store) warnOfServer(ctx context.Context, logger *slog.Logger) {
	var commit, fsync string
	ask := `SELECT current_setting('synchronous_commit'), current_setting('fsync')`
	if s.db.QueryRowContext(ctx, ask).Scan(&commit, &fsync) != nil {
		return
	}
	if commit == "off" {
		logger.Warn("sqlstore: synchronous_commit of PostgreSQL is off: the end of the server may lose what was acknowledged")
	}
	if fsync == "off" {
		logger.Warn("sqlstore: fsync of PostgreSQL is off: a power failure may lose everything")
	}
}

// Ensure implements [records.Ensurer]. All tables are part of the schema, so there is nothing
// to create; a need that this version has no table for is an error.
func (s *Store) Ensure(_ context.Context, needs ...records.Need) error {
	for _, need := range needs {
		switch need {
		case records.NeedCredentials, records.NeedPending, records.NeedInvitations, records.NeedUsernames, listing.Need:
		default:
			return fmt.Errorf("sqlstore: ensure: this version of sqlstore has nothing for the need %q", need)
		}
	}
	return nil
}
