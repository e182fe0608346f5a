package routes

import (
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
)

// Auth returns the group of one backend: POST /login and POST /logout; where the
// application has second factors also POST /login/factor and POST /reauthenticate, and
// where the backend has refresh tokens POST /refresh.
// Panics if no backend of that name is configured, or it has no login.
func (r *Routes) Auth(name string, options GroupOptions) Group {
	b := r.mustLogin(name)
	own := Demands{User: true, Active: true, Verified: options.Verified, Via: []string{b.Name}}
	login := Route{Method: http.MethodPost, Path: "/login", Operation: "login", Event: user.EventLogin, Backend: b.Name, Doc: Doc{
		Summary:    "Log in",
		Body:       r.loginRequest(b),
		Successes:  []Success{r.LoginSuccess(b)},
		Vetoed:     r.manager.Vetoes().Login,
		AsksFactor: true,
		Limited:    true,
	}}
	leaving := own
	leaving.Enrolment = true
	logout := Route{Method: http.MethodPost, Path: "/logout", Operation: "logout", Event: user.EventLogout, Backend: b.Name, Guard: leaving, Doc: Doc{
		Summary:     "Log out",
		Description: "Ends the token that the request carries. A JWT that is not recorded is good until it expires.",
		Successes:   []Success{r.logoutSuccess(b)},
	}}
	if refresher, carrier := b.Refresher(); refresher != nil {
		logout.Doc.Description = "Ends the login. Where the access token is absent or has expired, the refresh token does."
		if len(carrier.Cookies()) == 0 {
			logout.Doc.Description += " It is then in the body, as at `/refresh`."
		}
	}
	return r.Group("auth", slices.Concat(
		[]Route{
			r.Handled(login, r.loginOperation(options.Verified), r.Limited(limits.Logins, r.login(b, Demands{Verified: options.Verified}))),
			r.Handled(logout, noOperation, r.logout(b, leaving)),
		},
		r.refreshRoutes(b, options),
		r.factorRoutes(b),
		r.reauthenticateRoutes(b, options))...)
}

func (r *Routes) login(b *backends.Running, demands Demands) Handler {
	setsCookie, remembers := len(b.Carrier.Cookies()) > 0, r.Remembers(b)
	authenticate := r.manager.Authenticate
	if demands.Verified && r.policy.ConcealRegistration {
		// A client that has just registered an address knows the password of the
		// unverified user, and must not learn from a login that the address was free.
		authenticate = r.manager.AuthenticateVerified
	}
	return func(c *gin.Context) error {
		if !r.crossOrigin.Allows(c.Request, setsCookie) {
			return ErrCrossOrigin
		}
		form, err := r.decode.login(c.Request, remembers)
		if err != nil {
			return err
		}
		r.enterBackend(c, b)
		u, err := authenticate(c.Request.Context(), form.Username, form.Password)
		if err != nil {
			return err
		}
		user.RequestContextOf(c.Request.Context()).NoteSubject(u)
		return r.Enter(c, b, user.Login{User: u, Methods: []user.Method{user.MethodPassword}, Remember: form.Remember}, demands)
	}
}

// logout concerns only the tokens in the backend's own transport.
func (r *Routes) logout(b *backends.Running, own Demands) Handler {
	refresher, carrier := b.Refresher()
	return func(c *gin.Context) error {
		err := r.Admit(c, own)
		if errors.Is(err, ErrUnauthorized) {
			ended, endErr := r.logOutAbandoned(c, b)
			if endErr != nil {
				return endErr
			}
			if ended {
				return r.empty(c)
			}
		}
		if refresher != nil && errors.Is(err, ErrUnauthorized) {
			return refreshing{r, b, refresher, carrier, own}.logout(c)
		}
		if err != nil {
			return err
		}
		if ResultFrom(c).Identity.Login.Actor != "" {
			if err := r.endImpersonation(c, b); err != nil {
				return err
			}
			return r.empty(c)
		}
		if err := r.logOut(c, b); err != nil {
			return err
		}
		return r.empty(c)
	}
}
