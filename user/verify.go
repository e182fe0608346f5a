package user

import (
	"context"
	"errors"
)

// RequestVerify has a verify token sent to the user with that address, through
// the hook AfterRequestVerify, if the user is active and not verified. What it
// did cannot be told from its result: it returns an error only for an invalid
// address ([*EmailError]) or a store that could not answer.
func (m *Manager) RequestVerify(ctx context.Context, email string) error {
	u, err := m.forMail(ctx, email)
	if u == nil || err != nil {
		return err
	}
	if hook := m.hooks.AfterRequestVerify; hook != nil && u.IsActive && !u.IsVerified {
		m.mail(ctx, "AfterRequestVerify", u, hook, func() (string, error) { return m.VerifyToken(u) })
	}
	return nil
}

// forMail returns the user with that address, nil if there is none.
func (m *Manager) forMail(ctx context.Context, email string) (*User, error) {
	parsed, err := ParseEmail(email)
	if err != nil {
		return nil, err
	}
	u, err := m.bySpelling(ctx, parsed.Address, parsed.Key)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return u, err
}

// VerifyToken returns a token that proves, to [Manager.Verify] and within
// VerifyLifetime, that its bearer reads the mail of u's present address.
func (m *Manager) VerifyToken(u *User) (string, error) {
	return m.verify.Sign(map[string]string{"sub": string(u.ID), "email": u.Email})
}

// Verify marks the user of a verify token as verified and returns it. An inactive
// user stays inactive. Errors: [ErrBadToken] where the token is not good or id and
// address are not (any more) of one user, [ErrAlreadyVerified].
func (m *Manager) Verify(ctx context.Context, token string) (*User, error) {
	u, key, err := m.verifyOwner(ctx, token)
	if err != nil {
		return nil, err
	}
	if u.IsVerified {
		return nil, ErrAlreadyVerified
	}
	yes, no := true, false
	after, err := m.update(ctx, u, Update{IsVerified: &yes, If: Conditions{EmailKey: &key, IsVerified: &no}})
	if errors.Is(err, ErrNotFound) {
		return nil, m.whyNotVerified(ctx, u.ID, key)
	}
	if err != nil {
		return nil, err
	}
	m.limits.usedMail(ctx, "AfterRequestVerify", after)
	m.afterUser(ctx, "AfterVerify", m.hooks.AfterVerify, after)
	return after, nil
}

func (m *Manager) verifyOwner(ctx context.Context, token string) (u *User, key string, err error) {
	claims, err := m.verify.Read(token)
	if err != nil {
		return nil, "", ErrBadToken
	}
	key, ok := EmailKey(claims["email"])
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

// whyNotVerified tells the loser of a race whether somebody else verified the
// address or it is not the user's any more.
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
