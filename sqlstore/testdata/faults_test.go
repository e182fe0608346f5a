package faults

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/ginauth/ginauth/internal/test/pgtest"
	"github.com/ginauth/ginauth/sqlstore"
)

// FAULTS_ON chooses the engine: sqlite or postgres.
func init() {
	database.name, database.open = "SQLite", openSQLite
	if os.Getenv("FAULTS_ON") == "postgres" {
		database.name, database.open = "PostgreSQL", openPostgres
	}
}

func openSQLite(t testing.TB) fullStore {
	name := url.URL{Scheme: "file", OmitHost: true, Path: filepath.Join(t.TempDir(), "users.db"), RawQuery: "_pragma=busy_timeout(5000)&_pragma=synchronous(OFF)&_pragma=journal_mode(WAL)"}
	return openSQL(t, "sqlite", name.String())
}

var schemas atomic.Int64

func openPostgres(t testing.TB) fullStore {
	server := pgtest.URL(t)
	schema := fmt.Sprint("faults_", schemas.Add(1))
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.Exec(`DROP SCHEMA IF EXISTS ` + schema + ` CASCADE; CREATE SCHEMA ` + schema); err != nil {
		t.Fatal(err)
	}
	return openSQL(t, "pgx", pgtest.InSchema(server, schema))
}

func openSQL(t testing.TB, driver, name string) fullStore {
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	t.Cleanup(func() { _ = db.Close() })
	engine := sqlstore.Postgres
	if driver == "sqlite" {
		engine = sqlstore.SQLite
	}
	schema, err := sqlstore.Schema(engine)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(schema); err != nil {
		t.Fatal(err)
	}
	store, err := sqlstore.Open(t.Context(), db, sqlstore.WithProfile[Profile]())
	if err != nil {
		t.Fatal(err)
	}
	return store
}
