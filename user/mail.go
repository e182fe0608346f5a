package user

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/secrets"
)

// MailKind is what a [Mail] is for. A package that has mails of its own declares a
// constant for each.
type MailKind string

// The kinds of mails.
const (
	// MailVerify has a token that verifies the address.
	MailVerify MailKind = "verify"
	// MailLogin has a token and a code, each of which logs in once.
	MailLogin MailKind = "login"
	// MailInvitation has a token with which the reader can register.
	MailInvitation MailKind = "invitation"
	// MailReset has a token that replaces the password.
	MailReset MailKind = "reset"
	// MailWelcome has a token that sets the first password of an account which an
	// administrator has made.
	MailWelcome MailKind = "welcome"
	// MailConfirmEmail has a token that makes the address it goes to the user's.
	MailConfirmEmail MailKind = "confirm-email"
	// MailEmailChange is a notice to the present address: another one is to replace it,
	// which is not quoted, as it may be a stranger's message.
	MailEmailChange MailKind = "email-change"
	// MailEmailChanged is a notice to the former address: another one has replaced it.
	MailEmailChanged MailKind = "email-changed"
	// MailInUse is a notice of an attempt to register with the address, or to change to
	// it, which was answered without revealing that it is taken.
	MailInUse MailKind = "in-use"
	// MailPasswordChanged is a notice that the account has a new password.
	MailPasswordChanged MailKind = "password-changed"
	// MailRefreshReused is a notice that a login has ended because its refresh token was
	// used by two clients.
	MailRefreshReused MailKind = "refresh-reused"
	// MailFactorAdded is a notice that logins can be completed with one more second factor.
	MailFactorAdded MailKind = "factor-added"
	// MailFactorRemoved is a notice that a second factor was removed by its owner.
	MailFactorRemoved MailKind = "factor-removed"
	// MailFactorsReset is a notice that a superuser has removed all second factors.
	MailFactorsReset MailKind = "factors-reset"
	// MailRecoveryCodeUsed is a notice that a recovery code stood in for a second factor;
	// Left is how many are left.
	MailRecoveryCodeUsed MailKind = "recovery-code-used"
	// MailRecoveryCodesMade is a notice that there are new recovery codes, and those of
	// before have ended.
	MailRecoveryCodesMade MailKind = "recovery-codes-made"
	// MailNewDevice is a notice that there was a login from a device or a network that is
	// not among the last ones.
	MailNewDevice MailKind = "new-device"
	// MailLoggedIn is a notice that there was a login.
	MailLoggedIn MailKind = "logged-in"
	// MailPasskeyAdded is a notice that there is one more passkey to log in with.
	MailPasskeyAdded MailKind = "passkey-added"
	// MailPasskeyRemoved is a notice that a passkey was removed.
	MailPasskeyRemoved MailKind = "passkey-removed"
	// MailPasskeyCounter is a notice that a passkey was refused because there may be a
	// copy of it.
	MailPasskeyCounter MailKind = "passkey-counter"
	// MailAPIKeyMade is a notice that there is a new API key.
	MailAPIKeyMade MailKind = "api-key-made"
	// MailImpersonated is a notice that an administrator has logged in in the user's name.
	MailImpersonated MailKind = "impersonated"
	// MailPasswordKnown is a notice that several logins in a row had the right password and
	// a wrong second factor: another person may have the password.
	MailPasswordKnown MailKind = "password-known"
)

// Mail is one mail to be sent by [Hooks].Send. Printing or logging it shows its kind
// only.
type Mail struct {
	Kind MailKind
	// To is the address it goes to, and to no other: the stored one of the user, for
	// [MailConfirmEmail] the new one, for [MailEmailChanged] the former one.
	To string
	// User is the user it is about.
	User *User
	// Token is what the reader proves with; empty in a notice. Each attempt has a new one.
	Token secrets.Secret
	// Code is a short code to type in, in the place of Token or beside it.
	Code secrets.Secret
	// Lifetime is how long Token and Code are valid; 0 in a notice.
	Lifetime time.Duration
	// NewEmail is the new address, in the mail that confirms it.
	NewEmail string
	// Left is how many recovery codes are left, in the notice that one was used.
	Left int
	// At is when the request was made that caused the mail.
	At time.Time
	// IP and UserAgent are those of the client that made it, for notices. UserAgent is
	// what the client sent, so that it does not belong into a mail as it is.
	IP, UserAgent string
}

// String returns the kind, such as "verify mail".
func (m Mail) String() string { return string(m.Kind) + " mail" }

// Format prints m as [Mail.String] does, whatever the verb.
func (m Mail) Format(state fmt.State, _ rune) { fmt.Fprint(state, m.String()) }

// LogValue logs the kind only.
func (m Mail) LogValue() slog.Value { return slog.StringValue(m.String()) }

// MarshalJSON returns the kind only.
func (m Mail) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "{\"kind\":%q}", m.Kind), nil }

// Letter is a mail to an address that need not be a user's, for packages with ways in
// by mail. It is sent by [Manager.Post].
type Letter struct {
	// Kind is the kind of the mail.
	Kind MailKind
	// To is the address.
	To email.Email
	// Admit decides whether the mail is sent; u is the user with the address, nil if there
	// is none. It runs off the request. Required.
	Admit func(ctx context.Context, u *User) (bool, error)
	// Prepare runs, once, when the limits of mails have let the mail pass and before it is
	// sent. Where it returns an error it is tried again, unless that is an
	// [ErrUndeliverable], and no mail is sent. Defaults to nothing.
	Prepare func(ctx context.Context, u *User) error
	// Mail returns what the user with the address, nil if there is none, gets: Token, Code,
	// Lifetime. The rest is filled in. Required.
	Mail func(u *User) Mail
}

// Post sends a mail off the request, to the stored address of the user with the address,
// or to the address itself if there is none. The user is looked up off the request, too,
// so that a request takes the same time for every address. It is subject to the
// recipient's limit of mails.
func (m *Manager) Post(ctx context.Context, letter Letter) {
	if !m.Mails(letter.Kind) {
		return
	}
	var owner *User // of the address; nil for none
	m.post(ctx, outgoing{
		kind: letter.Kind,
		to: func(ctx context.Context) (*User, error) {
			u, err := m.byEmail(ctx, letter.To)
			switch {
			case errors.Is(err, ErrDamaged):
				return nil, nil
			case errors.Is(err, ErrNotFound):
				u = nil
			case err != nil:
				return nil, err
			}
			admitted, err := letter.Admit(ctx, u)
			if err != nil || !admitted {
				return nil, err
			}
			if owner = u; u == nil {
				return &User{Email: letter.To.Address, EmailKey: letter.To.Key}, nil
			}
			return u, nil
		},
		prepare: func(ctx context.Context) error {
			if letter.Prepare == nil {
				return nil
			}
			return letter.Prepare(ctx, owner)
		},
		mail: func(to *User) (Mail, error) {
			mail := letter.Mail(owner)
			mail.To, mail.User = to.Email, owner
			return mail, nil
		},
	})
}

// MailUsed notes that the last mail of a kind to an address was used: a further one may be
// sent at once.
func (m *Manager) MailUsed(ctx context.Context, kind MailKind, to email.Email) {
	m.limits.MailUsed(ctx, string(kind), to.Key)
}
