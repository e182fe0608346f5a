package user

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/ginauth/ginauth/internal/background"
	"github.com/ginauth/ginauth/internal/keyedlock"
	"github.com/ginauth/ginauth/internal/strictjwt"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/roles"
	"github.com/ginauth/ginauth/user/secrets"
)

// Audiences of the tokens a Manager makes; each is also the info its key is derived with.
const (
	resetAudience     = "ginauth:reset"
	verifyAudience    = "ginauth:verify"
	fingerprintInfo   = "ginauth:reset-fingerprint"
	defaultLinkLife   = time.Hour
	mailWorkers       = 4
	mailQueue         = 1000
	mailAttempts      = 3
	mailTimeout       = 30 * time.Second
	laterTimeout      = 30 * time.Second
	cleanUpTimeout    = 5 * time.Second
	maxUserAgentBytes = 512
)

// ManagerConfig is what a [Manager] is made of.
type ManagerConfig struct {
	// Store keeps the users. Required.
	Store Store
	// Keys derive the keys of reset and verify tokens. Required.
	Keys *secrets.Keys

	// Hooks are the application's own steps. Defaults to none.
	Hooks Hooks
	// ValidatePassword decides on new passwords. Defaults to [password.MinLength] of 8.
	ValidatePassword password.Rule
	// Hasher configures password hashing. Defaults to Argon2id with 19 MiB, 2 passes, 1 thread.
	Hasher password.Config
	// ResetLifetime is how long a reset token is valid. Defaults to 1 hour.
	ResetLifetime time.Duration
	// VerifyLifetime is how long a token that verifies an address or confirms a new one
	// is valid. Defaults to 1 hour.
	VerifyLifetime time.Duration
	// TokensValidFrom ends all mailed tokens that were issued before this time, to the
	// second. Defaults to none.
	TokensValidFrom time.Time
	// Policy are the choices that are stricter than the defaults. Defaults to none.
	Policy Policy
	// Limits are the abuse limits. Defaults to on, counted in Store if it is a
	// [limits.Store].
	Limits limits.Config
	// Roles are the roles of the application. Defaults to none: users have none then,
	// whatever is stored.
	Roles *roles.Roles
	// Tokens are the stores whose records of a user are deleted when the user's
	// tokens end. The tokens are dead without it; this is tidying up. Defaults to none.
	Tokens []records.TokenStore

	// OnEvent gets every decision, off the request: the events of one user one after
	// the other, in their order. A call may take 5 seconds. Events that follow each other
	// closely wait up to 10 milliseconds for each other. Up to 10,000 events wait; more are
	// dropped, counted and logged. A panic is logged. Defaults to nothing.
	OnEvent func(ctx context.Context, e Event)
	// RequiredEvents are the kinds that have to be recorded by OnRequiredEvent before
	// the decision takes effect. Defaults to none.
	RequiredEvents []EventKind
	// OnRequiredEvent records an event of RequiredEvents, in the request. Where it
	// returns an error or panics, the decision is not made and the request is answered
	// 503. Required with RequiredEvents.
	OnRequiredEvent func(ctx context.Context, e Event) error

	// Trace is called as the Manager works, for metrics and traces. Defaults to nothing.
	Trace Trace

	// Now returns the time. Defaults to time.Now.
	Now func() time.Time
	// Logger takes what goes wrong; nothing secret is logged. Defaults to slog.Default().
	Logger *slog.Logger
}

// Manager is the set of operations on accounts: all that the route groups do,
// callable by programs too. It is safe for concurrent use.
//
// Errors are the sentinels of this package, [*password.Error], [*email.Error] and
// [*Refusal]; [*limits.TooManyError] where an abuse limit says no; [ErrUnavailable] where a
// store could not answer; [ErrBusy] where too many passwords are being hashed;
// [ErrHook] where a Before hook or the password rule failed. Operations block for the store and, where a password is involved, for the hash.
//
// Mail hooks run in 4 workers with room for 1000 waiting mails. One attempt may take
// 30 seconds; after an error there are two more, a second and four seconds later, for
// which no worker waits, unless the error is [ErrUndeliverable] or a permanent answer of
// a mail server (a *textproto.Error of 500 to 599). A mail that finds no room is dropped
// and logged, and so is that mails wait for a worker for more than 10 seconds.
type Manager struct {
	store            Store
	accounts         records.OAuthStore      // nil where the store keeps none
	invitations      records.InvitationStore // nil where there are none
	invitedRoles     []string                // that invitations may give
	names            UsernameStore           // nil where there are no user names
	retired          records.PendingStore    // of the names of deleted users
	hooks            Hooks
	hasher           *password.Hasher
	validatePassword password.Rule
	reset, verify    *secrets.Purpose
	fingerprints     [][]byte
	emailChange      *secrets.Purpose
	emailPrints      [][]byte
	tokensValidFrom  time.Time
	policy           Policy
	roles            *roles.Roles
	limits           *limits.Limiter // nil where they are off
	tokens           []records.TokenStore
	ownedMu          sync.Mutex
	owned            []Owned
	now              func() time.Time
	logger           *slog.Logger
	mails, later     *background.Pool
	events           *eventQueue // nil where there is no OnEvent
	requiredEvents   []EventKind
	onRequiredEvent  func(context.Context, Event) error
	trace            Trace

	// readBack is ReadBack of a [ReadBackStore]; nil for other stores.
	readBack func(profile any) (any, error)

	// Of what only one of many can succeed at, one is done at a time: the others wait
	// here, where it costs nothing, and need no hash then. The store decides all the same.
	signIns, registrations, resets keyedlock.Locks
	patience                       time.Duration // as long as for a hash
}

