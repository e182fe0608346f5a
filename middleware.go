package ginauth

import (
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

// Requirement is one thing more that a guard asks for. They are made by
// [Optional], [Verified], [Fresh], [MultiFactor], [Enrolment], [Methods], [Scope],
// [AnyScope], [Role], [Can], [Self], [Via], [ViaFor] and [OnRefuse].
type Requirement interface{ demand(*routes.Demands) }

// GroupOption is a choice of one route group: [Verified], [ListUsers] for the users
// group, or [Reauthenticate] for an auth group.
type GroupOption interface{ option(*routes.GroupOptions) }

// LoginOption is a choice of [Auth.LogIn]: [Verified], [WithMethods], [WithScopes] or
// [Remember].
type LoginOption interface{ logIn(*loginOptions) }

type loginOptions struct {
	login user.Login
	group routes.GroupOptions
}

type loginOption func(*loginOptions)

func (f loginOption) logIn(o *loginOptions) { f(o) }

type requirement func(*routes.Demands)

func (f requirement) demand(d *routes.Demands) { f(d) }

type groupOption func(*routes.GroupOptions)

func (f groupOption) option(o *routes.GroupOptions) { f(o) }

// VerifiedOption is what [Verified] returns: a Requirement, a GroupOption and a
// LoginOption.
type VerifiedOption struct{}

func (VerifiedOption) demand(d *routes.Demands)      { d.Verified = true }
func (VerifiedOption) option(o *routes.GroupOptions) { o.Verified = true }
func (VerifiedOption) logIn(o *loginOptions)         { o.group.Verified = true }

// Verified demands a verified e-mail address; other users get 403, or 400
// LOGIN_USER_NOT_VERIFIED at a login. It is for guards, for groups and for
// [Auth.LogIn].
func Verified() VerifiedOption { return VerifiedOption{} }

// Fresh demands that the user has proved the identity within maxAge: by a login or by
// POST /reauthenticate, with a second factor if the user has one. Others get 403
// FRESH_LOGIN_REQUIRED or FACTOR_REQUIRED, and a superuser who acts in the user's name
// IMPERSONATED. With a bearer backend FRESH_LOGIN_REQUIRED carries the challenge of RFC
// 9470. Of several the shortest holds. Panics if maxAge is not positive.
func Fresh(maxAge time.Duration) Requirement {
	if maxAge <= 0 {
		panic("ginauth: Fresh needs a positive time")
	}
	return requirement(func(d *routes.Demands) {
		if d.Fresh == 0 || maxAge < d.Fresh {
			d.Fresh = maxAge
		}
	})
}

// MultiFactor demands a login with two different factors, or by a passkey that verified
// its user: 403 FACTOR_REQUIRED otherwise.
func MultiFactor() Requirement {
	return requirement(func(d *routes.Demands) { d.MultiFactor = true })
}

// Enrolment admits users who lack the second factor that [Config].RequireFactor demands;
// without it they get 403 FACTOR_ENROLMENT_REQUIRED. It is for pages on which they set
// one up.
func Enrolment() Requirement {
	return requirement(func(d *routes.Demands) { d.Enrolment = true })
}

// Methods demands a login with at least one of the methods: 403 FACTOR_REQUIRED otherwise.
// Panics if none is named. A guard that has it twice panics when it is made.
func Methods(methods ...user.Method) Requirement {
	if len(methods) == 0 {
		panic("ginauth: Methods names no method")
	}
	return requirement(func(d *routes.Demands) {
		if d.Methods != nil {
			panic("ginauth: one guard has Methods twice: name the others in a second guard")
		}
		d.Methods = append([]user.Method{}, methods...)
	})
}

// Scope demands all of the scopes of a login that is limited to scopes, such as that of an
// API key: 403 INSUFFICIENT_SCOPE otherwise (RFC 6750, section 3.1). A login without a
// limit passes. A guard without Scope or [AnyScope] refuses every limited login. A guard
// with several demands the scopes of each. Panics if no scope is named.
func Scope(scopes ...string) Requirement {
	named := scopeNames(scopes)
	return requirement(func(d *routes.Demands) { d.Scopes = append(slices.Clip(d.Scopes), named...) })
}

// AnyScope is [Scope] for a login that has at least one of the scopes. A guard with both
// demands both. A guard that has it twice panics when it is made.
func AnyScope(scopes ...string) Requirement {
	named := scopeNames(scopes)
	return requirement(func(d *routes.Demands) {
		if d.AnyScope != nil {
			panic("ginauth: one guard has AnyScope twice: name the others in a second guard")
		}
		d.AnyScope = named
	})
}

func scopeNames(scopes []string) []string {
	if len(scopes) == 0 {
		panic("ginauth: Scope names no scope")
	}
	return append([]string{}, scopes...)
}

// WithMethods says by which methods the user of [Auth.LogIn] proved the identity. Without
// it the login has [user.MethodApplication].
func WithMethods(methods ...user.Method) LoginOption {
	return loginOption(func(o *loginOptions) { o.login.Methods = append([]user.Method{}, methods...) })
}

// WithScopes limits what the token of [Auth.LogIn] may be used for.
func WithScopes(scopes ...string) LoginOption {
	return loginOption(func(o *loginOptions) { o.login.Scopes = append([]string{}, scopes...) })
}

// Remember lets a browser stay logged in when it is closed, by a backend whose login has
// that choice: one with refresh tokens in cookies.
func Remember() LoginOption {
	return loginOption(func(o *loginOptions) { o.login.Remember = true })
}

// Reauthenticate adds POST /reauthenticate to an auth group, with which a user makes a
// login fresh. Applications with a second factor have it without this option.
func Reauthenticate() GroupOption {
	return groupOption(func(o *routes.GroupOptions) { o.Reauthenticate = true })
}

// Role demands that the user has the role: 403 otherwise. Superusers pass. The guard panics,
// when it is made, if the role is not in [Config].Roles.
func Role(name string) Requirement {
	return requirement(func(d *routes.Demands) { d.Roles = append(slices.Clip(d.Roles), name) })
}

// Can demands that one of the user's roles has the permission: 403 otherwise. Superusers
// pass. The guard panics, when it is made, if no role of [Config].Roles has it.
func Can(permission string) Requirement {
	return requirement(func(d *routes.Demands) { d.Permissions = append(slices.Clip(d.Permissions), permission) })
}

// Self refuses a superuser who acts in the user's name: 403 IMPERSONATED. It is for what
// only the user may do. [Fresh] refuses as well.
func Self() Requirement { return requirement(func(d *routes.Demands) { d.Self = true }) }

// Optional lets every request pass: where the guard would refuse it, the handler
// gets no user. A store that fails and an unsafe request from another origin that
// carries a cookie are refused all the same.
func Optional() Requirement { return requirement(func(d *routes.Demands) { d.Optional = true }) }

// Via asks only the named backends. The guard panics, when it is made, if one of
// them is not configured or none is named.
func Via(names ...string) Requirement {
	return requirement(func(d *routes.Demands) { d.Via = append([]string{}, names...) })
}

// ViaFor asks only the backends that choose names for the request, in the
// configured order; nil means all, an empty slice none. Names that are not
// configured are ignored.
func ViaFor(choose func(c *gin.Context) []string) Requirement {
	return requirement(func(d *routes.Demands) { d.ViaFor = choose })
}

// OnRefuse lets the application answer where the guard refuses, for example with a
// redirect to its login page. status and code are what ginauth would have
// answered; the handlers after the guard do not run. A store that fails is still
// answered by ginauth.
func OnRefuse(answer func(c *gin.Context, status int, code string)) Requirement {
	return requirement(func(d *routes.Demands) { d.OnRefuse = answer })
}

// ListUsers adds GET of the group's own path, the list of users for superusers.
func ListUsers() GroupOption { return groupOption(func(o *routes.GroupOptions) { o.List = true }) }

// CurrentUser returns middleware that demands a user, and lets inactive and banned users
// through: a deactivated account passes it. Use [Auth.ActiveUser] unless the route is
// meant for deactivated accounts too. Refused requests get 401, or 403 by a further
// requirement; a store that cannot answer is 503.
func (a *Auth) CurrentUser(requirements ...Requirement) gin.HandlerFunc {
	return a.guard(routes.Demands{User: true}, requirements)
}

// ActiveUser returns middleware that demands an active user without a ban: 401 otherwise.
func (a *Auth) ActiveUser(requirements ...Requirement) gin.HandlerFunc {
	return a.guard(routes.Demands{User: true, Active: true}, requirements)
}

// Superuser returns middleware that demands an active superuser: 401 without an active
// user, 403 if the user is not a superuser.
func (a *Auth) Superuser(requirements ...Requirement) gin.HandlerFunc {
	return a.guard(routes.Demands{User: true, Active: true, Superuser: true}, requirements)
}

func (a *Auth) guard(demands routes.Demands, requirements []Requirement) gin.HandlerFunc {
	for _, r := range requirements {
		r.demand(&demands)
	}
	return a.routes.Guard(demands)
}

// CrossOrigin returns middleware that refuses unsafe requests from other origins
// which carry a cookie of ginauth. Guarded routes have it built in.
func (a *Auth) CrossOrigin() gin.HandlerFunc { return a.routes.CrossOrigin() }

// UserFrom returns the user a guard put into the request, nil if there is none.
func UserFrom(c *gin.Context) *User { return routes.ResultFrom(c).User }

// LoginFrom returns how and when the request's user logged in; the zero value if there is
// no user.
func LoginFrom(c *gin.Context) user.Login { return routes.ResultFrom(c).Login() }

// ProfileFrom returns the application's own fields of the request's user, nil if
// there is no user or the application has no fields of its own. Panics if they are of
// another type than P.
func ProfileFrom[P any](c *gin.Context) *P { return user.ProfileOf[P](UserFrom(c)) }

// ActorFrom returns the superuser who acts in the name of the request's user; empty if the
// user acts.
func ActorFrom(c *gin.Context) user.ID { return routes.ResultFrom(c).Identity.Login.Actor }

// TokenFrom returns the token that authenticated the request. Behind an optional
// guard that found no user it is the token of the last backend asked, if any.
func TokenFrom(c *gin.Context) string { return routes.ResultFrom(c).Token }

// BackendFrom returns the name of the backend that authenticated the request, ""
// if there is no user.
func BackendFrom(c *gin.Context) string {
	result := routes.ResultFrom(c)
	if result.User == nil || result.Backend == nil {
		return ""
	}
	return result.Backend.Name
}
