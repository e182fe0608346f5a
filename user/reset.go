package user

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"github.com/ginauth/ginauth/user/secrets"
)

// ForgotPassword has a reset token sent to the user with that address, through the mail
// hooks ([MailReset]), if the user is active. Its result does not reveal what it did: it
// returns an error only for an invalid address ([*email.Error]) or a store that could not
// answer.
func (m *Manager) ForgotPassword(ctx context.Context, email string) error {
	u, err := m.forMail(ctx, EventForgotPassword, email)
	if u == nil || err != nil {
		return err
	}
	m.sendReset(ctx, u)
	return nil
}

// ResetToken returns a token with which its bearer can set a new password, once,
// within ResetLifetime and as long as u's present password, token version and address
// stay. Nothing is stored for it.
func (m *Manager) ResetToken(u *User) (string, error) {
	return m.reset.Sign(map[string]string{"sub": string(u.ID), "password_fgpt": fingerprint(m.fingerprints[0], u)})
}

// ResetPassword sets a new password for the user of a reset token, ends all of the user's
// tokens and returns the user. It does not log the user in. An unverified user loses the
// accounts at providers as well, but for those whose provider vouches for the user's
// address: the others may have been linked by a stranger. Of concurrent calls with one
// token, one succeeds. Errors: [ErrBadToken] for a bad, used or expired token and an
// unknown or inactive user, [*password.Error], after which the token stays valid.
func (m *Manager) ResetPassword(ctx context.Context, token string, password secrets.Secret) (*User, error) {
	claims, err := m.reset.Read(token)
	if err != nil {
		return nil, ErrBadToken
	}
	after, err := m.replacePassword(ctx, claims, password)
	if err != nil {
		return nil, err
	}
	m.limits.ForgetLogins(ctx, after.EmailKey)
	m.limits.MailUsed(ctx, string(MailReset), after.EmailKey)
	m.Notify(ctx, MailPasswordChanged, after)
	m.afterUser(ctx, "AfterResetPassword", m.hooks.AfterResetPassword, after)
	return after, nil
}

// replacePassword sets the password of the user in a reset token's claims, if they fit
// the present one.
func (m *Manager) replacePassword(ctx context.Context, claims map[string]string, password secrets.Secret) (*User, error) {
	leave, err := m.resets.LockWithin(ctx, m.patience, claims["sub"])
	if err != nil {
		return nil, err
	}
	defer leave()
	u, err := m.bearer(ctx, claims["sub"])
	if err != nil {
		return nil, err
	}
	if !m.fingerprintFits(claims["password_fgpt"], u) || u.Barred(m.time()) {
		return nil, ErrBadToken
	}
	if err := m.checkPassword(ctx, password, owning(u)); err != nil {
		return nil, err
	}
	hash, err := m.hasher.Hash(ctx, string(password))
	if err != nil {
		return nil, err
	}
	e := Event{Kind: EventPasswordReset, User: u.ID}
	if err := m.Require(ctx, &e); err != nil {
		return nil, err
	}
	after, err := m.setPassword(ctx, u, claims["password_fgpt"], hash)
	if err == nil {
		m.Emit(ctx, e)
	}
	return after, err
}

// setPassword stores hash as long as u is as it was read. Where only IsVerified has
// changed since, which the token is not bound to, it decides again.
func (m *Manager) setPassword(ctx context.Context, u *User, fingerprint, hash string) (*User, error) {
	for {
		after, err := m.setPasswordOf(ctx, u, hash)
		if !errors.Is(err, ErrNotFound) {
			return after, err
		}
		now, err := m.bearer(ctx, string(u.ID))
		if err != nil {
			return nil, err
		}
		if now.IsVerified == u.IsVerified || now.Barred(m.time()) || !m.fingerprintFits(fingerprint, now) {
			return nil, ErrBadToken
		}
		u = now
	}
}

// setPasswordOf is one attempt. An unverified user may have been made by someone other
// than the owner of the address, who has the token, so it changes hands.
func (m *Manager) setPasswordOf(ctx context.Context, u *User, hash string) (*User, error) {
	yes := true
	update := Update{
		HashedPassword: &hash,
		EndTokens:      true,
		KeyVersionUp:   true,
		If: Conditions{
			HashedPassword: &u.HashedPassword, TokenVersion: &u.TokenVersion, EmailKey: &u.EmailKey,
			IsActive: &yes, IsVerified: &u.IsVerified,
		},
	}
	if u.IsVerified {
		after, err := m.update(ctx, u, update)
		if err == nil {
			m.deleteDeadTokens(ctx, u.ID, "")
		}
		return after, err
	}
	vouched, err := m.vouched(ctx, u)
	if err != nil {
		return nil, err
	}
	after, err := m.changeOwner(ctx, u, update)
	if err != nil {
		return nil, err
	}
	m.keep(ctx, after, vouched)
	m.deleteLost(ctx, after)
	return after, nil
}

// fingerprintFits compares with every secret's fingerprint: after a rotation the
// tokens of the secret before stay good.
func (m *Manager) fingerprintFits(claimed string, u *User) bool {
	fits := false
	for _, key := range m.fingerprints {
		if hmac.Equal([]byte(claimed), []byte(fingerprint(key, u))) {
			fits = true
		}
	}
	return fits
}

// fingerprint binds a reset token to the hash it will replace, and to the version and
// the address of the user it was made for: no change of any of them leaves the token
// good. Each has its length, so that no two users have one text.
func fingerprint(key []byte, u *User) string {
	mac := hmac.New(sha256.New, key)
	for _, part := range []string{u.HashedPassword, strconv.FormatInt(u.TokenVersion, 10), u.EmailKey} {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// StartReset has a reset token sent to u through the mail hooks ([MailReset]), if u is
// active: what a superuser can do for a user who has lost the password. It returns an
// error only if the event is required and cannot be recorded.
func (m *Manager) StartReset(ctx context.Context, u *User) error {
	e := Event{Kind: EventForgotPassword, User: u.ID}
	if err := m.Require(ctx, &e); err != nil {
		return err
	}
	m.Emit(ctx, e)
	m.sendReset(ctx, u)
	return nil
}

// Welcome has a reset token sent to u through the mail hook ([MailWelcome]), if u is
// active: an account that was made without a password gets its first one by it.
func (m *Manager) Welcome(ctx context.Context, u *User) { m.sendResetAs(ctx, MailWelcome, u) }

func (m *Manager) sendReset(ctx context.Context, u *User) { m.sendResetAs(ctx, MailReset, u) }

func (m *Manager) sendResetAs(ctx context.Context, kind MailKind, u *User) {
	if !u.Barred(m.time()) {
		m.mailToken(ctx, kind, u, m.reset.Lifetime(), func() (string, error) { return m.ResetToken(u) })
	}
}
