package migrate_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/ginauth/ginauth/internal/test/pgtest"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/sqlstore"
	"github.com/ginauth/ginauth/sqlstore/migrate"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

// What SQLAlchemy makes of the classes of FastAPI Users, by the engine and the kind of IDs:
// the types of an ID, of a time, and of JSON.
var columnTypes = map[sqlstore.Engine]map[string][3]string{
	sqlstore.SQLite:   {"uuid": {"CHAR(36)", "TIMESTAMP", "JSON"}, "integer": {"INTEGER", "TIMESTAMP", "JSON"}},
	sqlstore.Postgres: {"uuid": {"UUID", "TIMESTAMP WITH TIME ZONE", "JSON"}, "integer": {"SERIAL", "TIMESTAMP WITH TIME ZONE", "JSON"}},
}

func tables(engine sqlstore.Engine, ids string) string {
	t := columnTypes[engine][ids]
	owner := strings.Replace(t[0], "SERIAL", "INTEGER", 1)
	return fmt.Sprintf(`
CREATE TABLE "user" (first_name VARCHAR(80), settings %[3]s, id %[1]s NOT NULL, email VARCHAR(320) NOT NULL, hashed_password VARCHAR(1024) NOT NULL,
	is_active BOOLEAN, is_superuser BOOLEAN NOT NULL, is_verified BOOLEAN NOT NULL, PRIMARY KEY (id));
CREATE UNIQUE INDEX ix_user_email ON "user" (email);
CREATE TABLE oauth_account (id %[1]s NOT NULL, user_id %[4]s NOT NULL, oauth_name VARCHAR(100) NOT NULL, access_token VARCHAR(1024) NOT NULL,
	expires_at INTEGER, refresh_token VARCHAR(1024), account_id VARCHAR(320) NOT NULL, account_email VARCHAR(320) NOT NULL, PRIMARY KEY (id));
CREATE TABLE accesstoken (user_id %[4]s NOT NULL, token VARCHAR(43) NOT NULL, created_at %[2]s NOT NULL, PRIMARY KEY (token))`, t[0], t[1], t[2], owner)
}

// profile are the application's own columns.
type profile struct {
	FirstName *string `json:"first_name"`
	Settings  struct {
		Colours []string `json:"colours"`
	} `json:"settings"`
}

// guinevere is what FastAPI Users has made of that password.
const guinevere = "$argon2id$v=19$m=65536,t=3,p=4$LCK9aXbosWETL/tiOnO6QQ$3KXEUCumZglV9Pq/GbzqcKnYbRAVOxOIa/+ENJNWx0U"

var now = time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC)

var schemas atomic.Int64

// empty returns a database without tables.
func empty(t *testing.T, engine sqlstore.Engine) *sql.DB {
	t.Helper()
	driver, name := "sqlite", "file:"+filepath.ToSlash(t.TempDir())+"/app.db?_pragma=busy_timeout(5000)&_pragma=synchronous(OFF)&_pragma=journal_mode(WAL)"
	if engine == sqlstore.Postgres {
		server := pgtest.URL(t)
		schema := fmt.Sprintf("migrate_%d_%d", os.Getpid(), schemas.Add(1))
		admin, err := sql.Open("pgx", server)
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, admin, `CREATE SCHEMA `+schema)
		pgtest.AtEnd(func() {
			_, _ = admin.Exec(`DROP SCHEMA ` + schema + ` CASCADE`)
			_ = admin.Close()
		})
		driver, name = "pgx", pgtest.InSchema(server, schema)
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(context.WithoutCancel(t.Context()), statement, args...); err != nil {
		t.Fatalf("%.60s: %v", strings.TrimSpace(statement), err)
	}
}

// idOf is the n-th ID of the source, and identityOf what it is in the target.
func idOf(ids string, n int) any {
	if ids == "integer" {
		return n
	}
	return fmt.Sprintf("%08x-0000-4000-9000-00000000000a", n)
}

