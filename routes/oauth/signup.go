package oauth

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// signUp makes a new user for the account. The account is stored first, for a user who
// does not exist yet: a concurrent sign-in, or one after a process was killed, finds it
// and creates the very user it names.
func (s *signIn) signUp(ctx context.Context) (u *user.User, created bool, err error) {
	var unconfirmed error
	u, err = s.manager.SignUp(ctx, user.Registration{
		Email:      s.Email,
		IsVerified: s.policy.IsVerifiedByDefault,
		Via:        user.ViaOAuth,
		OAuth: &user.OAuthSignUp{
			Provider: s.Provider, AccountID: s.AccountID, EmailVerified: s.EmailVerified, OAuthProfile: s.Profile,
		},
	}, func(ctx context.Context, u *user.User, insert func(context.Context) error) error {
		if err := s.reserve(ctx, u); err != nil {
			return err
		}
		if err := s.create(ctx, u, insert); err != nil {
			return err
		}
		var err error
		unconfirmed, err = s.confirm(ctx, u)
		return err
	})
	switch {
	case errors.Is(err, user.ErrBadInvitation) && !errors.Is(err, user.ErrHook): // used meanwhile
		return nil, false, errRaced
	case err != nil:
		return nil, false, err
	case unconfirmed != nil:
		return u, true, unconfirmed
	}
	return s.stored(ctx, u)
}

// reserve stores the account for u, who is to be created, or gives u the ID for which
// another sign-in has reserved it. It returns errRaced if that user exists already.
func (s *signIn) reserve(ctx context.Context, u *user.User) error {
	for {
		a := s.entry(s.store.NewAccountID(), u)
		a.UpdatedAt = time.Time{} // until confirm
		reserved, err := records.StoreCall(ctx, func(ctx context.Context) (records.OAuthAccount, error) { return s.store.ReserveAccount(ctx, a) })
		if err != nil || reserved.UserID == u.ID {
			return err
		}
		there, err := s.exists(ctx, reserved.UserID)
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
		if err := s.removeAll(ctx, reserved.UserID); err != nil {
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

// create stores u for a reserved account. It returns errRaced when u, or another user with
// the address, is there already.
func (s *signIn) create(ctx context.Context, u *user.User, insert func(context.Context) error) error {
	err := insert(ctx)
	if err == nil {
		return nil
	}
	if errors.Is(err, user.ErrExists) {
		s.dropReservation(ctx, u.ID)
		return errRaced
	}
	if there, existsErr := s.exists(ctx, u.ID); existsErr == nil && there {
		return errRaced
	}
	return err
}

// confirm makes sure that the account is u's, and updates it if another sign-in reserved
// it. If the account was linked to an existing user in the meantime, u is deleted, as it
// has no way in, and the error is errRaced. Where the store does not answer, u stays: the
// reservation leads to it.
func (s *signIn) confirm(ctx context.Context, u *user.User) (unconfirmed, err error) {
	err = s.put(ctx, s.entry(s.store.NewAccountID(), u))
	if !errors.Is(err, user.ErrLinked) {
		return err, nil
	}
	if now, err := s.manager.ByID(ctx, u.ID); err == nil && now.OwnerVersion != u.OwnerVersion {
		return nil, errRaced // and has another way in
	}
	err = records.StoreDo(ctx, func(ctx context.Context) error {
		return s.manager.Store().Delete(ctx, u.ID, user.DeleteOptions{})
	})
	if err != nil {
		return nil, err
	}
	return nil, errRaced
}

// stored returns u as it is stored: if several requests complete one reservation in the
// same millisecond, one of them decides on the version.
func (s *signIn) stored(ctx context.Context, u *user.User) (_ *user.User, created bool, err error) {
	now, err := s.manager.ByID(ctx, u.ID)
	if errors.Is(err, user.ErrNotFound) { // deleted meanwhile
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

// exists reports whether there is a user of that ID, damaged or not.
func (s *signIn) exists(ctx context.Context, id user.ID) (bool, error) {
	_, err := s.manager.ByID(ctx, id)
	switch {
	case errors.Is(err, user.ErrDamaged):
		return true, nil
	case errors.Is(err, user.ErrNotFound):
		return false, nil
	}
	return err == nil, err
}

// dropReservation removes the account of a user who could not be created. It is treated
// as absent anyway; this is housekeeping.
func (s *signIn) dropReservation(ctx context.Context, id user.ID) {
	there, err := s.exists(ctx, id)
	if err == nil && !there {
		err = s.removeAll(ctx, id)
	}
	if err != nil {
		s.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: oauth account without user was not deleted",
			slog.String("user", string(id)), slog.String("error", err.Error()))
	}
}
