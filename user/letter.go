package user

import (
	"context"
	"errors"
)

// Letter is a mail to an address that need not be a user's, for packages with ways in
// by mail. It is sent by [Manager.Post].
type Letter struct {
	// Kind is the kind of the mail.
	Kind MailKind
	// To is the address.
	To Email
	// Admit decides whether the mail is sent; u is the user with the address, nil if there
	// is none. It runs off the request. Required.
	Admit func(ctx context.Context, u *User) (bool, error)
	// Prepare runs, once, when the limits of mails have let the mail pass and before it is
	// sent. Where it returns an error it is tried again, unless that is an
	// [ErrUndeliverable], and no mail is sent. Defaults to nothing.
	Prepare func(ctx context.Context, u *User) error
	// Mail returns what the user with the address, nil if there is none, gets: Token, Code,
	// Lifetime. The rest is filled in. Required.
	Mail func(u *User) Mail
}

// Post sends a mail off the request, to the stored address of the user with the address,
// or to the address itself if there is none. The user is looked up off the request, too,
// so that a request takes the same time for every address. It is subject to the
// recipient's limit of mails.
func (m *Manager) Post(ctx context.Context, letter Letter) {
	if !m.Mails(letter.Kind) {
		return
	}
	var owner *User // of the address; nil for none
	m.post(ctx, outgoing{
		kind: letter.Kind,
		to: func(ctx context.Context) (*User, error) {
			u, err := m.byEmail(ctx, letter.To)
			switch {
			case errors.Is(err, ErrDamaged):
				return nil, nil
			case errors.Is(err, ErrNotFound):
				u = nil
			case err != nil:
				return nil, err
			}
			admitted, err := letter.Admit(ctx, u)
			if err != nil || !admitted {
				return nil, err
			}
			if owner = u; u == nil {
				return &User{Email: letter.To.Address, EmailKey: letter.To.Key}, nil
			}
			return u, nil
		},
		prepare: func(ctx context.Context) error {
			if letter.Prepare == nil {
				return nil
			}
			return letter.Prepare(ctx, owner)
		},
		mail: func(to *User) (Mail, error) {
			mail := letter.Mail(owner)
			mail.To, mail.User = to.Email, owner
			return mail, nil
		},
	})
}

// MailUsed notes that the last mail of a kind to an address was used: a further one may be
// sent at once.
func (m *Manager) MailUsed(ctx context.Context, kind MailKind, to Email) {
	m.limits.MailUsed(ctx, string(kind), to.Key)
}
