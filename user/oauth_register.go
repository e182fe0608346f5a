package user

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"time"
)

// register makes a new user for the account. The account comes first, for a user
// who does not exist yet: whoever finds it there, now or after a process was
// killed, creates the very user it names.
func (s *signIn) register(ctx context.Context, email Email) (u *User, created bool, err error) {
	r, err := s.m.beforeRegister(ctx, Registration{
		Email:      s.Email,
		IsVerified: s.policy.IsVerifiedByDefault,
		OAuth: &OAuthSignUp{
			Provider: s.Provider, AccountID: s.AccountID, EmailVerified: s.EmailVerified, OAuthProfile: s.Profile,
		},
	})
	if err != nil {
		return nil, false, err
	}
	u = s.m.newUser(r, email)
	e := s.event(EventRegistered, u.ID)
	if err := s.m.Require(ctx, &e); err != nil {
		return nil, false, err
	}
	if err := s.reserve(ctx, u); err != nil {
		return nil, false, err
	}
	if err := s.m.createFor(ctx, u); err != nil {
		return nil, false, err
	}
	if u, created, err = s.confirm(ctx, u); err != nil {
		return nil, created, err
	}
	e.User = u.ID
	s.m.Emit(ctx, e)
	return s.stored(ctx, u)
}

// reserve stores the account for u, who is to be created, and gives u the ID of the
// user whom another sign-in has reserved it for. It returns errRaced where that user
// is there already.
func (s *signIn) reserve(ctx context.Context, u *User) error {
	for {
		a := s.entry(s.m.accounts.NewAccountID(), u)
		a.UpdatedAt = time.Time{} // until confirm
		reserved, err := s.m.reserveOAuth(ctx, a)
		if err != nil || reserved.UserID == u.ID {
			return err
		}
		there, err := s.m.exists(ctx, reserved.UserID)
		switch {
		case err != nil:
			return err
		case there:
			return errRaced
		case reserved.UpdatedAt.IsZero():
			u.ID, u.TokenVersion = reserved.UserID, newVersion()
			return nil
		}
		// Its user was there, and was deleted. Nobody gets that ID again: what is
		// still under way for the deleted user must not reach somebody new.
		if err := s.m.unlinkAllOAuth(ctx, reserved.UserID, EveryOwner); err != nil {
			return err
		}
	}
}

// newVersion returns a token version that no user has had. Even an account that is
// only reserved may have had a user, who was deleted before it was confirmed: tokens
// of that time bear the ID of whoever completes it, and must not count again.
func newVersion() int64 {
	var random [8]byte
	rand.Read(random[:]) // never fails: it ends the process instead
	return int64(binary.BigEndian.Uint64(random[:])>>12) + 1
}

// stored returns u as it is stored: of several who complete one reservation in the
// same millisecond one decides on the version.
func (s *signIn) stored(ctx context.Context, u *User) (_ *User, created bool, err error) {
	now, err := s.m.ByID(ctx, u.ID)
	if errors.Is(err, ErrNotFound) { // deleted meanwhile
		return nil, false, errRaced
	}
	if err != nil {
		return u, true, err
	}
	if now.OwnerVersion != u.OwnerVersion { // whose account it is now is for others to say
		return nil, false, errRaced
	}
	return now, true, nil
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
	err = s.m.linkOAuth(ctx, s.entry(s.m.accounts.NewAccountID(), u))
	if !errors.Is(err, ErrLinked) {
		return u, true, err
	}
	if now, err := s.m.ByID(ctx, u.ID); err == nil && now.OwnerVersion != u.OwnerVersion {
		return nil, false, errRaced // and has another way in
	}
	if err := StoreDo(ctx, func(ctx context.Context) error { return s.m.store.Delete(ctx, u.ID, DeleteOptions{}) }); err != nil {
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
		err = m.unlinkAllOAuth(ctx, id, EveryOwner)
	}
	if err != nil {
		m.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: oauth account without user was not deleted",
			slog.String("user", string(id)), slog.String("error", err.Error()))
	}
}
