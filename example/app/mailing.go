package app

import (
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
)

// mailHooks sends mails where SMTP_URL says, or into the outbox.
func (a *App) mailHooks() (user.Hooks, error) {
	config := mails.Config{
		SMTP:    a.settings.SMTPURL,
		From:    "ginauth <noreply@" + mailDomain + ">",
		AppURL:  a.settings.PublicURL,
		AppName: "ginauth's demonstration",
		// The demonstration may run anywhere, and without TLS.
		InsecureAppURL: true,
	}
	if a.settings.SMTPURL == "" {
		a.Outbox = &mails.Outbox{}
		config.Sender = a.Outbox
	}
	mailer, err := mails.New(config)
	if err != nil {
		return user.Hooks{}, err
	}
	return mailer.Hooks(), nil
}

// mailDomain is what the demonstration's mails come from.
const mailDomain = "ginauth.example"
