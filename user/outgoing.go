package user

import (
	"context"
	"errors"
	"log/slog"

	"github.com/ginauth/ginauth/internal/background"
)

// outgoing is a mail to be sent off the request.
type outgoing struct {
	// hook is the name of the mail hook, for the log and the limit by recipient.
	hook string
	// about is whom the mail is about, for the log; empty if that is not known yet.
	about ID
	// to returns the recipient; nil for nobody. It is called off the request, too.
	to func(ctx context.Context) (*User, error)
	// send calls the hook.
	send func(ctx context.Context, to *User) error
	// unlimited mails are sent however many the recipient has got.
	unlimited bool
}

// only is the recipient that is known.
func only(u *User) func(context.Context) (*User, error) {
	return func(context.Context) (*User, error) { return u, nil }
}

// post sends a mail off the request. The recipient is found, and his limit asked,
// there too, and once for all attempts.
func (m *Manager) post(ctx context.Context, mail outgoing) {
	request := RequestFrom(ctx)
	var attrs []slog.Attr
	if mail.about != "" {
		attrs = []slog.Attr{slog.String("user", string(mail.about))}
	}
	var to *User
	m.mails.Submit(background.Job{
		Name:     mail.hook,
		Attrs:    attrs,
		Attempts: mailAttempts,
		Timeout:  mailTimeout,
		Run: func(ctx context.Context) error {
			ctx = WithRequest(ctx, request)
			if to == nil {
				found, err := mail.to(ctx)
				if found == nil || err != nil {
					return err
				}
				if !mail.unlimited && !m.limits.admitsMail(ctx, mail.hook, found) {
					return nil
				}
				to = found
			}
			return mail.send(ctx, to)
		},
	})
}

// tellInUse tells the owner of an address that somebody has tried to get it.
func (m *Manager) tellInUse(ctx context.Context, key string) {
	hook := m.hooks.NoticeAddressInUse
	if hook == nil {
		return
	}
	m.post(ctx, outgoing{
		hook: "NoticeAddressInUse",
		to: func(ctx context.Context) (*User, error) {
			u, err := m.byKey(ctx, key)
			if errors.Is(err, ErrNotFound) { // gone since, or damaged
				return nil, nil
			}
			return u, err
		},
		send: hook,
	})
}
