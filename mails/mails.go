// Package mails sends the mails a user expects: the one that confirms an e-mail
// address and the one with which a forgotten password is replaced. [Hooks] makes
// the hooks of a ginauth.Config that do it.
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
	m.lifetimes = map[Kind]time.Duration{Verify: config.VerifyLifetime, Reset: config.ResetLifetime}
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

// Hooks returns AfterRequestVerify and AfterForgotPassword, the two hooks that run
// off the request, are tried again and can take their time; an application adds
// its own to the result. Their errors name neither token nor password.
//
// Notices such as "your password was changed" are not among them: the hooks they
// would need run within the request, which would have to wait for the mail server.
func (m *Mailer) Hooks() user.Hooks {
	return user.Hooks{
		AfterRequestVerify: func(ctx context.Context, u *user.User, token string) error {
			return m.mail(ctx, Verify, u, token)
		},
		AfterForgotPassword: func(ctx context.Context, u *user.User, token string) error {
			return m.mail(ctx, Reset, u, token)
		},
	}
}

func (m *Mailer) mail(ctx context.Context, kind Kind, u *user.User, token string) error {
	// The stored address and no other: what the request said may only look like it.
	to, err := user.ParseEmail(u.Email)
	if err != nil {
		return fmt.Errorf("mails: the stored address cannot get mail: %w", err)
	}
	message, err := m.write(kind, u, to.Address, token)
	if err == nil {
		err = m.sender.Send(ctx, message)
	}
	return withoutToken(err, token)
}

func (m *Mailer) write(kind Kind, u *user.User, to, token string) (Message, error) {
	message := Message{To: to, Kind: kind, Token: token, URL: linkWithToken(m.links[kind], token), At: m.now().UTC()}
	err := m.templates.render(&message, Data{
		AppName:  m.appName,
		URL:      message.URL,
		Token:    token,
		Email:    to,
		Profile:  u.Profile,
		Lifetime: Lifetime(m.lifetimes[kind]),
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
