package user

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"time"
)

// register makes a new user for the account. The account is stored first, for a user who
// does not exist yet: a concurrent sign-in, or one after a process was killed, finds it
// and creates the very user it names.
func (s *signIn) register(ctx context.Context, email Email) (u *User, created bool, err error) {
	invitation, err := s.m.admitSignUp(ctx, email, s.EmailVerified)
	if err != nil {
		return nil, false, err
	}
	r, err := s.m.beforeRegister(ctx, Registration{
		Email:      s.Email,
		IsVerified: s.policy.IsVerifiedByDefault || invitation != nil,
		Via:        ViaOAuth,
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
	used, err := s.m.takeInvitation(ctx, invitation, u)
	if err != nil {
		if errors.Is(err, ErrBadInvitation) { // used meanwhile
			err = errRaced
		}
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
	s.m.invitationUsed(ctx, used, u)
	return s.stored(ctx, u)
}

// reserve stores the account for u, who is to be created, or gives u the ID for which
// another sign-in has reserved it. It returns errRaced if that user exists already.
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
		// Its user existed and was deleted. The ID is not used again: what is still under
		// way for the deleted user must not reach a new one.
		if err := s.m.unlinkAllOAuth(ctx, reserved.UserID, EveryOwner); err != nil {
			return err
		}
	}
}

// newVersion returns a token version that no user has had. Even an account that is only
// reserved may have had a user, who was deleted before it was confirmed: tokens of that
// time bear the ID of the user who completes it, and must not become valid again.
func newVersion() int64 {
	var random [8]byte
	rand.Read(random[:]) // never fails: it ends the process instead
	return int64(binary.BigEndian.Uint64(random[:])>>12) + 1
}

// stored returns u as it is stored: if several requests complete one reservation in the
// same millisecond, one of them decides on the version.
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

// confirm makes sure that the account is u's, and updates it if another sign-in reserved
// it. If the account was linked to an existing user in the meantime, u is deleted, as it
// has no way in.
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

// dropReservation removes the account of a user who could not be created. It is treated
// as absent anyway; this is housekeeping.
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
