package mails_test

import (
	"context"
	"fmt"
	"os"
	"testing/fstest"
	"time"

	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
)

// The hook is part of the configuration, either a ginauth.Config or a
// user.ManagerConfig. A real application gives SMTP and From instead of Sender.
func ExampleHooks() {
	config := user.ManagerConfig{
		Hooks: mails.Hooks(mails.Config{
			Sender:  mails.NewPrinter(os.Stdout),
			AppURL:  "https://camelot.example",
			AppName: "Camelot",
		}),
	}

	// ginauth calls it when a user has asked for a new password.
	mail := user.Mail{Kind: user.MailReset, To: "king.arthur@camelot.bt", Token: "TOKEN", Lifetime: time.Hour}
	if err := config.Hooks.Send(context.Background(), mail); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ---- reset mail to king.arthur@camelot.bt
	// Subject: Choose a new password for Camelot
	//
	// Hello,
	//
	// somebody, probably you, has asked to replace the password of the account
	// king.arthur@camelot.bt at Camelot. To choose a new password, open this link:
	//
	// https://camelot.example/reset-password#token=TOKEN
	//
	// The link is good once, and for 1 hour. Give it to nobody: whoever has it can
	// take over the account.
	//
	// If it was not you, there is nothing to do: the password stays as it is.
	// ----
}

// New returns mistakes as an error, for programs that read their settings at run time.
func ExampleNew() {
	_, err := mails.New(mails.Config{SMTP: "smtp://mail.example.com", AppURL: "http://example.com"})
	fmt.Println(err)
	// Output:
	// mails: invalid configuration:
	// Config.AppURL is http://, want https:// (InsecureAppURL allows it)
	// Config.From is missing
}

// An application replaces the templates it wants to, here subject and text of the
// verify mail; usually they are embedded files. An HTML part that would not fit the
// new text is left out by an empty file.
func ExampleConfig() {
	templates := fstest.MapFS{
		"verify.subject.txt": {Data: []byte("Willkommen bei {{.AppName}}")},
		"verify.txt":         {Data: []byte("Hallo,\n\nbitte öffne {{.URL}}\nin den nächsten {{.Lifetime.Minutes}} Minuten.\n")},
		"verify.html":        {},
	}
	hooks := mails.Hooks(mails.Config{
		Sender:    mails.NewPrinter(os.Stdout),
		AppURL:    "https://camelot.example",
		AppName:   "Camelot",
		Templates: templates,
	})

	mail := user.Mail{Kind: user.MailVerify, To: "king.arthur@camelot.bt", Token: "TOKEN", Lifetime: time.Hour}
	if err := hooks.Send(context.Background(), mail); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ---- verify mail to king.arthur@camelot.bt
	// Subject: Willkommen bei Camelot
	//
	// Hallo,
	//
	// bitte öffne https://camelot.example/verify#token=TOKEN
	// in den nächsten 60 Minuten.
	// ----
}

// A test reads the mail that its request has caused. Mails are written off the
// request, so it waits for them.
func ExampleOutbox() {
	outbox := &mails.Outbox{}
	hooks := mails.Hooks(mails.Config{Sender: outbox, AppURL: "https://camelot.example"})

	go hooks.Send(context.Background(), user.Mail{Kind: user.MailVerify, To: "king.arthur@camelot.bt", Token: "TOKEN"})

	mail, err := outbox.Wait(context.Background(), func(m mails.Message) bool {
		return m.Kind == mails.Verify && m.To == "king.arthur@camelot.bt"
	})
	fmt.Println(mail.URL, err)
	// Output: https://camelot.example/verify#token=TOKEN <nil>
}

// Profile has the language of a user.
type Profile struct {
	Language string `json:"language"`
}

func ExampleConfig_locale() {
	outbox := &mails.Outbox{}
	hooks := mails.Hooks(mails.Config{
		Sender: outbox, AppURL: "https://example.com",
		Locale: func(u *user.User) string { return user.ProfileOf[Profile](u).Language },
	})
	u := &user.User{Email: "arthur@camelot.bt", Profile: &Profile{Language: "de-AT"}}
	err := hooks.Send(context.Background(), user.Mail{Kind: user.MailVerify, To: u.Email, User: u, Token: "token", Lifetime: time.Hour})
	fmt.Println(outbox.Messages()[0].Subject, err)
	// Output: Bestätigen Sie Ihre E-Mail-Adresse für example.com <nil>
}
