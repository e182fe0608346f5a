package user

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/textproto"
	"time"

	"github.com/ginauth/ginauth/internal/background"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/secrets"
)

// outgoing is a mail to be sent off the request.
type outgoing struct {
	kind MailKind
	// about is the user the mail is about, for the log; empty if that is not known yet.
	about ID
	// to returns the recipient; nil for none.
	to func(ctx context.Context) (*User, error)
	// mail writes what the recipient gets. Each attempt makes its own token.
	mail func(to *User) (Mail, error)
	// prepare runs once, when the mail was let pass; nil for nothing.
	prepare func(ctx context.Context) error
	// unlimited mails are sent however many the recipient has got.
	unlimited bool
	// withheld says that it is not sent, but what comes with it is.
	withheld bool
	// notice says that it has the limit of notices.
	notice bool
	// also is a mail that is sent where the limit lets this one pass, even if this
	// one does not arrive.
	also *outgoing

	at        time.Time
	recipient *User // found, and let pass
	prepared  bool
	// sent and hooked say that Hooks.Send, and the hook of the kind, have succeeded or
	// are not called.
	sent, hooked bool
}

// only is the recipient that is known.
func only(u *User) func(context.Context) (*User, error) {
	return func(context.Context) (*User, error) { return u, nil }
}

// post sends a mail off the request. The recipient is found, and the recipient's limit
// asked, there too.
func (m *Manager) post(ctx context.Context, mail outgoing) {
	request := RequestFrom(ctx)
	mail.at = m.time()
	var attrs []slog.Attr
	if mail.about != "" {
		attrs = []slog.Attr{slog.String("user", string(mail.about))}
	}
	m.mails.Submit(background.Job{
		Name:     string(mail.kind) + " mail",
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
func (o *outgoing) finished() bool {
	return o.sent && o.hooked && (o.also == nil || o.also.finished())
}

// attempt does what earlier attempts have not done yet.
func (o *outgoing) attempt(ctx context.Context, m *Manager) error {
	if o.recipient == nil {
		if o.sent && o.hooked { // not let pass
			return nil
		}
		found, err := o.to(ctx)
		if err != nil {
			return err
		}
		if found == nil || !o.admitted(ctx, m, found) {
			o.sent, o.hooked = true, true
			return nil
		}
		o.recipient = found
	}
	if o.prepare != nil && !o.prepared {
		err := o.prepare(ctx)
		if undeliverable(err) {
			o.sent, o.hooked = true, true
		}
		if err != nil {
			return err
		}
		o.prepared = true
	}
	var problems []error
	if o.also != nil {
		o.also.at = o.at
		problems = append(problems, o.also.attempt(ctx, m))
	}
	return errors.Join(append(problems, o.deliver(ctx, m))...)
}

func (o *outgoing) admitted(ctx context.Context, m *Manager, u *User) bool {
	switch {
	case o.unlimited:
		return true
	case o.notice:
		return m.limits.AdmitsNotice(ctx, string(o.kind), u.EmailKey)
	}
	admitted := m.limits.AdmitsMail(ctx, string(o.kind), u.EmailKey)
	if !admitted {
		m.logger.LogAttrs(ctx, slog.LevelInfo, "ginauth: mail was not sent: the recipient has had enough of them",
			slog.String("kind", string(o.kind)), slog.String("user", string(u.ID)))
	}
	return admitted
}

// deliver writes the mail and calls the hooks that have not succeeded before.
func (o *outgoing) deliver(ctx context.Context, m *Manager) error {
	name, hook := m.hooks.mailHook(o.kind)
	o.sent, o.hooked = o.sent || o.withheld || m.hooks.Send == nil, o.hooked || o.withheld || hook == nil
	if o.sent && o.hooked {
		return nil
	}
	mail, err := o.mail(o.recipient)
	if err != nil {
		return err
	}
	request := RequestFrom(ctx)
	mail.Kind, mail.At = o.kind, o.at
	mail.IP, mail.UserAgent = request.ClientIP, shortened(request.UserAgent, maxUserAgentBytes)
	quietly := func(name string, call func() error) error {
		err := containedQuietly(name, call)
		if err != nil {
			err = fmt.Errorf("user: %s: %w", name, err)
		}
		return unquoting(unquoting(err, string(mail.Token)), string(mail.Code))
	}
	var problems []error
	if !o.sent {
		err := quietly("Send", func() error { return m.hooks.Send(ctx, mail) })
		o.sent, problems = err == nil || undeliverable(err), append(problems, err)
	}
	if !o.hooked {
		err := quietly(name, func() error { return hook(ctx, mail.User, string(mail.Token)) })
		o.hooked, problems = err == nil || undeliverable(err), append(problems, err)
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

// mailToken sends a mail with a token to u's stored address. The token is made off the
// request, so that the answer takes the same time for every address.
func (m *Manager) mailToken(ctx context.Context, kind MailKind, u *User, lifetime time.Duration, token func() (string, error)) {
	if !m.Mails(kind) {
		return
	}
	m.post(ctx, outgoing{kind: kind, about: u.ID, to: only(u), mail: func(u *User) (Mail, error) {
		text, err := token()
		return Mail{To: u.Email, User: u, Token: secrets.Secret(text), Lifetime: lifetime}, err
	}})
}

// Notify sends u a notice of that kind, off the request. Only a verified address gets
// notices: another may be a stranger's. One of a kind is sent in an hour, and it takes
// the place of no other mail.
func (m *Manager) Notify(ctx context.Context, kind MailKind, u *User) {
	m.notify(ctx, outgoing{kind: kind, notice: true}, Mail{User: u})
}

// NotifyEach is Notify for what each time must be known to the user, such as every change
// of second factors: no notice is left out because there was one of its kind. It sends
// notice to the user it is about. What it is about must not be repeatable at will by
// strangers, who could fill a mailbox with it.
func (m *Manager) NotifyEach(ctx context.Context, notice Mail) {
	m.notify(ctx, outgoing{kind: notice.Kind, unlimited: true}, notice)
}

func (m *Manager) notify(ctx context.Context, out outgoing, notice Mail) {
	if u := notice.User; u.IsVerified && m.Mails(out.kind) {
		out.about, out.to = u.ID, only(u)
		out.mail = func(u *User) (Mail, error) {
			notice.To, notice.User = u.Email, u
			return notice, nil
		}
		m.post(ctx, out)
	}
}

// inUse tells the owner of an address that somebody has tried to get it.
func (m *Manager) inUse(key string) *outgoing {
	return &outgoing{
		kind: MailInUse,
		to: func(ctx context.Context) (*User, error) {
			u, err := m.byEmail(ctx, email.Email{Key: key})
			if errors.Is(err, ErrNotFound) { // gone since, or damaged
				return nil, nil
			}
			return u, err
		},
		mail: func(u *User) (Mail, error) { return Mail{To: u.Email, User: u}, nil },
	}
}
