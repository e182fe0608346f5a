package user

import "context"

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
	email, err := ParseEmail(*c.Email)
	return err != nil || email.Address != u.Email
}

// ownPassword returns the hash that u's password was verified with.
func (m *Manager) ownPassword(ctx context.Context, u *User, password *Secret) (hash *string, err error) {
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
func splitEmail(u *User, text *string) (now, pending *Email, err error) {
	if text == nil {
		return nil, nil, nil
	}
	email, err := ParseEmail(*text)
	switch {
	case err != nil, email.Address == u.Email:
		return nil, nil, err
	case email.Key == u.EmailKey:
		return &email, nil, nil
	}
	return nil, &email, nil
}
