package sqlstore_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/ginauth/ginauth/internal/test/pgtest"
	"github.com/ginauth/ginauth/sqlstore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

// world makes databases of one engine.
type world struct {
	engine sqlstore.Engine
	// empty returns a new database, as a way to connect to it.
	empty func(t *testing.T) (connect func() *sql.DB)
	// made returns a database with empty tables.
	made func(t *testing.T) *sql.DB
}

// worlds are the engines that the tests run on.
var worlds = []world{
	{sqlstore.SQLite, emptySQLite, madeSQLite},
	{sqlstore.Postgres, emptyPostgres, (&pool{}).made},
}

// onEach runs a test on each engine.
func onEach(t *testing.T, test func(t *testing.T, w world)) {
	t.Helper()
	for _, w := range worlds {
		t.Run(string(w.engine), func(t *testing.T) {
			t.Parallel()
			test(t, w)
		})
	}
}

func emptySQLite(t *testing.T) func() *sql.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "users.db")
	return func() *sql.DB { return openSQLite(t, path) }
}

// openSQLite does not wait for the disk: synchronous is OFF before anything is written, the
// journal mode included.
func openSQLite(t *testing.T, path string) *sql.DB {
	t.Helper()
	name := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "_pragma=busy_timeout(5000)&_pragma=synchronous(OFF)&_pragma=journal_mode(WAL)"}
	return connect(t, "sqlite", name.String())
}

func madeSQLite(t *testing.T) *sql.DB {
	t.Helper()
	db := openSQLite(t, filepath.Join(t.TempDir(), "users.db"))
	makeTables(t, db, sqlstore.SQLite)
	return db
}

var schemas atomic.Int64

// emptyPostgres returns a schema of its own in the one database that all tests share.
func emptyPostgres(t *testing.T) func() *sql.DB {
	t.Helper()
	server := pgtest.URL(t)
	admin := connect(t, "pgx", server)
	schema := fmt.Sprintf("sqlstore_%d_%d", os.Getpid(), schemas.Add(1))
	mustExec(t, admin, `CREATE SCHEMA `+schema)
	if os.Getenv("POSTGRES_URL") != "" { // else the whole server goes
		t.Cleanup(func() {
			admin := connect(t, "pgx", server)
			defer admin.Close()
			_, _ = admin.Exec(`DROP SCHEMA ` + schema + ` CASCADE`)
		})
	}
	_ = admin.Close()
	return func() *sql.DB { return connect(t, "pgx", pgtest.InSchema(server, schema)) }
}

// pool holds databases that are used again, because making tables takes longer than most
// tests.
type pool struct {
	sync.Mutex
	// more are parameters of the connection.
	more string
	free []*sql.DB
}

func (p *pool) made(t *testing.T) *sql.DB {
	t.Helper()
	db := p.take()
	if db == nil {
		server := pgtest.URL(t)
		schema := fmt.Sprintf("sqlstore_%d_%d", os.Getpid(), schemas.Add(1))
		var err error
		if db, err = sql.Open("pgx", pgtest.InSchema(server, schema)+p.more); err != nil {
			t.Fatal(err)
		}
		mustExec(t, db, `CREATE SCHEMA `+schema)
		makeTables(t, db, sqlstore.Postgres)
		pgtest.AtEnd(func() {
			_, _ = db.Exec(`DROP SCHEMA ` + schema + ` CASCADE`)
			_ = db.Close()
		})
	}
	keepConnections(db)
	t.Cleanup(func() {
		for _, table := range []string{"users", "oauth_accounts", "access_tokens", "used_states", "limits", "credentials", "pending", "invitations", "events"} {
			if _, err := db.Exec(`DELETE FROM ` + table); err != nil {
				t.Errorf("empty %s: %v", table, err)
				return
			}
		}
		p.Lock()
		defer p.Unlock()
		p.free = append(p.free, db)
	})
	return db
}

func (p *pool) take() *sql.DB {
	p.Lock()
	defer p.Unlock()
	if len(p.free) == 0 {
		return nil
	}
	db := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	return db
}

func connect(t *testing.T, driver, name string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	keepConnections(db)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// keepConnections sets a limit that a test before may have lowered. Lowering the number of
// open connections lowers that of idle ones for good; without idle ones every statement
// makes a connection, which is a new process of the server.
func keepConnections(db *sql.DB) {
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
}

func mustExec(t *testing.T, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%.60s: %v", strings.TrimSpace(statement), err)
	}
}

// makeTables makes them with [sqlstore.Schema], as an application with migrations of its
// own does.
func makeTables(t *testing.T, db *sql.DB, engine sqlstore.Engine) {
	t.Helper()
	schema, err := sqlstore.Schema(engine)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, "BEGIN;\n"+schema+"COMMIT;")
}

// open returns an empty store whose profile is usertest.Profile.
func (w world) open(t *testing.T) *sqlstore.Store {
	t.Helper()
	return openIn[usertest.Profile](t, w.made(t))
}

func openIn[P any](t *testing.T, db *sql.DB, options ...sqlstore.Option) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), db, append(options, sqlstore.WithProfile[P](), sqlstore.WithLogger(slog.New(slog.DiscardHandler)))...)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}

// store is open for the suites.
func (w world) store(t *testing.T) user.Store { return w.open(t) }
