package user

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"

	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// Hooks are the application's own steps. Every field is optional.
//
// A Before hook runs before anything is written and can veto: a [*Refusal]
// becomes the client's answer; any other error, or a panic, ends the operation
// with an internal error. Either way nothing has been done.
//
// An After hook runs when everything has been written, in the same request, even
// if the client has gone: its context is not cancelled with the request. Its
// error or panic is logged and changes nothing.
//
// The mail hooks, Send, AfterForgotPassword and AfterRequestVerify, run off the
// request, in a bounded queue, and are tried up to three times, or once if their error
// is [ErrUndeliverable]; see [Manager].
//
// No hook gets a password in clear. [RequestFrom] returns the request a hook runs in.
// Hooks are called concurrently.
type Hooks struct {
	// BeforeRegister runs when a registration is valid but its address not yet
	// looked up: on self-registration, [Manager.Create], and a first sign-in by OAuth or by
	// mail. Email of r is the address as it is stored.
	// It may change the Profile of r, at an OAuth sign-up by what the provider says.
	BeforeRegister func(ctx context.Context, r *Registration) error
	// AfterRegister runs when the user is stored.
	AfterRegister func(ctx context.Context, u *User) error

	// BeforeLogin runs after all checks, whatever the way in.
	BeforeLogin func(ctx context.Context, u *User) error
	// AfterLogin runs when the token has been issued.
	AfterLogin func(ctx context.Context, u *User) error

	// BeforeUpdate runs when a change is valid. A new password is not in c;
	// c.ChangesPassword reports whether there is one.
	BeforeUpdate func(ctx context.Context, u *User, c *Changes) error
	// AfterUpdate gets the user after the change and the JSON names of the
	// fields that changed ("password" included), in the order of the user's JSON.
	AfterUpdate func(ctx context.Context, u *User, changed []string) error

	// BeforeDelete runs before a user is removed.
	BeforeDelete func(ctx context.Context, u *User) error
	// AfterDelete runs when the user and what belonged to it are gone.
	AfterDelete func(ctx context.Context, u *User) error

	// BeforeCredential runs before u gets or loses a second factor, a passkey or an API
	// key, whoever asks for it. What goes with the account, or with the last second factor,
	// is not asked about.
	BeforeCredential func(ctx context.Context, u *User, c CredentialChange) error

	// AfterResetPassword runs when the new password is stored.
	AfterResetPassword func(ctx context.Context, u *User) error

	// AfterVerify runs when the user is stored as verified.
	AfterVerify func(ctx context.Context, u *User) error

	// Send sends a mail to its To and to no other address. It is the mail hook of all
	// kinds, [MailKind]; package mails has one. Without it, or the hook of the kind
	// below, users cannot verify an address or reset a password.
	Send func(ctx context.Context, mail Mail) error
	// AfterForgotPassword gets a reset token to send to the user's stored address. It is
	// a mail hook of [MailReset] alone; where Send is set, too, both run.
	AfterForgotPassword func(ctx context.Context, u *User, token string) error
	// AfterRequestVerify gets a verify token to send to the user's stored address. It is
	// a mail hook of [MailVerify] alone; where Send is set, too, both run.
	AfterRequestVerify func(ctx context.Context, u *User, token string) error
}

// CredentialChange is a credential that a user is about to get or to lose. Neither of the
// two has a secret.
type CredentialChange struct {
	// Kind is "totp", "recovery", "passkey", "device" or "api_key".
	Kind records.CredentialKind
	// Name is the name that its owner has given it; empty where there
	// is none, or where all of a kind are meant.
	Name string
	// Scopes are those of an API key that is made.
	Scopes []string
	// Removed says that the user loses it.
	Removed bool
}

// contained calls the application's code and turns a panic into an error.
func contained(name string, call func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("user: %s panicked: %v", name, cause)
		}
	}()
	return call()
}

// before calls a hook that can veto. Any other error it ends with is ErrHook,
// whatever it wraps: "not found" in the application is not our "not found".
func before(name string, call func() error) error {
	err := contained(name, call)
	if err == nil {
		return nil
	}
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		return fmt.Errorf("user: %s: %w", name, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrHook, name, err)
}

// after calls a hook that cannot change the outcome. It must run even if the client has
// gone, so its context is not the request's to cancel.
func (m *Manager) after(ctx context.Context, name string, u *User, call func(context.Context) error) {
	ctx = context.WithoutCancel(ctx)
	if err := contained(name, func() error { return call(ctx) }); err != nil {
		m.logger.LogAttrs(ctx, slog.LevelError, "ginauth: hook failed",
			slog.String("hook", name), slog.String("user", string(u.ID)), slog.String("error", err.Error()))
	}
}

