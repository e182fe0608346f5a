package user

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/secrets"
)

// Authenticate returns the user with that e-mail address and password, or
// [ErrBadCredentials]. Where the [Policy] has user names a text without @ is one. It does not look at the flags: a caller that logs the user in must
// refuse an inactive one, as ginauth's LogIn does. A hash of another form than the
// configured one is replaced. Unknown addresses and users without password cost the same
// work as a wrong password.
//
// Failures in a row are limited, for unknown addresses alike: an attempt over the limit
// gets a [*limits.TooManyError] before any hash is computed. A right password of an
// inactive user is a failure, too.
func (m *Manager) Authenticate(ctx context.Context, email string, password secrets.Secret) (*User, error) {
	return m.authenticateOnly(ctx, email, password, func(*User) bool { return true })
}

// AuthenticateVerified is [Manager.Authenticate] for ways in that admit verified users
// only and do not reveal who is unverified: the right password of an unverified user is
// handled as a wrong one in every respect, limits included.
func (m *Manager) AuthenticateVerified(ctx context.Context, email string, password secrets.Secret) (*User, error) {
	return m.authenticateOnly(ctx, email, password, func(u *User) bool { return u.IsVerified })
}

func (m *Manager) authenticateOnly(ctx context.Context, email string, given secrets.Secret, admits func(*User) bool) (*User, error) {
	if len(given) > password.MaxLength {
		// A refusal before any look-up reveals nothing.
		return nil, ErrBadCredentials
	}
	name, err := m.readLoginName(ctx, email)
	if err != nil {
		return nil, err
	}
	a, err := m.limits.Login(ctx, name.row, clientOf(ctx))
	if err != nil {
		return nil, err
	}
	u, err := m.authenticate(ctx, name, given)
	if err == nil && !admits(u) {
		u, err = nil, ErrBadCredentials
	}
	a.End(ctx, m.passwordOutcome(u, err))
	return u, err
}

func (m *Manager) authenticate(ctx context.Context, name loginName, password secrets.Secret) (*User, error) {
	found, err := m.byLoginName(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	if found != nil {
		RequestContextOf(ctx).NoteSubject(found)
	} else {
		noteUnknown(ctx, name.text)
	}
	return m.verifyPassword(ctx, found, password)
}

// loginKey returns the key of a login name, an unchecked address. A name that no user can
// have is looked up all the same, so that the work does not differ.
func loginKey(address string) (key string, ok bool) {
	key, ok = email.Key(address)
	if !ok || !utf8.ValidString(key) || strings.ContainsRune(key, 0) {
		return "nobody", false
	}
	return key, true
}

// limitedLogin returns the subject of the failure counter. Names that no user can have do
// not share one.
func limitedLogin(email, key string, ok bool) string {
	if !ok {
		return "\x00" + email
	}
	return key
}

// verifyPassword returns u if given is its password, and [ErrBadCredentials] if it is
// not, u is nil, or u has no password.
func (m *Manager) verifyPassword(ctx context.Context, u *User, given secrets.Secret) (*User, error) {
	if u == nil || !u.HasPassword() {
		if err := m.hasher.VerifyNobody(ctx, string(given)); err != nil {
			return nil, err
		}
		return nil, ErrBadCredentials
	}
	ok, outdated, err := m.hasher.Verify(ctx, u.HashedPassword, string(given))
	if errors.Is(err, password.ErrUnknownHash) || errors.Is(err, password.ErrHashParameters) {
		m.logger.LogAttrs(ctx, slog.LevelError, "ginauth: stored password hash cannot be verified",
			slog.String("user", string(u.ID)), slog.String("error", err.Error()))
		// Nothing was computed; do the usual work so that the time does not tell.
		if err := m.hasher.VerifyNobody(ctx, string(given)); err != nil {
			return nil, err
		}
		return nil, ErrBadCredentials
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrBadCredentials
	}
	if outdated {
		return m.upgradeHash(ctx, u, given), nil
	}
	return u, nil
}

// upgradeHash replaces the hash that was verified, and only that one. A failure
// must not fail the login: the next one tries again.
func (m *Manager) upgradeHash(ctx context.Context, u *User, password secrets.Secret) *User {
	upgraded, err := m.replaceHash(ctx, u, password)
	if err == nil {
		return upgraded
	}
	if !errors.Is(err, ErrNotFound) {
		m.logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: password hash was not upgraded",
			slog.String("user", string(u.ID)), slog.String("error", err.Error()))
	}
	return u
}

func (m *Manager) replaceHash(ctx context.Context, u *User, password secrets.Secret) (*User, error) {
	hash, err := m.hasher.Hash(ctx, string(password))
	if err != nil {
		return nil, err
	}
	return m.update(ctx, u, Update{HashedPassword: &hash, If: Conditions{HashedPassword: &u.HashedPassword}})
}
