package routes

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ginauth/ginauth/user"
)

// Refusals of a user who is logged in, but not in the way that the route demands.
var (
	// ErrImpersonated refuses what only the user may do to a superuser who acts in the
	// user's name.
	ErrImpersonated = &Refused{Status: http.StatusForbidden, Detail: "IMPERSONATED"}
	// ErrFactorRequired refuses a login with one factor where two are demanded.
	ErrFactorRequired = &Refused{Status: http.StatusForbidden, Detail: "FACTOR_REQUIRED"}
	// ErrInsufficientScope refuses a login that is limited to scopes where they do not open
	// the route.
	ErrInsufficientScope = &Refused{Status: http.StatusForbidden, Detail: "INSUFFICIENT_SCOPE", Challenge: `error="insufficient_scope"`}
	// ErrEnrolmentRequired refuses a user who has to set up a second factor first.
	ErrEnrolmentRequired = &Refused{Status: http.StatusForbidden, Detail: "FACTOR_ENROLMENT_REQUIRED"}
)

// errStale refuses a login that is older than maxAge, with the challenge of RFC 9470.
func errStale(maxAge time.Duration) *Refused {
	return &Refused{
		Status: http.StatusForbidden, Detail: "FRESH_LOGIN_REQUIRED",
		Challenge: fmt.Sprintf(`error="insufficient_user_authentication", max_age=%d`, maxAge/time.Second),
	}
}

// testLogin checks how and when the user logged in, in the order of the contract:
// impersonated, factor, fresh. mustEnrol says that the user has to set up a factor first.
func (d *Demands) testLogin(login *user.Login, now func() time.Time, mustEnrol bool) error {
	switch {
	case (d.Fresh > 0 || d.Self) && login.Actor != "":
		return ErrImpersonated
	case mustEnrol && !d.Enrolment:
		return ErrEnrolmentRequired
	case d.MultiFactor && !login.MultiFactor(), d.Fresh > 0 && login.User.SecondFactor && !login.MultiFactor():
		return ErrFactorRequired
	case len(d.Methods) > 0 && !usesAny(*login, d.Methods):
		return ErrFactorRequired
	case d.Fresh > 0 && (login.At.IsZero() || now().Sub(login.At) > d.Fresh):
		return errStale(d.Fresh)
	}
	return nil
}

// mustEnrol reports whether the application demands a second factor of u, who has none.
// It is computed for every request, so that a change of u or of the demand holds at once.
func (r *Routes) mustEnrol(u *user.User) bool {
	return r.demandsFactor != nil && !u.SecondFactor && r.demandsFactor(u)
}

// testScopes refuses a login that is limited to scopes where the route names none, or
// others: a guard whose author did not think of them must not let it do everything.
func (d *Demands) testScopes(login *user.Login) error {
	if login.Scopes == nil {
		return nil
	}
	has := func(scope string) bool { return slices.Contains(login.Scopes, scope) }
	lacks := func(scope string) bool { return !has(scope) }
	named := len(d.Scopes)+len(d.AnyScope) > 0
	if named && !slices.ContainsFunc(d.Scopes, lacks) && (len(d.AnyScope) == 0 || slices.ContainsFunc(d.AnyScope, has)) {
		return nil
	}
	refused := *ErrInsufficientScope
	if wanted := slices.Concat(d.Scopes, d.AnyScope); len(wanted) > 0 {
		refused.Challenge += `, scope="` + strings.Join(wanted, " ") + `"`
	}
	return &refused
}

func usesAny(login user.Login, methods []user.Method) bool {
	for _, m := range methods {
		if login.Uses(m) {
			return true
		}
	}
	return false
}
