package user

import (
	"context"
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
	// looked up: on self-registration, [Manager.Create] and a first OAuth sign-in.
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
	Kind CredentialKind
	// Name is the name that its owner has given it; empty where there
	// is none, or where all of a kind are meant.
	Name string
	// Scopes are those of an API key that is made.
	Scopes []string
	// Removed says that the user loses it.
	Removed bool
}
