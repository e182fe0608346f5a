package user

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/secrets"
)

// UpdateOwn makes a change that the user has asked for. It is [Manager.Update] within the
// limits of the [Policy]. A new password or address is written only while the token of
// the request, c.KeepToken, is valid; otherwise the error is [ErrNotFound].
//
// A current password that is missing or wrong is [ErrBadCredentials]. It is verified by
// [Manager.Authenticate], so guesses are limited as failed logins are, by a
// [*limits.TooManyError]. The change takes place only while the password is still the
// user's; otherwise it is [ErrNotFound].
//
// Where a new address has to be confirmed, all else is changed at once. The new
// address gets a mail with a token ([MailConfirmEmail]), the old one a notice
// ([MailEmailChange]). Whether the new address is taken decides about the mails only:
// its owner gets [MailInUse] instead. A spelling of the same
// address needs no confirmation.
//
// Where an address counts at once it is unverified, and who reads its mail gets the account
// without second factors. A route of the application's own should therefore demand a fresh
// login of users who have one, as PATCH /me does.
func (m *Manager) UpdateOwn(ctx context.Context, u *User, c Changes) (_ *User, err error) {
	if m.policy.RequireCurrentPassword && changesCredentials(u, c) {
		if c.over, err = m.ownPassword(ctx, u, c.CurrentPassword); err != nil {
			return nil, err
		}
	}
	c.CurrentPassword, c.own = nil, true
	if !m.policy.ConfirmEmailChange {
		return m.Update(ctx, u, c)
	}
	return m.updateConfirming(ctx, u, c)
}

// changesCredentials reports whether c changes what the account is entered or
// recovered by. An address that cannot be read does, to be safe.
func changesCredentials(u *User, c Changes) bool {
	if c.Password != nil || c.Email == nil {
		return c.Password != nil
	}
	email, err := email.Parse(*c.Email)
	return err != nil || email.Address != u.Email
}

// ownPassword returns the hash that u's password was verified with.
func (m *Manager) ownPassword(ctx context.Context, u *User, password *secrets.Secret) (hash *string, err error) {
	if password == nil {
		return nil, ErrBadCredentials
	}
	who, err := m.Authenticate(ctx, u.Email, *password)
	if err != nil {
		return nil, err
	}
	if who.ID != u.ID { // the address has another owner by now
		return nil, ErrBadCredentials
	}
	return &who.HashedPassword, nil
}

func (m *Manager) updateConfirming(ctx context.Context, u *User, c Changes) (*User, error) {
	if c.Password != nil {
		if err := m.checkPassword(ctx, *c.Password, owning(u)); err != nil {
			return nil, err
		}
	}
	now, pending, err := splitEmail(u, c.Email)
	if err != nil {
		return nil, err
	}
	c.spelling = true // what has to be confirmed is not in now
	if c, err = m.beforeUpdate(ctx, u, c); err != nil {
		return nil, err
	}
	if pending == nil {
		return m.apply(ctx, u, c, now)
	}
	e := Event{Kind: EventEmailChangeRequested, User: u.ID, Email: pending.Address}
	if err := m.Require(ctx, &e); err != nil {
		return nil, err
	}
	after, err := m.apply(ctx, u, c, now)
	if err == nil {
		m.Emit(ctx, e)
		m.requestEmailChange(ctx, after, *pending, c.KeepToken)
	}
	return after, err
}

// splitEmail returns what of an address is stored now, and what has to be confirmed
// first; nil for nothing.
func splitEmail(u *User, text *string) (now, pending *email.Email, err error) {
	if text == nil {
		return nil, nil, nil
	}
	email, err := email.Parse(*text)
	switch {
	case err != nil, email.Address == u.Email:
		return nil, nil, err
	case email.Key == u.EmailKey:
		return &email, nil, nil
	}
	return nil, &email, nil
}

const (
	emailChangeAudience        = "ginauth:email-change"
	emailChangeFingerprintInfo = "ginauth:email-change-fingerprint"
)

// requestEmailChange notifies the old address and sends a token to the new one. An old
// address that is not verified may belong to a stranger and is not notified. The limit of
// the old address decides on both, so that no flood of other mails to it can hide a
// change. A failure of the mail to the old address does not stop the one to the new
// address.
func (m *Manager) requestEmailChange(ctx context.Context, u *User, email email.Email, keep string) {
	m.post(ctx, outgoing{
		kind: MailEmailChange, about: u.ID, to: only(u), also: m.confirmation(u, email, keep),
		mail:     func(u *User) (Mail, error) { return Mail{To: u.Email, User: u}, nil },
		withheld: !u.IsVerified,
	})
}

