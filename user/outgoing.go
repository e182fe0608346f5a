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
	// to returns the recipient; nil for nobody.
	to func(ctx context.Context) (*User, error)
	// send calls the hook.
	send func(ctx context.Context, to *User) error
	// unlimited mails are sent however many the recipient has got.
	unlimited bool
	// also is a mail that is sent where the limit lets this one pass, even if this
	// one does not arrive.
	also *outgoing

	recipient *User // found, and let pass
	done      bool
}

// only is the recipient that is known.
func only(u *User) func(context.Context) (*User, error) {
	return func(context.Context) (*User, error) { return u, nil }
}

// post sends a mail off the request. The recipient is found, and his limit asked,
// there too.
func (m *Manager) post(ctx context.Context, mail outgoing) {
	request := RequestFrom(ctx)
	var attrs []slog.Attr
	if mail.about != "" {
		attrs = []slog.Attr{slog.String("user", string(mail.about))}
	}
	m.mails.Submit(background.Job{
		Name:     mail.hook,
		Attrs:    attrs,
		Attempts: mailAttempts,
		Timeout:  mailTimeout,
		Run: func(ctx context.Context) error {
			return mail.attempt(WithRequest(ctx, request), m)
		},
	})
}

// attempt does what earlier attempts have not done yet.
func (o *outgoing) attempt(ctx context.Context, m *Manager) error {
	if o.recipient == nil {
		found, err := o.to(ctx)
		if err != nil {
			return err
		}
		if found == nil || !o.unlimited && !m.limits.admitsMail(ctx, o.hook, found) {
			o.done = true
			return nil
		}
		o.recipient = found
	}
	var problems []error
	if o.also != nil {
		problems = append(problems, o.also.attempt(ctx, m))
	}
	if !o.done {
		err := containedQuietly(o.hook, func() error { return o.send(ctx, o.recipient) })
		o.done = err == nil
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// inUse tells the owner of an address that somebody has tried to get it.
func (m *Manager) inUse(key string) *outgoing {
	return &outgoing{
		hook: "NoticeAddressInUse",
		to: func(ctx context.Context) (*User, error) {
			u, err := m.byKey(ctx, key)
			if errors.Is(err, ErrNotFound) { // gone since, or damaged
				return nil, nil
			}
			return u, err
		},
		send: func(ctx context.Context, u *User) error {
			if m.hooks.NoticeAddressInUse == nil {
				return nil
			}
			return m.hooks.NoticeAddressInUse(ctx, u)
		},
	}
}
