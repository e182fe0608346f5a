package user

import (
	"context"
	"slices"
	"time"

	"github.com/ginauth/ginauth/user/records"
)

// Method is one way in which a user proved an identity: an Authentication Method
// Reference (RFC 8176) where that registry has the value, otherwise a value in its
// style.
type Method = records.Method

// The methods that ginauth records.
const (
	MethodPassword     Method = "pwd"  // a password
	MethodFederated    Method = "fed"  // an account at an OAuth provider
	MethodMail         Method = "mail" // a link or a code sent by e-mail
	MethodApplication  Method = "app"  // a way in of the application's own
	MethodTOTP         Method = "otp"  // a one-time password (RFC 6238)
	MethodRecoveryCode Method = "rc"   // a recovery code
	MethodPasskey      Method = "hwk"  // a passkey: proof of possession of its key
	MethodUserVerified Method = "user" // the passkey verified its user
	MethodMultiFactor  Method = "mfa"  // two different factors, or a passkey that verified its user
)

// Login is one authentication: who, how and when. The gate of every way in gets it,
// every token remembers it, and [github.com/ginauth/ginauth.LoginFrom] returns it
// to handlers. It is a value; its slices must not be modified.
type Login struct {
	// User is the account that is logged in; nil in a login that was read from a
	// token alone.
	User *User
	// Methods are the methods used, sorted and without repetition; nil if they are
	// unknown, as with tokens of other systems and earlier versions.
	Methods []Method
	// At is the time of the last proof; the zero time in an impersonated login.
	At time.Time
	// Actor is the superuser who acts in the user's name; empty if there is none
	// (RFC 8693, section 4.1).
	Actor ID
	// ActorVersion is the token version of Actor when the token was issued.
	ActorVersion int64
	// Scopes limit what the token may be used for. Nil means no limit; an empty
	// slice permits nothing.
	Scopes []string
	// Session is the handle of the session a token belongs to, where its strategy has
	// tokens that share one; empty otherwise. It is no secret.
	Session string
	// Remember is the client's wish to stay logged in for longer.
	Remember bool
}

// Uses reports whether m is one of the login's methods.
func (l Login) Uses(m Method) bool { return slices.Contains(l.Methods, m) }

// MultiFactor reports whether the user proved two different factors.
func (l Login) MultiFactor() bool { return l.Uses(MethodMultiFactor) }

// With returns l with further methods, sorted and without repetition, and with
// [MethodMultiFactor] where the methods together are two different factors.
func (l Login) With(methods ...Method) Login {
	all := slices.Concat(l.Methods, methods)
	if isMultiFactor(all) {
		all = append(all, MethodMultiFactor)
	}
	slices.Sort(all)
	l.Methods = slices.Compact(all)
	return l
}

// Token returns the record of a token of that hash, issued at now for l by the backend of
// that name, to the client of the request that ctx belongs to.
func (l Login) Token(ctx context.Context, hash, backend string, now, expires time.Time) records.Token {
	request := RequestFrom(ctx)
	return records.Token{
		Hash:            hash,
		UserID:          l.User.ID,
		Backend:         backend,
		TokenVersion:    l.User.TokenVersion,
		CreatedAt:       now,
		ExpiresAt:       expires,
		Methods:         l.Methods,
		AuthenticatedAt: l.At,
		Actor:           l.Actor,
		ActorVersion:    l.ActorVersion,
		Scopes:          l.Scopes,
	}.SeenAt(now, request.ClientIP, request.UserAgent)
}

// LoginOf returns what the record of a token remembers of its login, without the user.
func LoginOf(t records.Token) Login {
	at := t.AuthenticatedAt
	if at.IsZero() && t.Actor == "" {
		at = t.CreatedAt
	}
	return Login{Methods: t.Methods, At: at, Actor: t.Actor, ActorVersion: t.ActorVersion, Scopes: t.Scopes, Remember: t.Rotation.Remember}
}

// isMultiFactor reports whether methods hold a first and a second factor, or a passkey
// that verified its user. A mailed code is never a second factor.
func isMultiFactor(methods []Method) bool {
	has := func(wanted ...Method) bool {
		return slices.ContainsFunc(wanted, func(m Method) bool { return slices.Contains(methods, m) })
	}
	first := has(MethodPassword, MethodFederated, MethodMail, MethodApplication)
	second := has(MethodTOTP, MethodRecoveryCode, MethodPasskey)
	return first && second || has(MethodPasskey) && has(MethodUserVerified)
}

type loginContextKey struct{}

// withLogin returns a context that carries l to hooks.
func withLogin(ctx context.Context, l Login) context.Context {
	return context.WithValue(ctx, loginContextKey{}, l)
}

// LoginFrom returns the login that a BeforeLogin or AfterLogin hook runs for, or
// the zero value outside of them.
func LoginFrom(ctx context.Context) Login {
	l, _ := ctx.Value(loginContextKey{}).(Login)
	return l
}
