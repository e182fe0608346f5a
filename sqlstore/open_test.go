package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/sqlstore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/listing"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

// knight returns a user to store.
func knight(s user.Store, key string) *user.User {
	at := time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)
	return &user.User{ID: s.NewID(), Email: key, EmailKey: key, IsActive: true, CreatedAt: at, UpdatedAt: at}
}

func TestOpenMigrates(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		connect := w.empty(t)
		s := openIn[usertest.Profile](t, connect())
		if got := s.Engine(); got != w.engine {
			t.Errorf("Engine: got %s, want %s", got, w.engine)
		}
		u := knight(s, "arthur@camelot.bt")
		if err := s.Create(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		again := openIn[usertest.Profile](t, connect(), sqlstore.WithoutMigrations())
		if _, err := again.ByID(t.Context(), u.ID); err != nil {
			t.Errorf("after it was opened again: %v", err)
		}
		if err := again.Ping(t.Context()); err != nil {
			t.Errorf("Ping: %v", err)
		}
	})
}

// Tables of the first version get what is new, and keep what they have.
func TestOpenUpgrades(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		connect := w.empty(t)
		schema, err := sqlstore.Schema(w.engine)
		if err != nil {
			t.Fatal(err)
		}
		first, _, found := strings.Cut(schema, "\n-- 00002_")
		if !found {
			t.Fatal("the schema has one version")
		}
		db := connect()
		mustExec(t, db, "BEGIN;\n"+first+"\nCOMMIT;")
		if _, err := sqlstore.Open(t.Context(), db, sqlstore.WithoutMigrations()); err == nil || !strings.Contains(err.Error(), "have version 1, want 2") {
			t.Errorf("without migrations: got %v", err)
		}
		mustExec(t, db, `INSERT INTO users (id, email, email_key, hashed_password, is_active, is_superuser, is_verified, created_at, updated_at)
			VALUES ('00000001-0000-4000-8000-000000000000', 'a@b.c', 'a@b.c', '', `+map[sqlstore.Engine]string{
			sqlstore.SQLite: "1, 0, 0, 1, 1)", sqlstore.Postgres: "true, false, false, now(), now())",
		}[w.engine])
		s := openIn[struct{}](t, db)
		page, err := s.ListUsers(t.Context(), listing.Query{Limit: 1})
		if err != nil || len(page.Users) != 1 {
			t.Errorf("after the upgrade: got %d users, %v, want 1", len(page.Users), err)
		}
		if _, _, err := s.Events(t.Context(), audit.Query{Limit: 1}); err != nil {
			t.Errorf("Events: %v", err)
		}
	})
}

func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		connect := w.empty(t)
		const instances = 5
		failed := make(chan error, instances)
		for range instances {
			db := connect()
			go func() {
				_, err := sqlstore.Open(t.Context(), db)
				failed <- err
			}()
		}
		for range instances {
			if err := <-failed; err != nil {
				t.Errorf("Open at once: %v", err)
			}
		}
	})
}

// The schema that is printed and the one that migrations make have the same columns.
func TestSchemaIsThatOfMigrations(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		ask := `SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1`
		if w.engine == sqlstore.SQLite {
			ask = `SELECT m.name || '.' || c.name || ' ' || c.type FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1`
		}
		migrated := w.empty(t)()
		openIn[struct{}](t, migrated)
		got, want := column(t, w.made(t), ask), column(t, migrated, ask)
		if strings.Join(got, "\n") != strings.Join(want, "\n") || len(got) < 50 {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

func column(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var values []string
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		later := w.made(t)
		mustExec(t, later, `INSERT INTO ginauth_schema (version_id, is_applied) VALUES (99, `+map[sqlstore.Engine]string{sqlstore.SQLite: "1", sqlstore.Postgres: "true"}[w.engine]+`)`)
		t.Cleanup(func() { _, _ = later.Exec(`DELETE FROM ginauth_schema WHERE version_id = 99`) })
		foreign := w.empty(t)()
		mustExec(t, foreign, `CREATE TABLE users (id integer PRIMARY KEY)`)
		readOnly := w.made(t)
		readOnly.SetMaxOpenConns(1) // before the statement: it changes the one connection it runs on
		mustExec(t, readOnly, map[sqlstore.Engine]string{
			sqlstore.SQLite: `PRAGMA query_only = 1`, sqlstore.Postgres: `SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY`,
		}[w.engine])
		t.Cleanup(func() {
			_, _ = readOnly.Exec(map[sqlstore.Engine]string{
				sqlstore.SQLite: `PRAGMA query_only = 0`, sqlstore.Postgres: `SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE`,
			}[w.engine])
		})
		for name, test := range map[string]struct {
			db      *sql.DB
			options []sqlstore.Option
			want    string
		}{
			"no database":             {nil, nil, "the database is nil"},
			"later version":           {later, nil, "a later one has migrated them"},
			"tables not made":         {w.empty(t)(), []sqlstore.Option{sqlstore.WithoutMigrations()}, "the tables have version 0"},
			"another's table":         {foreign, nil, "is not of this package"},
			"read-only":               {readOnly, nil, "the database is read-only"},
			"profile of another type": {w.made(t), []sqlstore.Option{sqlstore.WithProfile[int]()}, "is not a struct"},
		} {
			_, err := sqlstore.Open(t.Context(), test.db, append(test.options, sqlstore.WithLogger(slog.New(slog.DiscardHandler)))...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: got %v, want %q", name, err, test.want)
			}
		}
	})
}

