// Package ginauth gives a Gin application its user accounts: sign-up, login,
// e-mail verification, password reset and user administration as route groups
// to attach where the application wants them, middleware that puts the user
// into the request, and interchangeable ways to stay logged in.
//
// [New] makes an [Auth] from a [Config]. Its methods return route groups to
// attach ([Auth.AuthRoutes], [Auth.RegisterRoutes] …) and middleware for the
// application's own routes ([Auth.CurrentUser], [Auth.ActiveUser],
// [Auth.Superuser]); [UserFrom] reads the user. Users are kept by a store, such
// as the one of package mongostore, and stay logged in by the backends of
// package backends.
package ginauth

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/background"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// User is one account; see [user.User].
type User = user.User

// The wire profiles of [Config.Wire]: which version of FastAPI Users a client
// takes the application for.
const (
	WireV9  = routes.WireV9
	WireV15 = routes.WireV15
)

// The modes of Config.Registration.
const (
	Open           = user.RegistrationOpen
	InvitationOnly = user.RegistrationByInvitation
	Closed         = user.RegistrationClosed
)

// Forever is a token lifetime without end.
const Forever = backends.Forever

// Config is what an [Auth] is made of. [New] copies it; it does not change the
// caller's value.
type Config struct {
	// Store keeps the users. Required.
	Store user.Store
	// Secret is what all keys are derived from: at least 32 random bytes, the
	// same in every instance and after a restart. Required.
	Secret secrets.Secret
	// Backends are the ways to stay logged in, asked in this order. At least one is required.
	Backends []backends.Backend

	// PreviousSecrets still verify what they signed, but sign nothing: keep the
	// last one here after a change of Secret, until its tokens have expired.
	// Defaults to none.
	PreviousSecrets []secrets.Secret

	// Hooks are the application's own steps; package mails has those that send
	// mails. Defaults to none.
	Hooks user.Hooks
	// AfterLogin runs when a token has been issued, before the response is
	// written; it may add headers and cookies. A panic is logged and changes
	// nothing. Defaults to nothing.
	AfterLogin func(c *gin.Context, u *User)

	// Factors are second factors of the application's own; the packages that bring some
	// add them by themselves. Store must implement [records.PendingStore] then. Defaults to
	// none.
	Factors []user.Factor

	// OnEvent gets every decision as a value: logins, refusals, changes, with the user,
	// the actor and the client, never with a secret. It is called off the request, in
	// order for each user, and has 5 seconds; its context ends then. Events that follow
	// each other closely are handed over together, up to 10 milliseconds later. Up to
	// 10,000 events wait; more are dropped, counted and logged. A panic is logged. Package
	// audit has sinks. Defaults to nothing.
	OnEvent func(ctx context.Context, e user.Event)
	// RequiredEvents are the kinds of events that have to be recorded by
	// OnRequiredEvent before the decision takes effect. Defaults to none.
	RequiredEvents []user.EventKind
	// OnRequiredEvent records an event of RequiredEvents, in the request and within the
	// time of its store calls. Where it returns an error or panics, nothing is done and
	// the request is answered 503. Required with RequiredEvents.
	OnRequiredEvent func(ctx context.Context, e user.Event) error

	// Trace is called as ginauth works, for metrics and traces; package telemetry fills it
	// in. Defaults to nothing.
	Trace user.Trace

	// RequireFactor reports whether a user must have a second factor, such as superusers.
	// A user without the one demanded can log in, and then reaches only the routes to set
	// one up: GET /me, /reauthenticate, /logout, those of the packages that bring
	// factors, and those with the requirement [Enrolment]. All others answer 403
	// FACTOR_ENROLMENT_REQUIRED. It is called for every request, also concurrently, and
	// must not block. Defaults to none.
	RequireFactor func(*User) bool

	// Roles are the roles that users can have, each with its permissions, such as
	// {"editor": {"posts:write"}}. A permission "posts:*" stands for all of the map that
	// begin with "posts:". Superusers give them by PATCH /users/:id, and [Role] and [Can]
	// demand them. Roles that are stored but not declared are ignored. Defaults to none.
	Roles map[string][]string

	// ValidatePassword decides on new passwords; [password.Rules] joins several
	// rules, and package blocklist has some that refuse common passwords. Defaults to
	// at least 8 characters.
	ValidatePassword password.Rule
	// Hasher configures password hashing. Defaults to Argon2id with 19 MiB, 2 passes, 1 thread.
	Hasher password.Config
	// ResetLifetime is how long a reset token is valid. Defaults to 1 hour.
	ResetLifetime time.Duration
	// VerifyLifetime is how long a token that verifies an address or confirms a new one
	// is valid. Defaults to 1 hour.
	VerifyLifetime time.Duration

	// TokensValidFrom ends all tokens that were issued before this time, to the second:
	// access tokens of every backend, and mailed ones. Set it to the present, in all
	// instances, when a backup was restored or a leak is feared. Defaults to none.
	TokensValidFrom time.Time

	// Policy are the fields that say who may register and how, and what is stricter than
	// clients of FastAPI Users know: Registration, AllowedDomains, Usernames,
	// ConcealRegistration, ConfirmEmailChange, ResetOnlyAdministration and others. The page
	// docs/full-bar.md says what each changes on the wire. Defaults to none.
	user.Policy

	// Limits are the abuse limits. Defaults to on, counted in Store where it can.
	Limits limits.Config

	// Wire is the wire profile. Defaults to WireV9.
	Wire routes.Wire
	// TrustedOrigins are other origins, such as "https://app.example.com", from
	// which browsers may send requests with ginauth's cookies. Defaults to none.
	TrustedOrigins []string
	// TrustedProxies are the addresses and networks of the reverse proxies in front of
	// the application; only their headers about the client's address are believed. Gin's
	// own setting is not used. Defaults to none.
	TrustedProxies []string

	// Now returns the time. Defaults to time.Now.
	Now func() time.Time
	// Logger takes what goes wrong; nothing secret is logged. Defaults to slog.Default().
	Logger *slog.Logger
}

