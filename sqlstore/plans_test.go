package sqlstore_test

import (
	"database/sql"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/sqlstore"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
)

// crowds are 5,000 users, of whom few are anything special, and as many events.
var crowds = map[sqlstore.Engine]string{
	sqlstore.Postgres: `
		INSERT INTO users (id, email, email_key, hashed_password, is_active, is_superuser, is_verified, roles, ban_at, created_at, updated_at)
		SELECT (lpad(to_hex(n), 8, '0') || '-0000-4000-8000-000000000000')::uuid, n::text, n::text, '', n % 100 <> 1, n % 100 = 2, true,
			CASE WHEN n % 100 = 3 THEN '["editor"]'::jsonb ELSE '[]' END, CASE WHEN n % 100 = 4 THEN now() END, now() - n * interval '1 hour', now()
		FROM generate_series(1, 5000) AS n;
		INSERT INTO events (id, at, kind, outcome, user_id, expires_at)
		SELECT n::text, now() - n * interval '1 hour', 'kind' || n % 50, 'ok', 'user' || n % 100, now() + interval '1 day' FROM generate_series(1, 5000) AS n;
		ANALYZE users; ANALYZE events`,
	sqlstore.SQLite: `
		WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000)
		INSERT INTO users (id, email, email_key, hashed_password, is_active, is_superuser, is_verified, roles, ban_at, created_at, updated_at)
		SELECT printf('%08x-0000-4000-8000-000000000000', n), n, n, '', n % 100 <> 1, n % 100 = 2, 1,
			CASE WHEN n % 100 = 3 THEN '["editor"]' ELSE '[]' END, CASE WHEN n % 100 = 4 THEN 1 END, n, n FROM numbers;
		WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000)
		INSERT INTO events (id, at, kind, outcome, user_id, expires_at) SELECT n, n, 'kind' || n % 50, 'ok', 'user' || n % 100, 9000000000000 FROM numbers`,
}

// Each list is one scan of an index that has its order, so that a page costs the same
// however many there are.
func TestPlans(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	now := time.Now()
	users := map[string]listing.Query{
		"users_with_roles":     {Role: "editor"},
		"users_banned":         {Banned: &yes},
		"users_all_superusers": {IsSuperuser: &yes},
		"users_inactive":       {IsActive: &no, IsVerified: &yes},
		"users_created_at":     {Sort: listing.SortNewest, Role: "editor", After: listing.Place{ID: "00000100-0000-4000-8000-000000000000", Created: now}},
		"users_email_key":      {Sort: listing.SortEmail, EmailPrefix: "12"},
	}
	events := map[string]audit.Query{
		"events_user_id": {User: "user7", Since: now.Add(-10_000 * time.Hour)},
		"events_kind":    {Kinds: []user.EventKind{"kind7"}},
		"events_at":      {After: audit.Position{At: now.Add(-time.Hour), ID: "1"}},
	}
	onEach(t, func(t *testing.T, w world) {
		db := w.made(t)
		mustExec(t, db, crowds[w.engine])
		check := func(index, statement string, args []any) {
			plan := planOf(t, db, w.engine, statement, args)
			if !regexp.MustCompile(`\b`+index+`\b`).MatchString(plan) || strings.Contains(plan, "Sort") || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s is not used, or what it returns is sorted:\n%s\n%s", index, statement, plan)
			}
		}
		for index, query := range users {
			query.Now = now
			statement, args := w.engine.UsersBy(query)
			check(index, statement, args)
		}
		for index, query := range events {
			query.Now = now
			statement, args := w.engine.EventsBy(query)
			check(index, statement, args)
		}
	})
}

func planOf(t *testing.T, db *sql.DB, engine sqlstore.Engine, statement string, args []any) string {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	explain := "EXPLAIN QUERY PLAN "
	if engine == sqlstore.Postgres {
		explain = "EXPLAIN "
		// So few rows it would rather sort.
		if _, err := tx.ExecContext(t.Context(), `SET LOCAL enable_bitmapscan = off`); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := tx.QueryContext(t.Context(), explain+statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		columns := []any{&line}
		if engine == sqlstore.SQLite {
			columns = []any{new(int), new(int), new(int), &line}
		}
		if err := rows.Scan(columns...); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(line + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
