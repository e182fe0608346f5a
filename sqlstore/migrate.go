package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

const (
	// versionTable holds the version of the tables. It is not the one that goose uses for
	// an application's own migrations.
	versionTable = "ginauth_schema"
	// lockID is the advisory lock that migrations hold: "ginauth" in ASCII.
	lockID = 0x67696e61757468
)

func (e Engine) migrations() (fs.FS, error) { return fs.Sub(migrations, "migrations/"+string(e)) }

func (e Engine) provider(db *sql.DB) (*goose.Provider, error) {
	files, err := e.migrations()
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if e == Postgres {
		dialect = goose.DialectPostgres
	}
	store, err := database.NewStore(dialect, versionTable)
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithStore(store), goose.WithDisableGlobalRegistry(true)}
	if e == Postgres {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(lockID), lock.WithLockTimeout(1, uint64(migrateTimeout.Seconds())))
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider("", db, files, options...)
}

// migrate brings the tables up to date, or reports that they are not.
func (s *Store) migrate(ctx context.Context, unmigrated bool) error {
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	provider, err := s.engine.provider(s.db)
	if err != nil {
		return fmt.Errorf("sqlstore: open: read the migrations: %w", err)
	}
	version, want, err := s.versions(ctx, provider)
	switch {
	case err != nil:
		return err
	case version > want:
		return fmt.Errorf("sqlstore: open: the tables have version %d and this version of sqlstore knows %d only: "+
			"a later one has migrated them; update the application, or restore the database of before", version, want)
	case version == want:
		return nil
	case unmigrated:
		return fmt.Errorf("sqlstore: open: the tables have version %d, want %d: run the statements of sqlstore.Schema, "+
			"or open without WithoutMigrations", version, want)
	}
	return s.up(ctx, provider, version, want)
}

// versions returns the version of the tables, 0 where there are none, and the latest one.
func (s *Store) versions(ctx context.Context, provider *goose.Provider) (version, want int64, err error) {
	for _, source := range provider.ListSources() {
		want = max(want, source.Version)
	}
	there, err := readOne(ctx, s, "open: look for the version of the tables", s.engine.tableExists(), nil,
		func(in row) (there bool, err error) { return there, in.Scan(&there) })
	if err != nil || !there {
		return 0, want, err
	}
	version, err = readOne(ctx, s, "open: read the version of the tables",
		`SELECT coalesce(max(version_id), 0) FROM `+versionTable+` WHERE is_applied`, nil,
		func(in row) (version int64, err error) { return version, in.Scan(&version) })
	return version, want, err
}

func (e Engine) tableExists() string {
	if e == Postgres {
		return `SELECT to_regclass('` + versionTable + `') IS NOT NULL`
	}
	return `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '` + versionTable + `')`
}

// up migrates from the version before. On SQLite, which has no advisory lock, of two
// instances one may fail in a step that the other one has done meanwhile; it goes on from
// there.
func (s *Store) up(ctx context.Context, provider *goose.Provider, before, want int64) error {
	const attempts, pause = 50, 100 * time.Millisecond
	for attempt := 1; ; attempt++ {
		_, err := provider.Up(ctx)
		if err == nil {
			return nil
		}
		version, _, readErr := s.versions(ctx, provider)
		if readErr == nil && version == want {
			return nil
		}
		outrun := readErr == nil && version > before
		if s.engine != SQLite || attempt == attempts || !outrun && !isBusy(err) {
			return failed("open: migrate", migrationError(err))
		}
		before = max(before, version)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return failed("open: migrate", ctx.Err())
		}
	}
}

// isBusy reports whether SQLite was in use by another process, or the other one was first.
func isBusy(err error) bool {
	text := err.Error()
	return strings.Contains(text, "database is locked") || strings.Contains(text, "SQLITE_BUSY") ||
		strings.Contains(text, versionTable) && strings.Contains(text, "already exists") || taken(err)
}

// migrationError explains the mistake that is made most often.
func migrationError(err error) error {
	text := err.Error()
	if stateOf(err) == "42P07" || strings.Contains(text, "already exists") {
		return fmt.Errorf("a table of that name is there already and is not of this package; "+
			"give it a schema of its own, with search_path in the connection's URL: %w", errors.New(text))
	}
	return err
}

// Schema returns the statements that make the tables of this version in an empty database,
// for applications with migrations of their own; see [WithoutMigrations]. They include the
// table by which [Open] knows the version.
func Schema(engine Engine) (string, error) {
	files, err := engine.migrations()
	if err != nil {
		return "", err
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil || len(names) == 0 {
		return "", fmt.Errorf("sqlstore: there is no schema for the engine %q", engine)
	}
	slices.Sort(names)
	var all strings.Builder
	all.WriteString(engine.versionSchema())
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return "", err
		}
		version, _, _ := strings.Cut(name, "_")
		fmt.Fprintf(&all, "\n-- %s\n%s\nINSERT INTO %s (version_id, is_applied) VALUES (%s, %s);\n",
			name, strings.TrimSpace(strings.TrimPrefix(string(content), "-- +goose Up\n")), versionTable, strings.TrimLeft(version, "0"), engine.yes())
	}
	return all.String(), nil
}

// versionSchema is the table as goose makes it.
func (e Engine) versionSchema() string {
	id, version, yes, stamp := "integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY", "bigint", "boolean", "timestamp NOT NULL DEFAULT now()"
	if e == SQLite {
		id, version, yes, stamp = "INTEGER PRIMARY KEY AUTOINCREMENT", "INTEGER", "INTEGER", "TIMESTAMP DEFAULT (datetime('now'))"
	}
	return fmt.Sprintf("CREATE TABLE %s (\n    id %s,\n    version_id %s NOT NULL,\n    is_applied %s NOT NULL,\n    tstamp %s\n);\n"+
		"INSERT INTO %s (version_id, is_applied) VALUES (0, %s);\n", versionTable, id, version, yes, stamp, versionTable, e.yes())
}

func (e Engine) yes() string {
	if e == SQLite {
		return "1"
	}
	return "true"
}