// NewManager returns a Manager, or all mistakes of config joined, each naming its field.
// Call [Manager.Shutdown] when done. With user names it prepares the store for them, which
// may take up to 30 seconds; it does not block otherwise.
func NewManager(config ManagerConfig) (*Manager, error) {
	config = config.withDefaults()
	hasher, err := password.New(config.Hasher)
	limiter, limiterErr := config.limiter()
	if err := errors.Join(err, limiterErr, config.problems()); err != nil {
		return nil, err
	}
	config.warnOfLimits()
	accounts, _ := records.As[records.OAuthStore](config.Store)
	m := &Manager{
		store:            config.Store,
		accounts:         accounts,
		hooks:            config.Hooks,
		hasher:           hasher,
		validatePassword: config.ValidatePassword,
		tokensValidFrom:  config.TokensValidFrom,
		reset:            config.purpose(resetAudience, config.ResetLifetime),
		verify:           config.purpose(verifyAudience, config.VerifyLifetime),
		fingerprints:     config.Keys.Derive(fingerprintInfo),
		emailChange:      config.purpose(emailChangeAudience, config.VerifyLifetime),
		emailPrints:      config.Keys.Derive(emailChangeFingerprintInfo),
		policy:           config.Policy,
		roles:            config.Roles,
		limits:           limiter,
		tokens:           config.Tokens,
		now:              config.Now,
		logger:           config.Logger,
		mails:            background.New(mailWorkers, mailQueue, config.Logger),
		later:            background.New(mailWorkers, mailQueue, config.Logger),
		events:           newEventQueue(config),
		requiredEvents:   slices.Clone(config.RequiredEvents),
		onRequiredEvent:  config.OnRequiredEvent,
		trace:            config.Trace,
		patience:         config.Hasher.Wait,
		registrations:    keyedlock.Locks{Busy: ErrBusy},
		resets:           keyedlock.Locks{Busy: ErrBusy},
	}
	if store, ok := records.As[ReadBackStore](config.Store); ok {
		m.readBack = store.ReadBack
	}
	if err := m.useUsernames(); err != nil {
		return nil, err
	}
	m.ownOfStore()
	m.traceQueues()
	return m, nil
}

// problems returns what is wrong with c, apart from hashing and limits.
func (c ManagerConfig) problems() error {
	problems := []error{c.checkEvents(), c.Policy.checkRegistration(c.Store), c.Policy.checkUsernames(c.Store)}
	if c.Store == nil {
		problems = append(problems, errors.New("Store is missing"))
	}
	if c.Keys == nil {
		problems = append(problems, errors.New("Keys are missing"))
	}
	if c.ResetLifetime < 0 {
		problems = append(problems, errors.New("ResetLifetime is negative"))
	}
	if c.VerifyLifetime < 0 {
		problems = append(problems, errors.New("VerifyLifetime is negative"))
	}
	if c.TokensValidFrom.After(c.Now().Add(strictjwt.IssuedAtLeeway)) {
		problems = append(problems, fmt.Errorf("TokensValidFrom is %v, in the future: nobody could log in", c.TokensValidFrom))
	}
	return errors.Join(problems...)
}

func (c ManagerConfig) purpose(audience string, lifetime time.Duration) *secrets.Purpose {
	return secrets.NewPurpose(c.Keys, audience, lifetime, c.Now).ValidFrom(c.TokensValidFrom)
}

func (c ManagerConfig) withDefaults() ManagerConfig {
	if c.ValidatePassword == nil {
		c.ValidatePassword = password.MinLength(password.DefaultMinLength)
	}
	c.Hasher.Wait = cmp.Or(c.Hasher.Wait, password.DefaultWait)
	if c.ResetLifetime == 0 {
		c.ResetLifetime = defaultLinkLife
	}
	if c.VerifyLifetime == 0 {
		c.VerifyLifetime = defaultLinkLife
	}
	c.Policy.Usernames = c.Policy.Usernames.WithDefaults()
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// Shutdown takes no more mails, events and calls of AfterRegister off the request, and waits
// for those already taken, for events at most 10 seconds, or until ctx ends: then it returns
// ctx's error, and the others are lost.
func (m *Manager) Shutdown(ctx context.Context) error {
	return errors.Join(m.later.Shutdown(ctx), m.mails.Shutdown(ctx), m.events.Shutdown(ctx))
}

// Store returns the store the Manager works on.
func (m *Manager) Store() Store { return m.store }

// Policy returns the choices of the application.
func (m *Manager) Policy() Policy { return m.policy }

// Roles returns the roles of the application, nil if it has none.
func (m *Manager) Roles() *roles.Roles { return m.roles }

// HasRole reports whether u has the role, or is a superuser. A role that is not declared is
// no role.
func (m *Manager) HasRole(u *User, role string) bool {
	return u.IsSuperuser || m.roles.Has(u.Roles, role)
}

// Can reports whether one of u's roles has the permission, or u is a superuser.
func (m *Manager) Can(u *User, permission string) bool {
	return u.IsSuperuser || m.roles.Permit(u.Roles, permission)
}

// Covers reports whether actor may do all that target may: actor is a superuser, or
// target is none and every permission of target is also one of actor.
func (m *Manager) Covers(actor, target *User) bool {
	return actor.IsSuperuser || !target.IsSuperuser && m.roles.Cover(actor.Roles, target.Roles)
}

// TokensValidFrom returns the time before which no token was issued that still counts;
// zero for none.
func (m *Manager) TokensValidFrom() time.Time { return m.tokensValidFrom }

// time returns the present as it is stored: MongoDB keeps milliseconds.
func (m *Manager) time() time.Time { return m.now().UTC().Truncate(time.Millisecond) }

// Format prints that it is a manager, and nothing of it.
func (*Manager) Format(state fmt.State, _ rune) { fmt.Fprint(state, "manager of users") }