// Auth gives an application its users. It is safe for concurrent use.
type Auth struct {
	routes  *routes.Routes
	touches *background.Pool // records when tokens were used
}

// The queue for work off the request path other than mails: recording when a token was
// used.
const (
	touchWorkers = 2
	touchQueue   = 1000
	touchTimeout = 5 * time.Second
	// shutdownTime is how long Shutdown waits if its context has no deadline.
	shutdownTime = 10 * time.Second
)

// Shutdown takes no more mails, events and other work off the request path (AfterRegister of
// concealed registrations, the times at which tokens were used) and waits for what is already
// taken, until ctx ends or, where it has no deadline, for 10 seconds. Call it when the HTTP
// server has stopped. It returns an error if any of it was lost.
func (a *Auth) Shutdown(ctx context.Context) error {
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, shutdownTime)
		defer cancel()
	}
	return errors.Join(a.Manager().Shutdown(ctx), a.touches.Shutdown(ctx))
}

// Manager returns the operations on accounts, for the application's own use.
func (a *Auth) Manager() *user.Manager { return a.routes.Manager() }

// Routes returns what route groups are built from, for packages that add their own.
func (a *Auth) Routes() *routes.Routes { return a.routes }

// AuthRoutes returns POST /login and POST /logout of a backend; with refresh tokens also POST
// /refresh, where the application has second factors also POST /login/factor and POST
// /reauthenticate, and with [Reauthenticate] also the latter without them. Panics if no backend
// of that name is configured, or it has no login.
func (a *Auth) AuthRoutes(b backends.Backend, options ...GroupOption) routes.Group {
	return a.routes.Auth(b.Name, groupOptions(options))
}

// RegisterRoutes returns POST /register. Set up package routes/invitations before this call,
// or the field invitation is ignored. Attaching the group panics if Config.Registration is
// Closed, or InvitationOnly without invitations.
func (a *Auth) RegisterRoutes() routes.Group { return a.routes.Register() }

