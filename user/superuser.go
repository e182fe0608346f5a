package user

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/ginauth/ginauth/user/secrets"
)

// EnsureSuperuser makes sure that an active, verified superuser with that address exists.
// It creates one, or takes over the account that has the address. An existing superuser
// becomes active and verified, and keeps the password. Any other account with the address
// may be a stranger's: it gets the given password (none for an empty one), and its former
// owner loses every way in, the tokens and the accounts at providers, which is logged. It
// may run in several instances at once.
func (m *Manager) EnsureSuperuser(ctx context.Context, email string, password secrets.Secret) (*User, error) {
	for {
		u, err := m.ensureSuperuser(ctx, email, password)
		if errors.Is(err, errRaced) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("user: ensure superuser: %w", err)
		}
		return u, nil
	}
}

// ensureSuperuser is one attempt. It returns errRaced where another one came first.
func (m *Manager) ensureSuperuser(ctx context.Context, email string, password secrets.Secret) (*User, error) {
	existing, err := m.ByEmail(ctx, email)
	yes := true
	switch {
	case errors.Is(err, ErrDamaged):
		return nil, err
	case errors.Is(err, ErrNotFound):
		u, err := m.Create(ctx, Registration{Email: email, Password: password, IsSuperuser: true, IsVerified: true})
		if errors.Is(err, ErrExists) {
			err = m.raced(ctx, email, err)
		}
		return u, err
	case err != nil:
		return nil, err
	case existing.IsSuperuser:
		return m.Update(ctx, existing, Changes{IsActive: &yes, IsVerified: &yes})
	}
	return m.takeOver(ctx, existing, password)
}

// raced returns errRaced if the address, which is taken, can be found by now.
func (m *Manager) raced(ctx context.Context, email string, taken error) error {
	_, err := m.ByEmail(ctx, email)
	switch {
	case errors.Is(err, ErrNotFound):
		return taken
	case err != nil:
		return err
	}
	return errRaced
}

// takeOver makes u a superuser and ends the access of its former owner.
func (m *Manager) takeOver(ctx context.Context, u *User, password secrets.Secret) (*User, error) {
	hash := ""
	if password != "" {
		if err := m.checkPassword(ctx, password, owning(u)); err != nil {
			return nil, err
		}
		var err error
		if hash, err = m.hasher.Hash(ctx, string(password)); err != nil {
			return nil, err
		}
	}
	yes := true
	c := Changes{IsActive: &yes, IsSuperuser: &yes, IsVerified: &yes}
	update, changed := m.difference(u, c, nil)
	update.IsActive, update.IsSuperuser, update.IsVerified = &yes, &yes, &yes
	update.HashedPassword = &hash
	update.If = Conditions{EmailKey: &u.EmailKey, TokenVersion: &u.TokenVersion}
	after, err := m.changeOwner(ctx, u, update)
	if errors.Is(err, ErrNotFound) && !errors.Is(err, ErrDamaged) {
		return nil, errRaced
	}
	if err != nil {
		return nil, err
	}
	m.deleteLost(ctx, after)
	m.limits.ForgetLogins(ctx, after.EmailKey)
	m.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: an account that was no superuser was taken over for one: its password, tokens and oauth accounts were dropped",
		slog.String("user", string(after.ID)))
	m.afterUpdate(ctx, after, append([]string{"password"}, changed...))
	return after, nil
}
