package sqlstore_test

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ginauth/ginauth/internal/test/pgtest"
	"github.com/ginauth/ginauth/sqlstore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/listing"
	"github.com/ginauth/ginauth/user/records"
)

var (
	sizesFlag   = flag.String("sizes", "", "numbers of users among which TestSizes looks up, such as 1000,1000000; it skips without them")
	sizesRounds = flag.Int("sizes-rounds", 101, "rounds of TestSizes")
	sizesWarmUp = flag.Int("sizes-warm-up", 100_000, "look-ups of each kind and size before TestSizes measures")
)

// crowd fills a database with n users, each with an account and a token, in no order that
// an index has.
const crowd = `
	INSERT INTO users (id, email, email_key, hashed_password, is_active, is_superuser, is_verified, created_at, updated_at)
	SELECT md5('user ' || n)::uuid, 'knight' || n || '@camelot.bt', 'knight' || n || '@camelot.bt', repeat('x', 97), true, false, true,
		timestamptz '2026-01-01' - n * interval '1 second', now() FROM generate_series(1, %[1]d) AS n;
	INSERT INTO oauth_accounts (id, user_id, provider, account_id, created_at)
	SELECT md5('account ' || n)::uuid, md5('user ' || n)::uuid, 'avalon', n::text, now() FROM generate_series(1, %[1]d) AS n;
	INSERT INTO access_tokens (hash, user_id, backend, token_version, created_at, expires_at, last_seen_at)
	SELECT encode(sha256(('token ' || n)::bytea), 'hex'), md5('user ' || n)::uuid, 'web', 0, now(), now() + interval '1 day', now()
	FROM generate_series(1, %[1]d) AS n`

func crowdID(n int) user.ID {
	return user.ID(uuid.UUID(md5.Sum([]byte("user " + strconv.Itoa(n)))).String())
}

// lookUp is something that is looked up among few or many.
type lookUp struct {
	name string
	do   func(ctx context.Context, s *sqlstore.Store, n int) error
	// statement has the plan of what is looked up.
	statement string
}

var lookUps = []lookUp{
	{"user by id", func(ctx context.Context, s *sqlstore.Store, n int) error {
		_, err := s.ByID(ctx, crowdID(n))
		return err
	}, `SELECT * FROM users WHERE id = md5('user 7')::uuid`},
	{"user by e-mail", func(ctx context.Context, s *sqlstore.Store, n int) error {
		_, err := s.ByEmail(ctx, email.Email{Key: fmt.Sprintf("knight%d@camelot.bt", n)})
		return err
	}, `SELECT * FROM users WHERE email_key = 'knight7@camelot.bt'`},
	{"token", func(ctx context.Context, s *sqlstore.Store, n int) error {
		_, err := s.TokenByHash(ctx, crowdHash(n))
		return err
	}, `SELECT * FROM access_tokens WHERE hash = 'x'`},
	{"token, with its user", func(ctx context.Context, s *sqlstore.Store, n int) error {
		_, u, err := s.TokenWithUser(ctx, crowdHash(n))
		if err == nil && u == nil {
			err = errors.New("there is no user")
		}
		return err
	}, `SELECT * FROM access_tokens t LEFT JOIN users u ON u.id = t.user_id WHERE t.hash = 'x'`},
	{"tokens of a user", func(ctx context.Context, s *sqlstore.Store, n int) error {
		_, err := s.TokensOf(ctx, crowdID(n), records.TokenQuery{Limit: 50})
		return err
	}, `SELECT * FROM access_tokens WHERE user_id = md5('user 7')::uuid ORDER BY created_at, hash LIMIT 50`},
	{"OAuth account", func(ctx context.Context, s *sqlstore.Store, n int) error {
		_, err := s.Account(ctx, "avalon", strconv.Itoa(n))
		return err
	}, `SELECT * FROM oauth_accounts WHERE provider = 'avalon' AND account_id = '7'`},
	{"first page of users", func(ctx context.Context, s *sqlstore.Store, _ int) error {
		_, err := s.List(ctx, user.ListQuery{Limit: 50})
		return err
	}, `SELECT * FROM users WHERE true ORDER BY id LIMIT 51`},
	{"first page of the newest", func(ctx context.Context, s *sqlstore.Store, _ int) error {
		_, err := s.ListUsers(ctx, listing.Query{Limit: 50, Sort: listing.SortNewest, Now: time.Now()})
		return err
	}, `SELECT * FROM users ORDER BY created_at DESC, id DESC LIMIT 51`},
}