// A server that is not there, or does not answer, is reported within 5 seconds.
func TestF01OpenDown(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // which accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for name, address := range map[string]string{"refused": "127.0.0.1:1", "silent": listener.Addr().String()} {
		db := connect(t, "pgx", "postgres://arthur:excalibur@"+address+"/camelot?sslmode=disable")
		started := time.Now()
		_, err := sqlstore.Open(t.Context(), db)
		if took := time.Since(started); err == nil || took > 5*time.Second {
			t.Errorf("%s: got %v after %v", name, err, took)
		}
		if err != nil && strings.Contains(err.Error(), "excalibur") {
			t.Errorf("%s: the error has the password: %v", name, err)
		}
	}
}

// Settings with which SQLite loses or refuses writes are told, and no others.
func TestOpenWarns(t *testing.T) {
	t.Parallel()
	for query, want := range map[string][]string{
		"":                           {"journal_mode", "busy_timeout"},
		"?_pragma=journal_mode(WAL)": {"busy_timeout"},
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(1)": {"synchronous"},
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)":                        nil,
	} {
		var log strings.Builder
		db := connect(t, "sqlite", "file:"+t.TempDir()+"/users.db"+query)
		db.SetMaxOpenConns(1)
		if _, err := sqlstore.Open(t.Context(), db, sqlstore.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(log.String(), "\n"); got != len(want) {
			t.Errorf("%q: got %d warnings, want %d: %s", query, got, len(want), log.String())
		}
		for _, word := range want {
			if !strings.Contains(log.String(), word) {
				t.Errorf("%q: got %s, want %q", query, log.String(), word)
			}
		}
	}
}

func TestSchemaOfNothing(t *testing.T) {
	t.Parallel()
	if _, err := sqlstore.Schema("mysql"); err == nil || errors.Is(err, fs.ErrInvalid) {
		t.Errorf("got %v, want an error that names the engine", err)
	}
}

// A replica answers reads; the error of a write says what is wrong, and is no answer.
func TestReadOnlyServer(t *testing.T) {
	t.Parallel()
	db := emptyPostgres(t)()
	s := openIn[struct{}](t, db)
	db.SetMaxOpenConns(1)
	mustExec(t, db, `SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY`)
	err := s.Create(t.Context(), knight(s, "arthur@camelot.bt"))
	if err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("Create: got %v, want an error that says read-only", err)
	}
	if _, err := s.ByEmail(t.Context(), email.Email{Key: "arthur@camelot.bt"}); !errors.Is(err, user.ErrNotFound) {
		t.Errorf("ByEmail: got %v, want %v", err, user.ErrNotFound)
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("Ping: got no error")
	}
}

func TestTidy(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		s := w.open(t)
		now := time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)
		ctx := context.WithoutCancel(t.Context())
		const many = 2100 // more than two batches
		for i := range many {
			id := strings.Repeat("x", i%7) + time.Duration(i).String()
			if err := s.Use(ctx, id, now.Add(-time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		alive := records.Token{Hash: records.HashToken("alive"), UserID: s.NewID(), CreatedAt: now, LastSeenAt: now, ExpiresAt: now}
		ever := records.Token{Hash: records.HashToken("ever"), UserID: s.NewID(), CreatedAt: now, LastSeenAt: now}
		dead := records.Token{Hash: records.HashToken("dead"), UserID: s.NewID(), CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(-time.Millisecond)}
		for _, token := range []records.Token{alive, ever, dead} {
			if err := s.CreateToken(ctx, token); err != nil {
				t.Fatal(err)
			}
		}
		if removed, err := s.Tidy(ctx, now); err != nil || removed != many+1 {
			t.Errorf("Tidy: got %d, %v, want %d", removed, err, many+1)
		}
		for _, token := range []records.Token{alive, ever} {
			if _, err := s.TokenByHash(ctx, token.Hash); err != nil {
				t.Errorf("a token that has not expired: %v", err)
			}
		}
	})
}
