// Package mails sends the mails a user expects: the one that confirms an e-mail
// address, the one with which a forgotten password is replaced, and those of the
// options that need more. [Hooks] makes the hooks of a ginauth.Config that do it.
//
// Mails leave by SMTP, or by any other [Sender]: [NewPrinter] shows them during
// development, an [Outbox] keeps them for tests. Subject, text and HTML come from
// plain templates that an application can replace; see [Config]. Links are built
// from the configuration and never from a request.
package mails

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ginauth/ginauth/user"
)

// Mailer writes the mails and hands them to a [Sender]. It is safe for concurrent use.
type Mailer struct {
	sender    Sender
	templates *templates
	links     map[Kind]string
	lifetimes map[Kind]time.Duration
	appName   string
	now       func() time.Time
}

// Format prints that it is a mailer, and nothing of its server's password, whatever the verb.
func (*Mailer) Format(state fmt.State, _ rune) { fmt.Fprint(state, "mailer") }

// New checks and completes config and returns a Mailer. The error joins all
// mistakes, each naming its field. New does not connect to the mail server.
func New(config Config) (*Mailer, error) {
	config = config.withDefaults()
	base, err := config.base()
	problems := []error{err}
	note := func(err error) { problems = append(problems, err) }

	m := &Mailer{links: map[Kind]string{}, now: config.Now, appName: config.AppName}
	if m.appName == "" && base != nil {
		m.appName = base.Hostname()
	}
	m.links[Verify], err = link(base, "VerifyPath", config.VerifyPath)
	note(err)
	m.links[Reset], err = link(base, "ResetPath", config.ResetPath)
	note(err)
	m.links[ConfirmEmail], err = link(base, "ConfirmEmailPath", config.ConfirmEmailPath)
	note(err)
	for _, kind := range []Kind{EmailChange, EmailChanged, InUse} {
		m.links[kind] = config.AppURL
	}
	m.lifetimes = map[Kind]time.Duration{
		Verify: config.VerifyLifetime, Reset: config.ResetLifetime, ConfirmEmail: config.VerifyLifetime,
	}
	note(config.checkLifetimes())
	m.sender, err = config.sender()
	note(err)
	m.templates, err = loadTemplates(config.Templates)
	note(err)
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("mails: invalid configuration:\n%w", err)
	}
	return m, nil
}

// Hooks returns the hooks of a [Mailer] made from config, for use where a
// ginauth.Config is written down. Panics if config has mistakes, naming all of
// them; call [New] and [Mailer.Hooks] to get them as an error.
func Hooks(config Config) user.Hooks {
	m, err := New(config)
	if err != nil {
		panic(err)
	}
	return m.Hooks()
}

// Hooks returns the mail hooks, those that run off the request, are tried again and
// can take their time; an application adds its own to the result. Their errors name
// neither token nor password. AfterRequestVerify and AfterForgotPassword serve every
// application, the others wait for options of ginauth.Config.
//
// Notices such as "your password was changed" are not among them: the hooks they
// would need run within the request, which would have to wait for the mail server.
func (m *Mailer) Hooks() user.Hooks {
	return user.Hooks{
		AfterRequestVerify: func(ctx context.Context, u *user.User, token string) error {
			return m.mail(ctx, letter{kind: Verify, about: u, to: u.Email, token: token})
		},
		AfterForgotPassword: func(ctx context.Context, u *user.User, token string) error {
			return m.mail(ctx, letter{kind: Reset, about: u, to: u.Email, token: token})
		},
		AfterRequestEmailChange: func(ctx context.Context, u *user.User, email, token string) error {
			return m.mail(ctx, letter{kind: ConfirmEmail, about: u, to: email, token: token})
		},
		NoticeEmailChange: func(ctx context.Context, u *user.User, _ string) error {
			return m.mail(ctx, letter{kind: EmailChange, about: u, to: u.Email})
		},
		NoticeEmailChanged: func(ctx context.Context, u *user.User, old string) error {
			return m.mail(ctx, letter{kind: EmailChanged, about: u, to: old})
		},
		NoticeAddressInUse: func(ctx context.Context, u *user.User) error {
			return m.mail(ctx, letter{kind: InUse, about: u, to: u.Email})
		},
	}
}

// letter is what a mail is written from.
type letter struct {
	kind  Kind
	about *user.User
	// to is the stored address and no other: what a request said may only look like
	// it. Only what confirms a new address goes to that.
	to    string
	token string
}

func (m *Mailer) mail(ctx context.Context, l letter) error {
	to, err := user.ParseEmail(l.to)
	if err != nil {
		return fmt.Errorf("mails: the stored address cannot get mail: %w: %w", user.ErrUndeliverable, err)
	}
	l.to = to.Address
	message, err := m.write(l)
	if err == nil {
		err = m.sender.Send(ctx, message)
	}
	return withoutToken(err, l.token)
}

func (m *Mailer) write(l letter) (Message, error) {
	message := Message{To: l.to, Kind: l.kind, Token: l.token, URL: m.links[l.kind], At: m.now().UTC()}
	if l.token != "" {
		message.URL = linkWithToken(message.URL, l.token)
	}
	err := m.templates.render(&message, Data{
		AppName:  m.appName,
		URL:      message.URL,
		Token:    l.token,
		Email:    l.to,
		Profile:  l.about.Profile,
		Lifetime: Lifetime(m.lifetimes[l.kind]),
	})
	return message, err
}

// withoutToken keeps a token out of the log, whatever a Sender or a template put
// into its error.
func withoutToken(err error, token string) error {
	if err == nil || token == "" || !strings.Contains(err.Error(), token) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), token, "[redacted]"))
}
