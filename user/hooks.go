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
// The mail hooks, AfterForgotPassword, AfterRequestVerify and those at the end,
// run off the request, in a bounded queue, and are tried up to three times, or once
// where their error is [ErrUndeliverable]; see [Manager].
//
// No hook gets a password in clear. [RequestFrom] tells which request a hook
// runs in. Hooks are called concurrently.
type Hooks struct {
	// BeforeRegister runs when a registration is valid but its address not yet
	// looked up: on self-registration, [Manager.Create] and a first OAuth sign-in.
	// It may change the Profile of r.
	BeforeRegister func(ctx context.Context, r *Registration) error
	// AfterRegister runs when the user is stored.
	AfterRegister func(ctx context.Context, u *User) error

	// BeforeLogin runs after all checks, whatever the way in.
	BeforeLogin func(ctx context.Context, u *User) error
	// AfterLogin runs when the token has been issued.
	AfterLogin func(ctx context.Context, u *User) error

	// BeforeUpdate runs when a change is valid. A new password is not in c;
	// c.ChangesPassword tells whether there is one.
	BeforeUpdate func(ctx context.Context, u *User, c *Changes) error
	// AfterUpdate gets the user after the change and the JSON names of the
	// fields that changed ("password" included), in the order of the user's JSON.
	AfterUpdate func(ctx context.Context, u *User, changed []string) error

	// BeforeDelete runs before a user is removed.
	BeforeDelete func(ctx context.Context, u *User) error
	// AfterDelete runs when the user and what belonged to it are gone.
	AfterDelete func(ctx context.Context, u *User) error

	// AfterForgotPassword gets a reset token to send to the user's stored
	// address. It is a mail hook. Without it nobody can reset a password.
	AfterForgotPassword func(ctx context.Context, u *User, token string) error
	// AfterResetPassword runs when the new password is stored.
	AfterResetPassword func(ctx context.Context, u *User) error

	// AfterRequestVerify gets a verify token to send to the user's stored
	// address. It is a mail hook. Without it nobody can verify an address.
	AfterRequestVerify func(ctx context.Context, u *User, token string) error
	// AfterVerify runs when the user is stored as verified.
	AfterVerify func(ctx context.Context, u *User) error

	// AfterRequestEmailChange gets a token to send to email, the address that u
	// wants to have, and to no other; see [OwnPolicy]. It is a mail hook.
	AfterRequestEmailChange func(ctx context.Context, u *User, email, token string) error
	// NoticeEmailChange tells u, at the stored address, that somebody logged in as u
	// wants the address to become email. Do not quote email: it may be a message of
	// that somebody. It runs only where the stored address is verified. It is a mail
	// hook.
	NoticeEmailChange func(ctx context.Context, u *User, email string) error
	// NoticeEmailChanged tells the owner of old, which was u's address until now,
	// that it is so no more, if it was verified. Do not quote the new address, as in
	// NoticeEmailChange. It is a mail hook.
	NoticeEmailChanged func(ctx context.Context, u *User, old string) error
	// NoticeAddressInUse tells u that somebody has tried to register with u's
	// address, or to change to it, and was not told that it is taken; see
	// [Manager.RegisterConcealed] and [OwnPolicy]. It is a mail hook.
	NoticeAddressInUse func(ctx context.Context, u *User) error
}
