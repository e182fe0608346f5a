package mails

import (
	"cmp"
	"crypto/tls"
	"errors"
	"io/fs"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// Config is what a [Mailer] is made of. [New] copies it.
type Config struct {
	// SMTP names the mail server: smtp://name:password@host:587, which must offer
	// STARTTLS, or smtps://name:password@host:465 for TLS from the first byte. Name
	// and password may be missing; characters such as @ and / in them are
	// percent-encoded. Ports default to 587 and 465. A server on this machine
	// (localhost, 127.0.0.1, ::1) is used without TLS unless the URL ends in
	// ?tls=starttls. ?tls=none turns TLS off for any other server: everyone on the
	// network path can read the links then. A password is never sent in clear text.
	// Required unless Sender is set.
	SMTP secrets.Secret
	// From is the sender, as "noreply@example.com" or "Example <noreply@example.com>".
	// Required with SMTP.
	From string
	// AppURL is where people find the application, such as "https://example.com" or
	// "https://example.com/app". Links begin with it. It must be https unless the
	// application is on this machine. Required.
	AppURL string

	// AppName is what the mails call the application. Defaults to the host of AppURL.
	AppName string
	// VerifyPath is the page of the application that confirms an address. Defaults to "/verify".
	//
	// The link to it ends in #token=…. What follows the # stays in the browser: it
	// reaches no server, no proxy's log and no Referer header. Opening the page
	// must change nothing, since mail scanners open links too; its script sends
	// {"token": …} with POST to the verify route.
	VerifyPath string
	// ResetPath is the page that asks for a new password, linked to in the same way;
	// its script sends {"token": …, "password": …} with POST to the reset-password
	// route. Defaults to "/reset-password".
	ResetPath string
	// ConfirmEmailPath is the page that confirms a new address, linked to in the same
	// way; its script sends {"token": …} with POST to the confirm-email route. Only
	// applications that set ginauth.Config.ConfirmEmailChange need it. Defaults to
	// "/confirm-email".
	ConfirmEmailPath string
	// LoginPath is the page that logs in by mail, linked to in the same way; its script
	// sends {"token": …} with POST to the login/mail route of a backend, and asks the reader
	// before it sends "confirm": true. Only applications with package maillogin need it.
	// Defaults to "/login-by-mail".
	LoginPath string
	// InvitationPath is the page on which those who are invited register, linked to in the
	// same way; its script sends the token as the field invitation of the register route.
	// Only applications with package invitations need it. Defaults to "/invitation".
	InvitationPath string
	// Paths are the pages of further kinds whose mails have a token, linked to in the same
	// way. Mails of kinds without a page link to AppURL. Defaults to none.
	Paths map[Kind]string

	// Templates has the application's own templates, for each [Kind] in three files
	// named after it: for "verify" they are verify.subject.txt, verify.txt and
	// verify.html. A missing one is the built-in; an .html file that comes out empty
	// leaves the HTML part out. Their dot is a [Data]; .txt files are
	// read by text/template, .html files by html/template. Other .txt and .html files
	// beside them can be called, as by {{template "layout.html" .}}. [New] tries the
	// templates, unless one of them uses .Profile. Defaults to the built-in ones.
	//
	// A folder of Templates whose name is a language tag in lower case, such as "de" or
	// "pt-br", has the templates of that language: over the built-in ones of English, which
	// have no folder, and German, "de", or of one more language. A kind without
	// templates in a language is written in the first language.
	Templates fs.FS
	// Kinds have the templates of further kinds of mails, as packages with mails of their
	// own come with them; Templates replaces them, too. Defaults to none.
	Kinds []fs.FS
	// Locale returns the language of a user as a language tag (BCP 47), such as "de-CH",
	// for which there are the templates "de-ch" or "de"; "" or one without templates is the
	// first language. It is called off the request, and not for mails to addresses without
	// a user. Defaults to the first language for all.
	Locale func(u *user.User) string
	// Sender delivers the mails instead of SMTP. Defaults to SMTP.
	Sender Sender
	// TLS is the TLS configuration for the mail server, for example with the
	// certificates of a private authority. Defaults to TLS 1.2 or newer and
	// the system's authorities.
	TLS *tls.Config
	// TokenInQuery has links end in ?token=… in the place of #token=…, for pages that work
	// without scripts, as those of package pages do. The token reaches the server then: its
	// page must not keep it in the address, and an access log that writes queries has it,
	// until it is used or expires. Defaults to false.
	TokenInQuery bool
	// InsecureAppURL allows an AppURL with http:// on a machine other than this
	// one. Everyone who can read the traffic can take over the accounts then. Defaults
	// to false.
	InsecureAppURL bool

	// Now returns the time. Defaults to time.Now.
	Now func() time.Time
}

const (
	defaultVerifyPath  = "/verify"
	defaultResetPath   = "/reset-password"
	defaultConfirmPath = "/confirm-email"
	defaultLoginPath   = "/login-by-mail"
	defaultInvitation  = "/invitation"
)

func (c Config) withDefaults() Config {
	if c.VerifyPath == "" {
		c.VerifyPath = defaultVerifyPath
	}
	if c.ResetPath == "" {
		c.ResetPath = defaultResetPath
	}
	if c.ConfirmEmailPath == "" {
		c.ConfirmEmailPath = defaultConfirmPath
	}
	c.LoginPath = cmp.Or(c.LoginPath, defaultLoginPath)
	c.InvitationPath = cmp.Or(c.InvitationPath, defaultInvitation)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// sender returns the Sender that is configured.
func (c Config) sender() (Sender, error) {
	switch {
	case c.Sender != nil && c.SMTP != "":
		return nil, errors.New("Config.SMTP and Config.Sender are both set, want one")
	case c.Sender != nil:
		return c.Sender, nil
	}
	server, err := parseServer(c.SMTP)
	problems := []error{err}
	from, err := parseSender(c.From)
	problems = append(problems, err)
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return &smtpSender{server: server, from: from, tls: server.tlsConfig(c.TLS)}, nil
}