// confirmation is the mail with the token, or the notice to the user who has the address
// already.
func (m *Manager) confirmation(u *User, email email.Email, keep string) *outgoing {
	inUse := m.inUse(email.Key)
	return &outgoing{
		kind: MailConfirmEmail,
		to: func(ctx context.Context) (*User, error) {
			taken, err := m.taken(ctx, email.Key, u.ID)
			if taken {
				return nil, inUse.attempt(ctx, m)
			}
			return &User{ID: u.ID, EmailKey: email.Key}, err
		},
		mail: func(*User) (Mail, error) {
			token, err := m.EmailChangeToken(u, email.Address, keep)
			return Mail{To: email.Address, User: u, Token: secrets.Secret(token), Lifetime: m.emailChange.Lifetime(), NewEmail: email.Address}, err
		},
	}
}

// EmailChangeToken returns a token that proves, to [Manager.ConfirmEmail], that its
// bearer reads the mail of email, which is to become u's address. It is valid once, while
// u's address and token version stay as they are: a change or reset of the password, a
// deactivation, and a log-out everywhere invalidate it. keep is the hash ([records.HashToken]) of
// the one access token that stays valid after the change; empty for none. Nothing is
// stored for it.
func (m *Manager) EmailChangeToken(u *User, email, keep string) (string, error) {
	claims := map[string]string{
		"sub":   string(u.ID),
		"email": email,
		"fgpt":  emailChangeFingerprint(m.emailPrints[0], u),
	}
	if keep != "" {
		claims["keep"] = keep
	}
	return m.emailChange.Sign(claims)
}

// ConfirmEmail gives the user of a token made by [Manager.EmailChangeToken] the address
// it was sent to, verified, ends all of the user's tokens but the one that asked for the
// change, and returns the user. The old address gets [MailEmailChanged]. It does not log
// the user in. Of concurrent calls with one token, one succeeds. Errors: [ErrBadToken]
// for a bad, used or expired token and an unknown or inactive user, [ErrExists] if
// another user has the address by now.
func (m *Manager) ConfirmEmail(ctx context.Context, token string) (*User, error) {
	u, email, keep, err := m.emailChangeOwner(ctx, token)
	if err != nil {
		return nil, err
	}
	yes := true
	update := Update{
		Email:      &email,
		IsVerified: &yes,
		// The version dies with the old address: should the user ever go back to
		// it, tokens of that time must not count again.
		EndTokens: true,
		KeepToken: keep,
		If: Conditions{
			EmailKey: &u.EmailKey, HashedPassword: &u.HashedPassword, IsActive: &yes, TokenVersion: &u.TokenVersion,
		},
	}
	changed := []string{"email"}
	if !u.IsVerified {
		changed = append(changed, "is_verified")
	}
	events := eventsOf(u, update, changed)
	if err := m.requireAll(ctx, events); err != nil {
		return nil, err
	}
	after, err := m.update(ctx, u, update)
	if errors.Is(err, ErrNotFound) {
		return nil, ErrBadToken
	}
	if err != nil {
		return nil, err
	}
	m.emitAll(ctx, events)
	m.deleteDeadTokens(ctx, u.ID, keep)
	m.limits.MailUsed(ctx, string(MailConfirmEmail), after.EmailKey)
	m.tellOldAddress(ctx, u, after)
	m.afterUpdate(ctx, after, changed)
	return after, nil
}

func (m *Manager) emailChangeOwner(ctx context.Context, token string) (u *User, address email.Email, keep string, err error) {
	claims, err := m.emailChange.Read(token)
	if err != nil {
		return nil, email.Email{}, "", ErrBadToken
	}
	if address, err = email.Parse(claims["email"]); err != nil {
		return nil, email.Email{}, "", ErrBadToken
	}
	if u, err = m.bearer(ctx, claims["sub"]); err != nil {
		return nil, email.Email{}, "", err
	}
	if !m.emailChangeFits(claims["fgpt"], u) || u.Barred(m.time()) {
		return nil, email.Email{}, "", ErrBadToken
	}
	return u, address, claims["keep"], nil
}

// emailChangeFits compares with every secret's fingerprint, as for resets.
func (m *Manager) emailChangeFits(claimed string, u *User) bool {
	fits := false
	for _, key := range m.emailPrints {
		if hmac.Equal([]byte(claimed), []byte(emailChangeFingerprint(key, u))) {
			fits = true
		}
	}
	return fits
}

// emailChangeFingerprint binds a token to the state it was made in. It hides the old
// address from the reader of the mail, who may be a stranger.
func emailChangeFingerprint(key []byte, u *User) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%d\x00%s", u.TokenVersion, u.EmailKey)
	return hex.EncodeToString(mac.Sum(nil))
}

// tellOldAddress notifies the owner of the old address, whatever the day's limit of
// mails, if the address was verified: only then is it known to be the owner's.
func (m *Manager) tellOldAddress(ctx context.Context, before, after *User) {
	if !m.Mails(MailEmailChanged) || !before.IsVerified {
		return
	}
	m.post(ctx, outgoing{
		kind: MailEmailChanged, about: after.ID, to: only(before), unlimited: true,
		mail: func(before *User) (Mail, error) {
			return Mail{To: before.Email, User: after}, nil
		},
	})
}