func identityOf(ids string, n int) user.ID {
	if ids == "integer" {
		return user.ID(fmt.Sprintf("00000000-0000-4000-8000-%012x", n))
	}
	return user.ID(idOf(ids, n).(string))
}

// add adds a user with an account and a token.
func add(t *testing.T, db *sql.DB, engine sqlstore.Engine, ids string, n int, email string) {
	t.Helper()
	id := idOf(ids, n)
	mustExec(t, db, `INSERT INTO "user" (first_name, settings, id, email, hashed_password, is_active, is_superuser, is_verified) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		fmt.Sprint("Knight ", n), `{"colours": ["red", "gold"]}`, id, email, guinevere, true, n == 1, false)
	mustExec(t, db, `INSERT INTO oauth_account (id, user_id, oauth_name, access_token, expires_at, account_id, account_email) VALUES ($1, $2, 'avalon', 'secret', 1800000000, $3, $4)`,
		id, id, fmt.Sprint("account ", n), email)
	var created any = now.Add(-time.Minute)
	if engine == sqlstore.SQLite {
		created = now.Add(-time.Minute).Format("2006-01-02 15:04:05.000000") // as SQLAlchemy writes it
	}
	mustExec(t, db, `INSERT INTO accesstoken (user_id, token, created_at) VALUES ($1, $2, $3)`, id, fmt.Sprint("token ", n), created)
}

func source(t *testing.T, engine sqlstore.Engine, ids string, users int) *sql.DB {
	t.Helper()
	db := empty(t, engine)
	mustExec(t, db, tables(engine, ids))
	for n := 1; n <= users; n++ {
		add(t, db, engine, ids, n, fmt.Sprintf("Knight.%d@Camelot.bt", n))
	}
	return db
}

func config(from, to *sql.DB) migrate.Config {
	return migrate.Config{From: from, To: to, Backend: "cookie", Lifetime: time.Hour, Batch: 3, Now: func() time.Time { return now }}
}

// Users, accounts and tokens get from each engine to each, and into the same database.
func TestRun(t *testing.T) {
	t.Parallel()
	for _, from := range []sqlstore.Engine{sqlstore.SQLite, sqlstore.Postgres} {
		for _, to := range []sqlstore.Engine{sqlstore.SQLite, sqlstore.Postgres, "the same"} {
			for _, ids := range []string{"uuid", "integer"} {
				t.Run(fmt.Sprint(from, " to ", to, " ", ids), func(t *testing.T) {
					t.Parallel()
					old := source(t, from, ids, 8)
					target := old
					if to != "the same" {
						target = empty(t, to)
					}
					c := config(old, target)
					report, err := migrate.Check(t.Context(), c)
					if err != nil || report.Users != 8 || report.Accounts != 8 || report.DamagedUsers+report.CollidingUsers+report.DamagedTokens != 0 {
						t.Fatalf("Check: got %+v, %v", report, err)
					}
					if _, err := target.Exec(`SELECT 1 FROM users`); err == nil {
						t.Error("the dry run has made tables")
					}
					c.Problem = func(p migrate.Problem) { t.Errorf("got the problem %v", p) }
					if report, err = migrate.Run(t.Context(), c); err != nil || report.Copied != 24 || report.Missing+report.Differing+report.Taken != 0 {
						t.Fatalf("Run: got %+v, %v", report, err)
					}
					check(t, target, ids, 8)
					if report, err = migrate.Run(t.Context(), c); err != nil || report.Copied != 0 || report.There != 24 {
						t.Errorf("Run again: got %+v, %v", report, err)
					}
				})
			}
		}
	}
}

// check opens a store over the target and looks for everything in it.
func check(t *testing.T, target *sql.DB, ids string, users int) {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), target, sqlstore.WithProfile[profile]())
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= users; n++ {
		id, address := identityOf(ids, n), fmt.Sprintf("Knight.%d@Camelot.bt", n)
		u, err := s.ByEmail(t.Context(), email.Email{Key: strings.ToLower(address)})
		if err != nil {
			t.Fatal(err)
		}
		p := user.ProfileOf[profile](u)
		if u.ID != id || u.Email != address || u.HashedPassword != guinevere || !u.IsActive || u.IsSuperuser != (n == 1) || u.IsVerified ||
			p.FirstName == nil || *p.FirstName != fmt.Sprint("Knight ", n) || strings.Join(p.Settings.Colours, " ") != "red gold" {
			t.Errorf("got %+v, %+v", u, p)
		}
		accounts, err := s.AccountsOf(t.Context(), id)
		if err != nil || len(accounts) != 1 || accounts[0].AccountID != fmt.Sprint("account ", n) || accounts[0].Provider != "avalon" || accounts[0].AccessToken != "" {
			t.Errorf("accounts: got %+v, %v", accounts, err)
		}
		token, owner, err := s.TokenWithUser(t.Context(), records.HashToken(fmt.Sprint("token ", n)))
		if err != nil || owner == nil || owner.ID != id || token.Backend != "cookie" || !token.ExpiresAt.Equal(now.Add(59*time.Minute)) {
			t.Errorf("token: got %+v, %v", token, err)
		}
	}
}

// The hash that all these users have, before and after, is one that a login reads.
func TestHashIsRead(t *testing.T) {
	t.Parallel()
	hasher, err := password.New(password.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, err := hasher.Verify(t.Context(), guinevere, "guinevere"); err != nil || !ok {
		t.Errorf("got %v, %v", ok, err)
	}
}

// What cannot be taken over is listed by its ID, and nothing is copied but with LeaveBehind.
func TestRunReports(t *testing.T) {
	t.Parallel()
	for _, engine := range []sqlstore.Engine{sqlstore.SQLite, sqlstore.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			old, target := source(t, engine, "integer", 4), empty(t, engine)
			add(t, old, engine, "integer", 5, "knight.4@camelot.bt")
			add(t, old, engine, "integer", 6, "no address")
			add(t, old, engine, "integer", 7, "null@camelot.bt")
			mustExec(t, old, `UPDATE "user" SET is_active = NULL WHERE id = 7`)
			mustExec(t, old, `UPDATE oauth_account SET account_id = 'account 1' WHERE id = 2`)
			mustExec(t, old, `UPDATE "user" SET hashed_password = 'plain' WHERE id = 3`)
			var listed []string
			c := config(old, target)
			c.Problem = func(p migrate.Problem) { listed = append(listed, p.String()) }
			if _, err := migrate.Run(t.Context(), c); !errors.Is(err, migrate.ErrProblems) {
				t.Errorf("Run: got %v, want %v", err, migrate.ErrProblems)
			}
			text := strings.Join(listed, "\n")
			for _, want := range []string{
				"damaged: user: 6: email is no address", "damaged: user: 7: is_active is NULL or missing",
				"collision: user: 4, 5: have one e-mail address", "collision: oauth_account: 1, 2: are one account",
				"unknown hash: user: 3: ",
			} {
				if !strings.Contains(text, want) {
					t.Errorf("got\n%s\nwant %q", text, want)
				}
			}
			if strings.Contains(text, "camelot") || strings.Contains(text, "plain") {
				t.Errorf("a value is listed:\n%s", text)
			}
			c.LeaveBehind = true
			report, err := migrate.Run(t.Context(), c)
			if err != nil || report.Copied != 3+1+3 { // users 1 to 3, the account of 3, and their tokens
				t.Errorf("Run with LeaveBehind: got %+v, %v", report, err)
			}
		})
	}
}

// A run that was ended after any batch is continued by the next one.
func TestRunIsContinued(t *testing.T) {
	t.Parallel()
	old, target := source(t, sqlstore.SQLite, "uuid", 10), empty(t, sqlstore.SQLite)
	for stop := 1; ; stop++ {
		ctx, cancel := context.WithCancel(t.Context())
		batches := 0
		c := config(old, target)
		c.Progress = func(p migrate.Progress) {
			if strings.HasPrefix(p.Step, "copy") {
				if batches++; batches == stop {
					cancel()
				}
			}
		}
		_, err := migrate.Run(ctx, c)
		cancel()
		if err == nil {
			if stop < 5 {
				t.Errorf("only %d batches were copied", stop)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped after %d batches: %v", stop, err)
		}
	}
	check(t, target, "uuid", 10)
}

// What was deleted in a target that is in use does not come back.
func TestRunRefusesTargetInUse(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(t *testing.T, s *sqlstore.Store) error{
		"a user was deleted": func(t *testing.T, s *sqlstore.Store) error {
			return s.Delete(t.Context(), identityOf("uuid", 2), user.DeleteOptions{})
		},
		"a token was ended": func(t *testing.T, s *sqlstore.Store) error {
			return s.DeleteToken(t.Context(), records.HashToken("token 2"))
		},
		"a user registered": func(t *testing.T, s *sqlstore.Store) error {
			return s.Create(t.Context(), &user.User{ID: user.ID(uuid.NewString()), Email: "new@camelot.bt", EmailKey: "new@camelot.bt", CreatedAt: now.Add(time.Second), UpdatedAt: now.Add(time.Second)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old, target := source(t, sqlstore.SQLite, "uuid", 4), empty(t, sqlstore.SQLite)
			if _, err := migrate.Run(t.Context(), config(old, target)); err != nil {
				t.Fatal(err)
			}
			s, err := sqlstore.Open(t.Context(), target)
			if err != nil {
				t.Fatal(err)
			}
			if err := use(t, s); err != nil {
				t.Fatal(err)
			}
			c := config(old, target)
			if _, err := migrate.Run(t.Context(), c); !errors.Is(err, migrate.ErrInUse) {
				t.Errorf("Run: got %v, want %v", err, migrate.ErrInUse)
			}
			c.ReviveDeleted = true
			if _, err := migrate.Run(t.Context(), c); err != nil {
				t.Errorf("Run with ReviveDeleted: %v", err)
			}
		})
	}
}

// What the target has already is never written over, and what it has otherwise is told.
func TestCompare(t *testing.T) {
	t.Parallel()
	old, target := source(t, sqlstore.SQLite, "uuid", 4), empty(t, sqlstore.SQLite)
	if _, err := migrate.Run(t.Context(), config(old, target)); err != nil {
		t.Fatal(err)
	}
	mustExec(t, target, `UPDATE users SET is_verified = 1 WHERE email_key = 'knight.1@camelot.bt'`)
	mustExec(t, target, `UPDATE users SET id = '99999999-0000-4000-8000-000000000000' WHERE email_key = 'knight.2@camelot.bt'`)
	mustExec(t, target, `DELETE FROM users WHERE email_key = 'knight.3@camelot.bt'`)
	report, err := migrate.Compare(t.Context(), config(old, target))
	if !errors.Is(err, migrate.ErrLost) || report.Differing != 1 || report.Taken != 1 || report.Missing != 1 {
		t.Errorf("Compare: got %+v, %v", report, err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	_, err := migrate.Check(t.Context(), migrate.Config{Backend: "cookie", Batch: -1})
	for _, want := range []string{"Config.From is missing", "Config.Lifetime is missing", "Config.Batch is negative"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := migrate.Check(t.Context(), migrate.Config{From: source(t, sqlstore.SQLite, "uuid", 0)}); err == nil || !strings.Contains(err.Error(), "has no rows") {
		t.Errorf("an empty source: got %v", err)
	}
	if _, err := migrate.Check(t.Context(), migrate.Config{From: empty(t, sqlstore.SQLite)}); err == nil || !strings.Contains(err.Error(), "table user") {
		t.Errorf("no source: got %v", err)
	}
}
