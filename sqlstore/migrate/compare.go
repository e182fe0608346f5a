package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// compare reports what the target lacks or has differently. It returns [ErrLost] where
// something is missing that nothing keeps out.
func (r *run) compare(ctx context.Context) error {
	err := r.each(ctx, "compare users", r.Users, "id", func(batch []*record) error {
		for _, row := range batch {
			if p, err := r.sound(row); err == nil {
				if err := r.compareUser(ctx, p); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil && r.source.accounts {
		err = r.each(ctx, "compare accounts", r.Accounts, "id", func(batch []*record) error {
			for _, row := range batch {
				if a, ok := r.soundAccount(row); ok {
					if err := r.compareAccount(ctx, a); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	if err == nil && r.report.Missing > 0 {
		err = ErrLost
	}
	return err
}

func (r *run) compareUser(ctx context.Context, p person) error {
	var there person
	err := r.To.QueryRowContext(ctx, `SELECT email, hashed_password, is_active, is_superuser, is_verified FROM users WHERE id = $1`, p.id).
		Scan(&there.email, &there.hash, &there.active, &there.superuser, &there.verified)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return r.absent(ctx, r.Users, p.source, `SELECT 1 FROM users WHERE email_key = $1`, p.key)
	case err != nil:
		return fmt.Errorf("migrate: compare users: %w", err)
	}
	if there != (person{email: p.email, hash: p.hash, active: p.active, superuser: p.superuser, verified: p.verified}) {
		r.report.Differing++
		r.problem(Differs, r.Users, "the target has this user otherwise", p.source)
	}
	return nil
}

func (r *run) compareAccount(ctx context.Context, a account) error {
	var owner, provider, accountID string
	err := r.To.QueryRowContext(ctx, `SELECT user_id, provider, account_id FROM oauth_accounts WHERE id = $1`, a.id).Scan(&owner, &provider, &accountID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		var one int
		if r.To.QueryRowContext(ctx, `SELECT 1 FROM users WHERE id = $1`, a.owner).Scan(&one) != nil {
			return nil // it stays behind with its user, who is reported
		}
		return r.absent(ctx, r.Accounts, a.source, `SELECT 1 FROM oauth_accounts WHERE provider = $1 AND account_id = $2`, a.provider, a.accountID)
	case err != nil:
		return fmt.Errorf("migrate: compare accounts: %w", err)
	}
	if owner != a.owner || provider != a.provider || accountID != a.accountID {
		r.report.Differing++
		r.problem(Differs, r.Accounts, "the target has this account otherwise", a.source)
	}
	return nil
}

// absent reports a row that the target has not: because of another one that held finds, or
// because it was lost.
func (r *run) absent(ctx context.Context, table, id, held string, args ...any) error {
	var one int
	err := r.To.QueryRowContext(ctx, held, args...).Scan(&one)
	switch {
	case err == nil:
		r.report.Taken++
		r.problem(Taken, table, "another row of the target has its identity", id)
	case errors.Is(err, sql.ErrNoRows):
		r.report.Missing++
		r.problem(Lost, table, "is not in the target", id)
	default:
		return fmt.Errorf("migrate: compare %s: %w", table, err)
	}
	return nil
}
