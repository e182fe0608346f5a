package mails

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/ginauth/ginauth/user"
)

// Kind is what a mail is for; its templates have its name.
type Kind = user.MailKind

// The kinds of mails that have templates here.
const (
	// Verify mails confirm an e-mail address.
	Verify = user.MailVerify
	// Login mails have a link and a code to log in with.
	Login = user.MailLogin
	// Invitation mails have a link to register with.
	Invitation = user.MailInvitation
	// Reset mails replace a forgotten password.
	Reset = user.MailReset
	// Welcome mails have a link to choose the first password of an account that an
	// administrator has made.
	Welcome = user.MailWelcome
	// ConfirmEmail mails go to an address that is to become a user's.
	ConfirmEmail = user.MailConfirmEmail
	// EmailChange mails are notices to the present address that a change to another was requested.
	EmailChange = user.MailEmailChange
	// EmailChanged mails are notices to the former address that it was replaced.
	EmailChanged = user.MailEmailChanged
	// InUse mails are notices of an attempt to register with the address.
	InUse = user.MailInUse
	// PasswordChanged mails are notices that the account has a new password.
	PasswordChanged = user.MailPasswordChanged
	// RefreshReused mails are notices that a login has ended because two clients had its
	// refresh token.
	RefreshReused = user.MailRefreshReused
	// FactorAdded mails are notices of one more second factor.
	FactorAdded = user.MailFactorAdded
	// FactorRemoved mails are notices that a second factor was removed by its owner.
	FactorRemoved = user.MailFactorRemoved
	// FactorsReset mails are notices that a superuser has removed all second factors.
	FactorsReset = user.MailFactorsReset
	// Impersonated mails are notices that an administrator logged in in the user's name.
	Impersonated = user.MailImpersonated
	// RecoveryCodeUsed mails are notices that a recovery code was used, with how many are left.
	RecoveryCodeUsed = user.MailRecoveryCodeUsed
	// RecoveryCodesMade mails are notices of new recovery codes.
	RecoveryCodesMade = user.MailRecoveryCodesMade
	// NewDevice mails are notices of a login from a new device or network.
	NewDevice = user.MailNewDevice
	// LoggedIn mails are notices of a login.
	LoggedIn = user.MailLoggedIn
	// PasskeyAdded mails are notices of one more passkey.
	PasskeyAdded = user.MailPasskeyAdded
	// PasskeyRemoved mails are notices that a passkey was removed.
	PasskeyRemoved = user.MailPasskeyRemoved
	// PasskeyCounter mails are notices that a passkey was refused, as there may be a copy.
	PasskeyCounter = user.MailPasskeyCounter
	// APIKeyMade mails are notices of a new API key.
	APIKeyMade = user.MailAPIKeyMade
	// PasswordKnown mails are notices that another person may have the password.
	PasswordKnown = user.MailPasswordKnown
)

// Message is one mail. Printing or logging it shows its kind only, as its token
// gives access to an account.
type Message struct {
	// To is the stored address of the user, for two kinds the one that is to be or
	// was stored. It may have a domain or even a name outside ASCII.
	To string
	// Kind is what the mail is for.
	Kind Kind
	// Language is the folder of the templates it was written with, such as "de"; empty for
	// the first language.
	Language string
	// Subject is one line.
	Subject string
	// Text is the body as plain text.
	Text string
	// HTML is the body as HTML; empty if there is none.
	HTML string
	// Token is the token of the link; empty for a mail without one.
	Token string
	// Code is a short code to type in; empty for a mail without one.
	Code string
	// URL is the link with the token, or to the application where there is none.
	URL string
	// At is when the mail was written, in UTC.
	At time.Time
}

// Sender delivers mails.
type Sender interface {
	// Send delivers m to m.To only, and returns when the mail is delivered or has
	// failed; it may block until ctx ends. An error is logged and the mail tried again
	// a few times, unless the error Is [user.ErrUndeliverable]. Each attempt has a new
	// token. The error must not contain the token. Send is called concurrently.
	Send(ctx context.Context, m Message) error
}

// String returns the kind, such as "verify mail".
func (m Message) String() string { return string(m.Kind) + " mail" }

// Format prints m as [Message.String] does, whatever the verb.
func (m Message) Format(state fmt.State, _ rune) { fmt.Fprint(state, m.String()) }

// LogValue logs the kind only.
func (m Message) LogValue() slog.Value { return slog.StringValue(m.String()) }
