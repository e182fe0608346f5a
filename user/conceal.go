package user

import (
	"context"
	"errors"
	"log/slog"

	"github.com/ginauth/ginauth/internal/background"
	"github.com/ginauth/ginauth/user/email"
)

// RegisterConcealed is [Manager.Register] for applications that do not reveal who has an
// account. Its result is the same whether or not the address is taken; only the owner of
// the address learns it, by mail: a new user gets [MailVerify], an existing one
// [MailInUse].
//
// Up to its return it does the same work either way: one password is hashed, one user is
// given to the store, one mail is put into the queue. What only a new user needs,
// AfterRegister, runs off the request, once; when 1000 are waiting it is dropped and
// logged, as mails are. Errors are those of [Manager.Register] but [ErrExists] and those
// about user names; none of them reveals whether the address is taken, unless the
// application's own code does. r.Username is ignored: the answer could not conceal that a
// name is taken.
func (m *Manager) RegisterConcealed(ctx context.Context, r Registration) error {
	r, invitation, err := m.admitRegister(ctx, r)
	if err != nil {
		return err
	}
	if err := m.checkPassword(ctx, r.Password, registering(r)); err != nil {
		return err
	}
	email, err := email.Parse(r.Email)
	if err != nil {
		return err
	}
	if r, err = m.beforeRegister(ctx, r, email); err != nil {
		return err
	}
	u := m.newUser(r, email)
	if u.HashedPassword, err = m.hasher.Hash(ctx, string(r.Password)); err != nil {
		return err
	}
	// There is no look-up whether the address is taken: the store decides that itself,
	// and a look-up would make the two cases differ.
	err = m.insertRegistered(ctx, u, Event{Kind: EventRegistered}, invitation, m.insert)
	switch {
	case errors.Is(err, ErrExists):
		m.Emit(ctx, Event{
			Kind: EventRegisterRefused, Outcome: OutcomeRefused, Email: email.Address, Note: map[string]string{"reason": "exists"},
		})
		m.post(ctx, *m.inUse(email.Key))
		return nil
	case err != nil:
		return err
	}
	m.afterRegisterLater(ctx, u)
	if !u.IsVerified { // with an invitation the owner of the address has registered
		m.sendVerify(ctx, u)
	}
	return nil
}

// afterRegisterLater calls the hook off the request, and apart from the mails,
// which a mail server may hold up.
func (m *Manager) afterRegisterLater(ctx context.Context, u *User) {
	if m.hooks.AfterRegister == nil {
		return
	}
	request := RequestFrom(ctx)
	m.later.Submit(background.Job{
		Name:     "AfterRegister",
		Attrs:    []slog.Attr{slog.String("user", string(u.ID))},
		Attempts: 1,
		Timeout:  laterTimeout,
		Run: func(ctx context.Context) error {
			return m.hooks.AfterRegister(WithRequest(ctx, request), u)
		},
	})
}
