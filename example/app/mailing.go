package app

import (
	"context"

	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
)

// mailHooks sends mails where SMTP_URL says, or into the outbox. Without either, no
// mail is sent.
func (a *App) mailHooks() (user.Hooks, error) {
	config := mails.Config{
		SMTP:    a.settings.SMTPURL,
		From:    "ginauth <noreply@" + mailDomain + ">",
		AppURL:  a.settings.PublicURL,
		AppName: "ginauth's demonstration",
		Locale:  languageOf,
		// The demonstration may run anywhere, and without TLS.
		InsecureAppURL: true,
		// The links lead to the pages of package pages, which work without scripts.
		VerifyPath:       accountPath + "/verify",
		ResetPath:        accountPath + "/reset",
		ConfirmEmailPath: accountPath + "/confirm-email",
		LoginPath:        accountPath + "/sign-in/link",
		InvitationPath:   accountPath + "/invitation",
		TokenInQuery:     true,
	}
	switch {
	case a.settings.showsOutbox():
		a.Outbox = &mails.Outbox{}
		config.Sender = a.Outbox
	case a.settings.SMTPURL == "":
		config.Sender = nowhere{}
	}
	mailer, err := mails.New(config)
	if err != nil {
		return user.Hooks{}, err
	}
	return mailer.Hooks(), nil
}

// nowhere sends nothing: there is no mail server, and no outbox for others to read.
type nowhere struct{}

// Send implements [mails.Sender].
func (nowhere) Send(context.Context, mails.Message) error { return nil }

// mailDomain is what the demonstration's mails come from.
const mailDomain = "ginauth.example"
