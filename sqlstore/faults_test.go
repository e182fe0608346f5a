package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/internal/test/pgtest"
	"github.com/ginauth/ginauth/sqlstore"
	"github.com/ginauth/ginauth/user/email"
)

// F04: with one connection requests wait for each other; none needs a second one while it
// has it.
func TestF04PoolOfOne(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		db := w.made(t)
		db.SetMaxOpenConns(1)
		app := serve(t, openIn[struct{}](t, db))
		token := app.member(t, "arthur@camelot.bt")
		var asked sync.WaitGroup
		for n := range 40 {
			asked.Go(func() {
				switch n % 4 {
				case 0:
					app.wants(t, 200, "PATCH", "/users/me", token, `{"email":"arthur@camelot.bt"}`)
				case 1:
					app.wants(t, 400, "POST", "/auth/register", "", registration("arthur@camelot.bt"))
				default:
					app.wants(t, 200, "GET", "/users/me", token, "")
				}
			})
		}
		asked.Wait()
	})
}

// F04: where the one connection is taken, requests give up in their time, and all is well
// when it is free.
func TestF04NoConnectionIsFree(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		db := w.made(t)
		app := serve(t, openIn[struct{}](t, db))
		token := app.member(t, "arthur@camelot.bt")
		db.SetMaxOpenConns(1)
		taken, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, route := range [][2]string{{"GET", "/users/me"}, {"PATCH", "/users/me"}, {"POST", "/auth/logout"}} {
			if got := app.send(t, time.Second, route[0], route[1], token, `{}`); got.status != 503 {
				t.Errorf("%s %s: got %d %s, want 503", route[0], route[1], got.status, got.body)
			}
		}
		if err := taken.Close(); err != nil {
			t.Fatal(err)
		}
		app.wants(t, 200, "GET", "/users/me", token, "")
	})
}

// F02, F03: while another process writes to the file of SQLite, what writes is 503 and what
// reads is answered.
func TestF03SQLiteLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "users.db")
	name := "file:" + filepath.ToSlash(path) + "?_pragma=busy_timeout(500)&_pragma=synchronous(OFF)&_pragma=journal_mode(WAL)"
	app := serve(t, openIn[struct{}](t, connect(t, "sqlite", name)))
	token := app.member(t, "arthur@camelot.bt")
	other, err := openSQLite(t, path).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.ExecContext(t.Context(), `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	app.wants(t, 200, "GET", "/users/me", token, "")
	for _, route := range [][3]string{
		{"POST", "/auth/login", login("arthur@camelot.bt", guinevere)},
		{"POST", "/auth/register", registration("mordred@camelot.bt")},
		{"POST", "/auth/logout", ""},
	} {
		if got := app.send(t, 0, route[0], route[1], token, route[2]); got.status != 503 {
			t.Errorf("%s %s: got %d %s, want 503", route[0], route[1], got.status, got.body)
		}
	}
	if _, err := other.ExecContext(context.WithoutCancel(t.Context()), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	app.wants(t, 201, "POST", "/auth/register", "", registration("mordred@camelot.bt"))
	app.wants(t, 200, "GET", "/users/me", token, "")
	app.logIn(t, "arthur@camelot.bt", guinevere)
}

// F13: a database that refuses writes. What needs one is 503; who is logged in stays so.
func TestF13WritesFail(t *testing.T) {
	t.Parallel()
	statements := map[sqlstore.Engine][2]string{
		sqlstore.SQLite:   {`PRAGMA query_only = 1`, `PRAGMA query_only = 0`},
		sqlstore.Postgres: {`SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY`, `SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE`},
	}
	onEach(t, func(t *testing.T, w world) {
		db := w.made(t)
		db.SetMaxOpenConns(1)
		app := serve(t, openIn[struct{}](t, db))
		token := app.member(t, "arthur@camelot.bt")
		mustExec(t, db, statements[w.engine][0])
		t.Cleanup(func() { _, _ = db.Exec(statements[w.engine][1]) })
		app.wants(t, 200, "GET", "/users/me", token, "")
		app.wants(t, 503, "POST", "/auth/login", "", login("arthur@camelot.bt", guinevere))
		app.wants(t, 400, "POST", "/auth/login", "", login("arthur@camelot.bt", viviane))
		app.wants(t, 503, "POST", "/auth/register", "", registration("mordred@camelot.bt"))
		app.wants(t, 503, "PATCH", "/users/me", token, `{"email":"king@camelot.bt"}`)
		app.wants(t, 503, "POST", "/auth/logout", token, "")
		app.wants(t, 200, "GET", "/users/me", token, "")
		mustExec(t, db, statements[w.engine][1])
		app.wants(t, 200, "POST", "/auth/logout", token, "")
		app.wants(t, 401, "GET", "/users/me", token, "")
	})
}

// F06, F08: the server is killed twice while many register. What was acknowledged is there,
// and the application goes on by itself.
func TestF06ServerKilled(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Start("fsync=off") // the machine goes on
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(server.Stop)
	s := openIn[struct{}](t, connect(t, "pgx", server.URL))
	const clients, kills = 4, 2
	acknowledged := make(chan string, 1<<16)
	enough := make(chan struct{})
	var registering sync.WaitGroup
	for client := range clients {
		registering.Go(func() {
			for n := 0; ; n++ {
				key := fmt.Sprintf("%d.%d@camelot.bt", client, n)
				if s.Create(context.Background(), knight(s, key)) == nil {
					acknowledged <- key
				}
				select {
				case <-enough:
					return
				default:
				}
			}
		})
	}
	var keys []string
	wait := func(n int) {
		for range n {
			keys = append(keys, <-acknowledged)
		}
	}
	for range kills {
		wait(100)
		server.Kill()
		if err := server.Resume(); err != nil {
			t.Error(err)
			break
		}
	}
	wait(100)
	close(enough)
	registering.Wait()
	close(acknowledged)
	for key := range acknowledged {
		keys = append(keys, key)
	}
	for _, key := range keys {
		if _, err := s.ByEmail(t.Context(), email.Email{Key: key}); err != nil {
			t.Errorf("%s was acknowledged: %v", key, err)
		}
	}
}

// F08: settings with which the server loses what was acknowledged are told.
func TestF08OpenWarnsOfServer(t *testing.T) {
	t.Parallel()
	server := pgtest.URL(t)
	for setting, want := range map[string]string{"off": "synchronous_commit", "on": ""} {
		var log strings.Builder
		schema := fmt.Sprint("warned_", setting)
		admin := connect(t, "pgx", server)
		mustExec(t, admin, `DROP SCHEMA IF EXISTS `+schema+` CASCADE; CREATE SCHEMA `+schema)
		t.Cleanup(func() { dropSchema(server, schema) })
		db := connect(t, "pgx", pgtest.InSchema(server, schema)+"&synchronous_commit="+setting)
		if _, err := sqlstore.Open(t.Context(), db, sqlstore.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))); err != nil {
			t.Fatal(err)
		}
		if got := log.String(); strings.Contains(got, "synchronous_commit") != (want != "") {
			t.Errorf("synchronous_commit %s: got the log %q", setting, got)
		}
	}
}

func dropSchema(server, schema string) {
	admin, err := sql.Open("pgx", server)
	if err != nil {
		return
	}
	defer admin.Close()
	_, _ = admin.Exec(`DROP SCHEMA ` + schema + ` CASCADE`)
}