// ResetPasswordRoutes returns POST /forgot-password and POST /reset-password. They
// need a mail hook, Hooks.Send or Hooks.AfterForgotPassword; a warning is logged
// without it.
func (a *Auth) ResetPasswordRoutes() routes.Group { return a.routes.Reset() }

// VerifyRoutes returns POST /request-verify-token and POST /verify, and with
// Config.ConfirmEmailChange POST /confirm-email. They need a mail hook, Hooks.Send or
// Hooks.AfterRequestVerify; a warning is logged without it.
func (a *Auth) VerifyRoutes() routes.Group { return a.routes.Verify() }

// UsersRoutes returns GET and PATCH /me for the current user and GET, PATCH and
// DELETE /:id for superusers; with [ListUsers] also GET of the group's own path, and
// with Config.ResetOnlyAdministration POST /:id/forgot-password.
func (a *Auth) UsersRoutes(options ...GroupOption) routes.Group {
	return a.routes.Users(groupOptions(options))
}

// SessionsRoutes returns GET /sessions, DELETE /sessions and DELETE
// /sessions/:session for the current user, usually attached to /users/me.
func (a *Auth) SessionsRoutes(options ...GroupOption) routes.Group {
	return a.routes.Sessions(groupOptions(options))
}

// UserSessionsRoutes returns the same routes for superusers over any user, to
// attach to a path with the parameter :id, usually /users/:id.
func (a *Auth) UserSessionsRoutes(options ...GroupOption) routes.Group {
	return a.routes.UserSessions(groupOptions(options))
}

// PublicKeysRoutes returns GET /jwks.json, the public keys (RFC 7517) with which
// other services verify the tokens of a JWT backend, usually attached to
// /.well-known. Panics if no such backend is configured.
func (a *Auth) PublicKeysRoutes(b backends.Backend) routes.Group {
	return a.routes.PublicKeys(b.Name)
}

// Options returns the choices that options stand for, for packages that add route
// groups of their own.
func Options(options ...GroupOption) routes.GroupOptions { return groupOptions(options) }

func groupOptions(options []GroupOption) routes.GroupOptions {
	var all routes.GroupOptions
	for _, o := range options {
		o.option(&all)
	}
	return all
}

// LogIn logs u in through backend b: the gate of an application's own ways in. It
// checks the account, asks for a second factor where the user has one, runs the login
// hooks, issues a token and puts it into the response (a cookie; nothing for a bearer
// token). It writes no body and returns the token. It does not check where the request
// comes from: a way in for pages of the application alone asks
// [http.CrossOriginProtection] before.
//
// Errors: [user.ErrInactive], [user.ErrNotVerified] if the option Verified is given, a
// [*user.FactorRequired] if the user has a second factor, a [*user.Refusal] of
// BeforeLogin or [user.ErrHook] if it failed, [user.ErrUnavailable],
// [backends.ErrMisconfigured]. The user is not logged in then. After a
// *user.FactorRequired, POST /login/factor of the backend's auth group completes the
// login; its login token is in the error, or in a cookie where the backend has cookies.
// Panics if no backend of that name is configured, or it has no login, as those of API
// keys.
func (a *Auth) LogIn(c *gin.Context, b backends.Backend, u *User, options ...LoginOption) (token string, err error) {
	chosen := loginOptions{login: user.Login{User: u, Methods: []user.Method{user.MethodApplication}}}
	for _, o := range options {
		o.logIn(&chosen)
	}
	return a.routes.LogInAs(c, b.Name, chosen.login, chosen.group)
}

// LogOut ends the token that the request carries in backend b's own transport and
// makes the client forget it. It writes no body. Without a token it does nothing.
// [user.ErrUnavailable] means that the token may still be valid. Panics if no
// backend of that name is configured.
func (a *Auth) LogOut(c *gin.Context, b backends.Backend) error {
	return a.routes.LogOutOf(c, b.Name)
}
