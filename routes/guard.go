package routes

import (
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

// Demands are what a guard asks of the request's user.
type Demands struct {
	// User demands that there is a user at all. Nothing else is tested without it.
	User bool
	// Active demands an active account that is not banned: 401 otherwise.
	Active bool
	// Verified demands a verified address: 403 otherwise.
	Verified bool
	// Superuser demands a superuser: 403 otherwise.
	Superuser bool
	// Roles are roles that the user must have, all of them; superusers have every one:
	// 403 otherwise.
	Roles []string
	// Permissions are what roles of the user must permit, all of them; superusers may
	// everything: 403 otherwise.
	Permissions []string
	// Fresh demands that the user has proved the identity within this time, with a
	// second factor if the user has one, and is not impersonated: 403 otherwise. 0
	// demands nothing.
	Fresh time.Duration
	// Self refuses a superuser who acts in the user's name: 403. Fresh does, too.
	Self bool
	// MultiFactor demands a login with two factors: 403 otherwise.
	MultiFactor bool
	// Enrolment admits users who lack the second factor that the application demands;
	// elsewhere they get 403. It is for the routes with which they set one up.
	Enrolment bool
	// Methods demands a login with one of these methods: 403 otherwise.
	Methods []user.Method
	// Scopes are what a login that is limited to scopes must have, all of them. A login
	// without a limit has them all. Where both Scopes and AnyScope are empty, every login
	// that is limited is refused: 403.
	Scopes []string
	// AnyScope are scopes of which such a login must have one, beside all Scopes.
	AnyScope []string
	// Optional lets requests that fail the other demands pass, without a user.
	Optional bool
	// Via names the backends that are asked; nil means all.
	Via []string
	// ViaFor names the backends that are asked for this request; nil means as Via says,
	// an empty slice none. Names that are not configured are ignored.
	ViaFor func(c *gin.Context) []string
	// OnRefuse answers in place of ginauth. A store that fails is answered by ginauth.
	OnRefuse func(c *gin.Context, status int, code string)
}

type resultKey struct{}

// ResultFrom returns the guard's result; the zero value if no guard ran, or if the request
// has no token.
func ResultFrom(c *gin.Context) backends.Result {
	value, _ := c.Get(resultKey{})
	if result, _ := value.(*backends.Result); result != nil {
		return *result
	}
	return backends.Result{}
}

// Guard returns middleware that puts the request's user into the request, or
// refuses it, as demands say. Panics if a backend of Via is not configured, a role or
// permission is not declared, or Via is empty and not nil: every request would be refused.
func (r *Routes) Guard(demands Demands) gin.HandlerFunc {
	if demands.Via != nil && len(demands.Via) == 0 {
		panic("ginauth: Via names no backend")
	}
	for i, name := range demands.Via {
		demands.Via[i] = r.mustBackend(name).Name
	}
	r.mustDeclare(demands)
	return func(c *gin.Context) {
		if r.guard(c, demands) {
			c.Next()
		}
	}
}

// guard reports whether the request may go on. The application's own handlers
// run outside of contain: their panics are not ginauth's to hide.
func (r *Routes) guard(c *gin.Context, demands Demands) (passed bool) {
	defer r.contain(c)
	r.prepare(c)
	if err := r.Admit(c, demands); err != nil {
		r.refuseGuarded(c, demands, err)
		return false
	}
	return true
}

func (r *Routes) refuseGuarded(c *gin.Context, demands Demands, err error) {
	status, detail, log := answer(noOperation, err)
	if demands.OnRefuse == nil || log {
		r.fail(c, noOperation, err)
		return
	}
	secure(c)
	r.refused(c, status, detail)
	demands.OnRefuse(c, status, codeOf(detail))
	c.Abort()
}

// Admit checks a request in this order: its origin, its authentication, what is demanded
// of the user. Errors are [ErrCrossOrigin], [ErrUnauthorized], [ErrForbidden], where
// demands say how to have logged in also [ErrImpersonated], [ErrEnrolmentRequired],
// [ErrFactorRequired], [ErrInsufficientScope] and a [*Refused] FRESH_LOGIN_REQUIRED, or a
// store's failure. Afterwards [ResultFrom] returns the user.
func (r *Routes) Admit(c *gin.Context, demands Demands) error {
	if r.trace.Guard == nil {
		return r.admit(c, &demands)
	}
	started := time.Now()
	err := r.admit(c, &demands)
	r.traceGuard(c, err, time.Since(started))
	return err
}

func (r *Routes) admit(c *gin.Context, demands *Demands) error {
	if !r.crossOrigin.Allows(c.Request, false) {
		return ErrCrossOrigin
	}
	result, err := r.authenticator.Authenticate(c, demands.enabled(c))
	if err != nil {
		return err
	}
	actor := result.Identity.Login.Actor
	if actor != "" {
		c.Header(actorHeader, string(actor))
	}
	if err := r.test(demands, &result); err != nil {
		if result.User != nil {
			noteActing(c, &result)
			c.Set(refusedKey{}, askedBy(&result)) // for the log
		}
		if !demands.Optional {
			return err
		}
		result.User, result.Identity = nil, backends.Identity{}
	}
	keep(c, &result)
	if result.User != nil {
		r.enterBackend(c, result.Backend)
		asks := result.User
		if actor != "" {
			asks = &user.User{ID: actor}
		}
		user.RequestContextOf(c.Request.Context()).NoteActor(asks)
		noteActing(c, &result)
	}
	return nil
}

// askedBy returns who makes the request: the superuser, if one acts in the user's name.
func askedBy(result *backends.Result) user.ID {
	if actor := result.Identity.Login.Actor; actor != "" {
		return actor
	}
	return result.User.ID
}

// noteActing makes the request about the user in whose name a superuser acts, unless the
// route knows another.
func noteActing(c *gin.Context, result *backends.Result) {
	if result.Identity.Login.Actor != "" {
		user.RequestContextOf(c.Request.Context()).NoteSubject(result.User)
	}
}

// keep puts the result of a guard into the request. Where there is no token that would be
// nothing, and costs as much as the rest of the guard: only the result of a guard before is
// replaced by it.
func keep(c *gin.Context, result *backends.Result) {
	if result.Token == "" {
		if _, before := c.Get(resultKey{}); !before {
			return
		}
		result = &backends.Result{}
	}
	found := resultOf(c)
	*found = *result
	c.Set(resultKey{}, found)
}

// enabled returns which backends are used, nil for all. A choice of none is none: an
// application that finds no backend for a request means to refuse it.
func (d *Demands) enabled(c *gin.Context) func(string) bool {
	if d.ViaFor != nil {
		if chosen := d.ViaFor(c); chosen != nil {
			return func(name string) bool {
				return slices.ContainsFunc(chosen, func(one string) bool { return backends.ReduceName(one) == name })
			}
		}
	}
	via := d.Via
	if via == nil {
		return nil
	}
	return func(name string) bool { return slices.Contains(via, name) }
}

func (r *Routes) test(d *Demands, result *backends.Result) error {
	switch u := result.User; {
	case u == nil:
		return ErrUnauthorized
	case d.Active && (!u.IsActive || u.Ban != nil && u.Banned(r.now())):
		return ErrUnauthorized
	case d.Verified && !u.IsVerified:
		return ErrForbidden
	case d.Superuser && !u.IsSuperuser, !r.hasRights(d, u):
		return ErrForbidden
	}
	login := result.Login()
	if err := d.testScopes(&login); err != nil {
		return err
	}
	return d.testLogin(&login, r.now, r.mustEnrol(login.User))
}

// challenge sets the header that says how to authenticate.
func (r *Routes) challenge(c *gin.Context) {
	if challenger := r.challenger(); challenger != nil {
		c.Header("WWW-Authenticate", challenger.Challenge(c))
	}
}

// challenger returns the first backend's carrier whose clients read challenges, nil if
// there is none.
func (r *Routes) challenger() backends.Challenger {
	for _, b := range r.authenticator.Backends() {
		if challenger, ok := b.Carrier.(backends.Challenger); ok {
			return challenger
		}
	}
	return nil
}

// CrossOrigin returns middleware that refuses unsafe requests from other origins
// that carry a cookie of ginauth.
func (r *Routes) CrossOrigin() gin.HandlerFunc {
	return func(c *gin.Context) {
		if !r.crossOrigin.Allows(c.Request, false) {
			r.refuse(c, http.StatusForbidden, ErrCrossOrigin.Detail)
		}
	}
}

// mustLogin is mustBackend for a backend that users log in to.
func (r *Routes) mustLogin(name string) *backends.Running {
	b := r.mustBackend(name)
	if !b.HasLogin() {
		panic("ginauth: backend " + b.Name + " has no login: its tokens are keys that users make")
	}
	return b
}

func (r *Routes) mustBackend(name string) *backends.Running {
	b := r.authenticator.Backend(name)
	if b == nil {
		panic("ginauth: backend " + name + " is not in Config.Backends")
	}
	return b
}