func crowdHash(n int) string {
	sum := sha256.Sum256([]byte("token " + strconv.Itoa(n)))
	return hex.EncodeToString(sum[:])
}

// TestSizes measures look-ups among few users and among many on PostgreSQL, in turns, and
// the plans of the server, which has room for all of it in its memory. It is asked for:
//
//	go test -run TestSizes -v -timeout 60m . -args -sizes 1000,10000,100000,1000000
func TestSizes(t *testing.T) {
	if *sizesFlag == "" {
		t.Skip("-sizes asks for it")
	}
	server := os.Getenv("POSTGRES_URL")
	if server == "" {
		own, err := pgtest.Start(append([]string{"shared_buffers=2GB", "max_wal_size=4GB"}, pgtest.Fast...)...)
		if err != nil {
			t.Skip(err)
		}
		t.Cleanup(own.Stop)
		server = own.URL
	}
	var stores []*sqlstore.Store
	var databases []*sql.DB
	var sizes []int
	for text := range strings.SplitSeq(*sizesFlag, ",") {
		size, err := strconv.Atoi(text)
		if err != nil || size < 1 {
			t.Fatalf("-sizes has %q, want a number", text)
		}
		schema := fmt.Sprintf("sizes_%d_%d", os.Getpid(), size)
		admin := connect(t, "pgx", server)
		mustExec(t, admin, `CREATE SCHEMA `+schema)
		t.Cleanup(func() { dropSchema(server, schema) })
		db := connect(t, "pgx", pgtest.InSchema(server, schema))
		stores, databases, sizes = append(stores, openIn[struct{}](t, db)), append(databases, db), append(sizes, size)
		mustExec(t, db, fmt.Sprintf(crowd, size))
		for _, table := range []string{"users", "oauth_accounts", "access_tokens"} {
			mustExec(t, db, `VACUUM ANALYZE `+table)
		}
	}
	for _, l := range lookUps {
		for i, size := range sizes {
			warmUp(t, l, stores[i], size)
		}
		medians := make([][]float64, len(sizes))
		for round := range *sizesRounds {
			for k := range sizes {
				i := (round + k) % len(sizes)
				const times = 50
				began := time.Now()
				for range times {
					if err := l.do(t.Context(), stores[i], 1+rand.IntN(sizes[i])); err != nil {
						t.Fatalf("%s among %d: %v", l.name, sizes[i], err)
					}
				}
				medians[i] = append(medians[i], float64(time.Since(began).Microseconds())/times)
			}
		}
		row := "| " + l.name
		for i := range sizes {
			slices.Sort(medians[i])
			row += fmt.Sprintf(" | %.0f µs", medians[i][len(medians[i])/2])
		}
		last := medians[len(sizes)-1]
		t.Logf("%s | %.2f | %s |", row, last[len(last)/2]/medians[0][len(medians[0])/2], planOfMany(t, databases[len(sizes)-1], l.statement))
	}
}

// warmUp looks up until the connection's process has touched most of what it will read. A
// server maps each page of its shared memory when a process first touches it: among many
// users that is the start of a connection, not what a look-up costs.
func warmUp(t *testing.T, l lookUp, s *sqlstore.Store, size int) {
	t.Helper()
	for range min(size, *sizesWarmUp) {
		if err := l.do(t.Context(), s, 1+rand.IntN(size)); err != nil {
			t.Fatalf("%s among %d: %v", l.name, size, err)
		}
	}
}

// planOfMany is a plan on one line, without costs.
func planOfMany(t *testing.T, db *sql.DB, statement string) string {
	t.Helper()
	lines := column(t, db, `EXPLAIN (COSTS OFF) `+statement)
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimSpace(line), "->  ")
	}
	return strings.Join(lines, "; ")
}
