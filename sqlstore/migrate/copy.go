package migrate

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ginauth/ginauth/sqlstore"
)

const insertUser = `INSERT INTO users (id, email, email_key, hashed_password, is_active, is_superuser, is_verified, created_at, updated_at, profile)` +
	` VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`

// insertAccount leaves an account whose user was not copied behind with the user.
func (r *run) insertAccount() string {
	return `INSERT INTO oauth_accounts (id, user_id, provider, account_id, account_email, access_token, refresh_token, expires_at, created_at, updated_at)` +
		` SELECT ` + r.places("uuid", "", "text", "text", "text", "text", "text", "bigint") + `, created_at, created_at FROM users WHERE id = $2 ON CONFLICT DO NOTHING`
}

func (r *run) insertToken() string {
	return `INSERT INTO access_tokens (hash, user_id, backend, created_at, last_seen_at, expires_at, token_version)` +
		` SELECT ` + r.places("text", "", "text", "timestamptz", "timestamptz", "timestamptz") + `, 0 FROM users WHERE id = $2 ON CONFLICT DO NOTHING`
}

// places returns the places of values, with the types that PostgreSQL cannot know in a
// SELECT. In place of the second one, which has none, there is the user's ID.
func (r *run) places(types ...string) string {
	places := make([]string, len(types))
	for i, name := range types {
		places[i] = "$" + strconv.Itoa(i+1)
		switch {
		case name == "":
			places[i] = "id"
		case r.target == sqlstore.Postgres:
			places[i] += "::" + name
		}
	}
	return strings.Join(places, ", ")
}

// at returns a time as the target stores it.
func (r *run) at(t time.Time) any {
	if r.target == sqlstore.SQLite {
		return t.UnixMilli()
	}
	return t
}

// put executes a statement for each of the rows of a batch, in one transaction.
func (r *run) put(ctx context.Context, step, statement string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	failed := func(err error) error { return fmt.Errorf("migrate: %s: %w", step, err) }
	tx, err := r.To.BeginTx(ctx, &sql.TxOptions{})
	if err != nil {
		return failed(err)
	}
	defer tx.Rollback() // which does nothing after a commit
	prepared, err := tx.PrepareContext(ctx, statement)
	if err != nil {
		return failed(err)
	}
	defer prepared.Close()
	copied := int64(0)
	for _, args := range rows {
		result, err := prepared.ExecContext(ctx, args...)
		if err != nil {
			return failed(err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return failed(err)
		}
		copied += n
	}
	if err := tx.Commit(); err != nil {
		return failed(err)
	}
	r.report.Copied += copied
	r.report.There += int64(len(rows)) - copied
	return nil
}

func (r *run) copyUsers(ctx context.Context) error {
	return r.each(ctx, "copy users", r.Users, "id", func(batch []*record) error {
		var rows [][]any
		for _, row := range batch {
			if p, err := r.sound(row); err == nil {
				rows = append(rows, []any{p.id, p.email, p.key, p.hash, p.active, p.superuser, p.verified, r.at(p.created), r.at(p.updated), p.profile})
			}
		}
		return r.put(ctx, "copy users", insertUser, rows)
	})
}

func (r *run) copyAccounts(ctx context.Context) error {
	if !r.source.accounts {
		return nil
	}
	return r.each(ctx, "copy accounts", r.Accounts, "id", func(batch []*record) error {
		var rows [][]any
		for _, row := range batch {
			if a, ok := r.soundAccount(row); ok {
				rows = append(rows, []any{a.id, a.owner, a.provider, a.accountID, a.email, a.accessToken, a.refreshToken, a.expires})
			}
		}
		return r.put(ctx, "copy accounts", r.insertAccount(), rows)
	})
}

// soundAccount returns an account that can be copied.
func (r *run) soundAccount(row *record) (account, bool) {
	a, err := r.account(row)
	return a, err == nil && !r.behind[r.Accounts+" "+a.source] && !r.behind[r.Users+" "+a.ownerOld]
}

func (r *run) copyTokens(ctx context.Context) error {
	if r.Backend == "" {
		return nil
	}
	return r.each(ctx, "copy tokens", r.AccessTokens, "token", func(batch []*record) error {
		var rows [][]any
		for _, row := range batch {
			if t, err := r.token(row); err == nil && r.Now().Before(t.until) && !r.behind[r.Users+" "+t.spelled] {
				rows = append(rows, []any{t.hash, t.owner, r.Backend, r.at(t.created), r.at(t.created), r.at(t.until)})
			}
		}
		return r.put(ctx, "copy tokens", r.insertToken(), rows)
	})
}