// afterUser is after for the hooks that get the user only.
func (m *Manager) afterUser(ctx context.Context, name string, hook func(context.Context, *User) error, u *User) {
	if hook != nil {
		m.after(ctx, name, u, func(ctx context.Context) error { return hook(ctx, u) })
	}
}

// BeforeLogin calls the hook of that name and has the login recorded where
// [EventLogin] is required. The gate calls it after all checks, a second factor
// included, and issues no token when it returns an error.
func (m *Manager) BeforeLogin(ctx context.Context, login Login) error {
	RequestContextOf(ctx).NoteSubject(login.User)
	ctx = withLogin(ctx, login)
	if m.hooks.BeforeLogin != nil {
		if err := before("BeforeLogin", func() error { return m.hooks.BeforeLogin(ctx, login.User) }); err != nil {
			return err
		}
	}
	return m.requireLogin(ctx, login.User)
}

// BeforeCredential calls the hook of that name. Packages with credentials call it before
// they store or remove one.
func (m *Manager) BeforeCredential(ctx context.Context, u *User, c CredentialChange) error {
	if m.hooks.BeforeCredential == nil {
		return nil
	}
	return before("BeforeCredential", func() error { return m.hooks.BeforeCredential(ctx, u, c) })
}

// LoggedIn notes a complete login, when its token has been issued: failures in a row
// end, [EventLogin] is emitted and the hook AfterLogin runs.
func (m *Manager) LoggedIn(ctx context.Context, login Login) { m.LoggedInto(ctx, login, "") }

// LoggedInto is [Manager.LoggedIn] for a login whose session has a handle, which its event
// shows; see [Event].
func (m *Manager) LoggedInto(ctx context.Context, login Login, session string) {
	if login.User.SecondFactor && login.Uses(MethodPassword) {
		m.limits.LoggedIn(ctx, login.User.EmailKey, clientOf(ctx))
	}
	ctx = withLogin(ctx, login)
	e := loginOf(ctx, login.User)
	e.Session = session
	m.Emit(ctx, e)
	m.afterUser(ctx, "AfterLogin", m.hooks.AfterLogin, login.User)
}

// mailHook returns the hook for mails of one kind alone, nil if there is none.
func (h Hooks) mailHook(kind MailKind) (name string, hook func(ctx context.Context, u *User, token string) error) {
	switch kind {
	case MailVerify:
		return "AfterRequestVerify", h.AfterRequestVerify
	case MailReset:
		return "AfterForgotPassword", h.AfterForgotPassword
	}
	return "", nil
}

// Mails reports whether there is a hook that sends mails of a kind. It is meant for
// warnings about routes that do nothing without it.
func (m *Manager) Mails(kind MailKind) bool {
	_, hook := m.hooks.mailHook(kind)
	return m.hooks.Send != nil || hook != nil
}

// Vetoes returns which operations a Before hook can refuse with a code of its own, for
// documents of the routes.
func (m *Manager) Vetoes() (by struct{ Register, Login, Update, Delete, Credential bool }) {
	by.Register, by.Login = m.hooks.BeforeRegister != nil, m.hooks.BeforeLogin != nil
	by.Update, by.Delete = m.hooks.BeforeUpdate != nil, m.hooks.BeforeDelete != nil
	by.Credential = m.hooks.BeforeCredential != nil
	return by
}

// Code of the application that is handed a password or a token must not bring it
// into the log when it fails.

// containedQuietly is contained for code that was handed a secret: the value of a
// panic may quote it, which the runtime's own errors do not.
func containedQuietly(name string, call func() error) (err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("user: %s panicked: %w", name, cause)
		default:
			err = fmt.Errorf("user: %s panicked with a %T, not shown as it may quote a secret", name, cause)
		}
	}()
	return call()
}

// unquoting returns err with a text in which secret, which was handed to the
// application's code, does not occur as it is.
func unquoting(err error, secret string) error {
	if err == nil || secret == "" || !strings.Contains(err.Error(), secret) {
		return err
	}
	return &quietError{cause: err, secret: secret}
}

type quietError struct {
	cause  error
	secret string
}

func (e *quietError) Error() string {
	return strings.ReplaceAll(e.cause.Error(), e.secret, secrets.Secret("").String())
}

func (e *quietError) Unwrap() error { return e.cause }

// Format keeps the fields from being printed.
func (e *quietError) Format(state fmt.State, _ rune) { fmt.Fprint(state, e.Error()) }
