package user

import (
	"context"
	"errors"

	"github.com/ginauth/ginauth/user/email"
)

// RequestVerify has a verify token sent to the user with that address, through the mail
// hooks ([MailVerify]), if the user is active and not verified. Its result does not
// reveal what it did: it returns an error only for an invalid address ([*email.Error]) or
// a store that could not answer.
func (m *Manager) RequestVerify(ctx context.Context, email string) error {
	u, err := m.forMail(ctx, EventVerifyRequested, email)
	if u == nil || err != nil {
		return err
	}
	if !u.Barred(m.time()) && !u.IsVerified {
		m.sendVerify(ctx, u)
	}
	return nil
}

func (m *Manager) sendVerify(ctx context.Context, u *User) {
	m.mailToken(ctx, MailVerify, u, m.verify.Lifetime(), func() (string, error) { return m.VerifyToken(u) })
}

// forMail returns the user with that address, nil if there is none. The event of that
// kind is the same in both cases, but for the user.
func (m *Manager) forMail(ctx context.Context, kind EventKind, address string) (*User, error) {
	parsed, err := email.Parse(address)
	if err != nil {
		return nil, err
	}
	u, err := m.byEmail(ctx, parsed)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	e := Event{Kind: kind, Email: parsed.Address}
	if u != nil {
		e.User, e.Email = u.ID, ""
	}
	if err := m.Require(ctx, &e); err != nil {
		return nil, err
	}
	m.Emit(ctx, e)
	return u, nil
}

// VerifyToken returns a token that proves, to [Manager.Verify] and within
// VerifyLifetime, that its bearer reads the mail of u's present address.
func (m *Manager) VerifyToken(u *User) (string, error) {
	return m.verify.Sign(map[string]string{"sub": string(u.ID), "email": u.Email})
}

// Verify marks the user of a verify token as verified and returns it. An inactive user
// stays inactive. Errors: [ErrBadToken] if the token is invalid or its address is no
// longer the user's, [ErrAlreadyVerified].
func (m *Manager) Verify(ctx context.Context, token string) (*User, error) {
	u, key, err := m.verifyOwner(ctx, token)
	if err != nil {
		return nil, err
	}
	if u.IsVerified {
		return nil, ErrAlreadyVerified
	}
	e := Event{Kind: EventVerified, User: u.ID}
	if err := m.Require(ctx, &e); err != nil {
		return nil, err
	}
	yes, no := true, false
	after, err := m.update(ctx, u, Update{IsVerified: &yes, If: Conditions{EmailKey: &key, IsVerified: &no}})
	if errors.Is(err, ErrNotFound) {
		return nil, m.whyNotVerified(ctx, u.ID, key)
	}
	if err != nil {
		return nil, err
	}
	m.limits.MailUsed(ctx, string(MailVerify), after.EmailKey)
	m.Emit(ctx, e)
	m.afterUser(ctx, "AfterVerify", m.hooks.AfterVerify, after)
	return after, nil
}

func (m *Manager) verifyOwner(ctx context.Context, token string) (u *User, key string, err error) {
	claims, err := m.verify.Read(token)
	if err != nil {
		return nil, "", ErrBadToken
	}
	key, ok := email.Key(claims["email"])
	if !ok {
		return nil, "", ErrBadToken
	}
	u, err = m.bearer(ctx, claims["sub"])
	if err == nil && u.EmailKey != key {
		err = ErrBadToken
	}
	return u, key, err
}

// bearer returns the user that a good token names.
func (m *Manager) bearer(ctx context.Context, subject string) (*User, error) {
	id, err := m.store.ParseID(subject)
	if err != nil {
		return nil, ErrBadToken
	}
	u, err := m.ByID(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil, ErrBadToken
	}
	return u, err
}

// whyNotVerified returns the error for the loser of a race: another request has verified
// the address, or it is no longer the user's.
func (m *Manager) whyNotVerified(ctx context.Context, id ID, key string) error {
	u, err := m.ByID(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return ErrBadToken
	case err != nil:
		return err
	case u.IsVerified && u.EmailKey == key:
		return ErrAlreadyVerified
	}
	return ErrBadToken
}
