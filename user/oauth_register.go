package user

import (
	"context"
	"errors"
	"log/slog"
)

// register makes a new user for the account. The account comes first, for a user
// who does not exist yet: whoever finds it there, now or after a process was
// killed, creates the very user it names.
func (s *signIn) register(ctx context.Context, email Email) (u *User, created bool, err error) {
	r, err := s.m.beforeRegister(ctx, Registration{Email: s.Email, IsVerified: s.policy.IsVerifiedByDefault})
	if err != nil {
		return nil, false, err
	}
	u = s.m.newUser(r, email)
	reserved, err := s.m.reserveOAuth(ctx, s.entry(s.m.accounts.NewAccountID(), u.ID))
	if err != nil {
		return nil, false, err
	}
	if reserved.UserID != u.ID {
		u.ID = reserved.UserID
		if there, err := s.m.exists(ctx, u.ID); err != nil {
			return nil, false, err
		} else if there {
			return nil, false, errRaced
		}
	}
	if err := s.m.createFor(ctx, u); err != nil {
		return nil, false, err
	}
	return s.confirm(ctx, u)
}

// createFor stores u for a reserved account. It returns errRaced when u, or another
// user with the address, is there already.
func (m *Manager) createFor(ctx context.Context, u *User) error {
	err := m.insert(ctx, u)
	if err == nil {
		return nil
	}
	if errors.Is(err, ErrExists) {
		m.dropReservation(ctx, u.ID)
		return errRaced
	}
	if there, existsErr := m.exists(ctx, u.ID); existsErr == nil && there {
		return errRaced
	}
	return err
}

// confirm makes sure that the account is u's, and brings it up to date where u
// completes what another sign-in began. Somebody who linked the account to an
// existing user in the meantime has won: u must not stay, for it has no way in.
func (s *signIn) confirm(ctx context.Context, u *User) (_ *User, created bool, err error) {
	err = s.m.linkOAuth(ctx, s.entry(s.m.accounts.NewAccountID(), u.ID))
	if !errors.Is(err, ErrLinked) {
		return u, true, err
	}
	if err := storeDo(ctx, func(ctx context.Context) error { return s.m.store.Delete(ctx, u.ID, DeleteOptions{}) }); err != nil {
		return nil, false, err
	}
	return nil, false, errRaced
}

// exists reports whether there is a user of that ID, damaged or not.
func (m *Manager) exists(ctx context.Context, id ID) (bool, error) {
	_, err := m.ByID(ctx, id)
	switch {
	case errors.Is(err, ErrDamaged):
		return true, nil
	case errors.Is(err, ErrNotFound):
		return false, nil
	}
	return err == nil, err
}

// dropReservation removes the account of a user who could not be created. It
// counts as absent anyway; this is tidying up.
func (m *Manager) dropReservation(ctx context.Context, id ID) {
	there, err := m.exists(ctx, id)
	if err == nil && !there {
		err = storeDo(ctx, func(ctx context.Context) error { return m.accounts.UnlinkAccountsOf(ctx, id) })
	}
	if err != nil {
		m.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: oauth account without user was not deleted",
			slog.String("user", string(id)), slog.String("error", err.Error()))
	}
}
