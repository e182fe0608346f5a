package user

import (
	"context"
	"errors"
	"log/slog"
	"net/textproto"

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
	done      bool  // sent, undeliverable or not let pass
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
			err := mail.attempt(WithRequest(ctx, request), m)
			if mail.finished() {
				return background.Final(err)
			}
			return err
		},
	})
}

// finished reports whether there is nothing left to try.
func (o *outgoing) finished() bool { return o.done && (o.also == nil || o.also.finished()) }

// attempt does what earlier attempts have not done yet.
func (o *outgoing) attempt(ctx context.Context, m *Manager) error {
	if o.recipient == nil {
		if o.done { // not let pass
			return nil
		}
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
		o.done = err == nil || undeliverable(err)
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// undeliverable reports whether another attempt is useless: the hook says so, or a mail
// server did with a permanent answer (RFC 5321, section 4.2.1).
func undeliverable(err error) bool {
	if errors.Is(err, ErrUndeliverable) {
		return true
	}
	var answer *textproto.Error
	return errors.As(err, &answer) && answer.Code/100 == 5
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
