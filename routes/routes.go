// Package routes holds the route groups of ginauth, one file per group, and what
// they share: the guard, the gate every login passes, the order of checks, the
// table that turns errors into answers.
//
// It uses only exported API of packages user and backends: what it can do, an
// application can do. Applications get their groups from package ginauth.
package routes

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// Config is what route groups are built from. ginauth.New fills it in; every
// field is required but Factors, RequireFactor and AfterLogin.
type Config struct {
	Manager       *user.Manager
	Keys          *secrets.Keys
	Authenticator *backends.Authenticator
	CrossOrigin   *backends.CrossOrigin
	// ClientIP returns the client's address in canonical text, "" if unknown.
	ClientIP func(r *http.Request) string
	// Source returns the source that a request comes from, for the limits by source.
	Source func(r *http.Request) limits.Source
	Wire   Wire
	Now    func() time.Time
	Logger *slog.Logger
	// Factors are the application's own second factors; more are added by
	// [Routes.AddFactor]. Defaults to none.
	Factors []user.Factor
	// RequireFactor says of which users a second factor is demanded. Defaults to none.
	RequireFactor func(*user.User) bool
	// AfterLogin runs when a token has been issued, before the response is
	// written. It may add headers and cookies.
	AfterLogin func(c *gin.Context, u *user.User)
}

// Routes builds the route groups of one application. It is safe for concurrent use.
type Routes struct {
	manager       *user.Manager
	keys          *secrets.Keys
	handles       sessionHandles
	authenticator *backends.Authenticator
	crossOrigin   *backends.CrossOrigin
	clientIP      func(r *http.Request) string
	source        func(r *http.Request) limits.Source
	policy        user.Policy
	wire          Wire
	now           func() time.Time
	logger        *slog.Logger
	afterLogin    func(c *gin.Context, u *user.User)
	decode        *decoder
	factors       factorSet
	demandsFactor func(*user.User) bool // nil where of no user
	pending       records.PendingStore  // nil where the store has none
	trace         user.Trace
	devices       Devices // nil where there are none
	scopes        scopeSet
	impersonators string // the permission to impersonate; empty for superusers alone

	mu       sync.Mutex
	attached []Attached
}

// Format prints that they are routes, and nothing of the keys, whatever the verb.
func (*Routes) Format(state fmt.State, _ rune) { fmt.Fprint(state, "routes of ginauth") }

// New returns the routes of an application.
func New(config Config) *Routes {
	r := &Routes{
		manager:       config.Manager,
		keys:          config.Keys,
		handles:       newSessionHandles(config.Keys),
		crossOrigin:   config.CrossOrigin,
		clientIP:      config.ClientIP,
		source:        config.Source,
		policy:        config.Manager.Policy(),
		wire:          config.Wire,
		now:           config.Now,
		logger:        config.Logger,
		afterLogin:    config.AfterLogin,
		demandsFactor: config.RequireFactor,
		trace:         config.Manager.Trace(),
		decode:        newDecoder(config.Wire, config.Manager.Store().ProfileType()),
	}
	r.authenticator = config.Authenticator.With(backends.Checks{Show: r.manager.Show, Actor: r.actorStands})
	r.pending, _ = records.As[records.PendingStore](config.Manager.Store())
	for _, f := range config.Factors {
		r.AddFactor(f)
	}
	r.decode.profile.serve(config.Manager.KeptProfile, config.Logger)
	r.decode.usernames, r.decode.concealed = r.policy.Usernames, r.policy.ConcealRegistration
	r.decode.roles = config.Manager.Roles()
	r.decode.currentPassword = r.policy.RequireCurrentPassword
	return r
}

// Manager returns the operations on accounts that the routes call.
func (r *Routes) Manager() *user.Manager { return r.manager }

// Authenticator returns the authenticator of the configured backends.
func (r *Routes) Authenticator() *backends.Authenticator { return r.authenticator }

// Wire returns the wire profile.
func (r *Routes) Wire() Wire { return r.wire }

// Now returns the application's time.
func (r *Routes) Now() time.Time { return r.now() }

// Purpose returns tokens of a purpose of their own, signed with keys derived from
// the application's secrets.
func (r *Routes) Purpose(audience string, lifetime time.Duration) *secrets.Purpose {
	return secrets.NewPurpose(r.keys, audience, lifetime, r.now).ValidFrom(r.manager.TokensValidFrom())
}
