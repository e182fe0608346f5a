// Package mails sends the mails a user expects: the one that confirms an e-mail
// address, the one that replaces a forgotten password, those of optional features, and
// notices of changes. [Hooks] makes the hook of a ginauth.Config
// that does it.
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
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ginauth/ginauth/internal/useragent"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

// Mailer writes the mails and hands them to a [Sender]. It is safe for concurrent use.
type Mailer struct {
	sender    Sender
	languages *languages
	locale    func(*user.User) string // nil where all have the first language
	appURL    string
	links     map[Kind]string // of the kinds with a page of their own
	appName   string
	now       func() time.Time

	tokenInQuery bool
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

	m := &Mailer{
		appURL: config.AppURL, links: map[Kind]string{}, now: config.Now, appName: config.AppName,
		locale: config.Locale, tokenInQuery: config.TokenInQuery,
	}
	if m.appName == "" && base != nil {
		m.appName = base.Hostname()
	}
	m.links[Verify], err = link(base, "VerifyPath", config.VerifyPath)
	note(err)
	m.links[Reset], err = link(base, "ResetPath", config.ResetPath)
	note(err)
	m.links[Welcome] = m.links[Reset]
	m.links[ConfirmEmail], err = link(base, "ConfirmEmailPath", config.ConfirmEmailPath)
	note(err)
	m.links[Login], err = link(base, "LoginPath", config.LoginPath)
	note(err)
	m.links[Invitation], err = link(base, "InvitationPath", config.InvitationPath)
	note(err)
	for _, kind := range slices.Sorted(maps.Keys(config.Paths)) {
		m.links[kind], err = link(base, fmt.Sprintf("Paths[%q]", kind), config.Paths[kind])
		note(err)
	}
	m.sender, err = config.sender()
	note(err)
	m.languages, err = loadLanguages(config.Templates, config.Kinds...)
	note(err)
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("mails: invalid configuration:\n%w", err)
	}
	return m, nil
}

// Hooks returns the hooks of a [Mailer] made from config, for use in a
// ginauth.Config literal. Panics if config has mistakes, naming all of
// them; call [New] and [Mailer.Hooks] to get them as an error.
func Hooks(config Config) user.Hooks {
	m, err := New(config)
	if err != nil {
		panic(err)
	}
	return m.Hooks()
}

// Hooks returns the mail hook, [Mailer.Send]; an application adds its own hooks to the
// result.
func (m *Mailer) Hooks() user.Hooks { return user.Hooks{Send: m.Send} }

// Send writes a mail and hands it to the [Sender]. It is a mail hook: it runs off the
// request, is tried again after an error, and may block. Its error names neither token nor
// password.
func (m *Mailer) Send(ctx context.Context, mail user.Mail) error {
	// The address is always a stored one, or one to be confirmed, never the text of a
	// request: a look-alike must not get another user's mail.
	to, err := email.Parse(mail.To)
	if err != nil {
		return fmt.Errorf("mails: the stored address cannot get mail: %w: %w", user.ErrUndeliverable, err)
	}
	mail.To = to.Address
	message, err := m.write(mail)
	if err == nil {
		err = m.sender.Send(ctx, message)
	}
	return withoutSecret(withoutSecret(err, string(mail.Token)), string(mail.Code))
}

func (m *Mailer) write(mail user.Mail) (Message, error) {
	url, paged := m.links[mail.Kind]
	if !paged {
		url = m.appURL
	}
	if mail.Token != "" {
		url = linkWithToken(url, string(mail.Token), m.tokenInQuery)
	}
	message := Message{To: mail.To, Kind: mail.Kind, Token: string(mail.Token), Code: string(mail.Code), URL: url, At: m.now().UTC()}
	data := Data{
		AppName:  m.appName,
		URL:      url,
		Token:    string(mail.Token),
		Code:     string(mail.Code),
		Email:    mail.To,
		Lifetime: Lifetime(mail.Lifetime),
		Left:     mail.Left,
		At:       mail.At.UTC(),
		IP:       mail.IP,
		Device:   device(mail.UserAgent),
	}
	data.Browser, data.System = useragent.Of(mail.UserAgent)
	tag := ""
	if mail.User != nil {
		data.HasAccount = true
		data.Profile = mail.User.Profile
		if m.locale != nil {
			tag = m.locale(mail.User)
		}
	}
	var templates *templates
	templates, message.Language = m.languages.of(tag, mail.Kind)
	err := templates.render(&message, data)
	return message, err
}

// withoutSecret keeps a token or code out of the log, whatever a Sender or a template
// put into its error.
func withoutSecret(err error, secret string) error {
	if err == nil || secret == "" || !strings.Contains(err.Error(), secret) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), secret, "[redacted]"))
}
