package factortest

import (
	"net/http"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
)

// Callers adds three columns to the table of [authtest.Matrix], for applications with
// second factors:
//
//   - "factor pending" is an active and verified user whose password was right and who
//     has not answered with the second factor. Every route but those that complete the
//     login must answer as it does to the anonymous caller, or the test fails, whatever
//     the accepted table says.
//   - "user with factor" is such a user who logged in with both factors.
//   - "stale" is an active and verified user without a second factor who logged in eleven
//     minutes ago ([authtest.Stale]).
func Callers() authtest.MatrixOption {
	verified := []authtest.UserOption{authtest.Verified()}
	return authtest.Callers(
		authtest.Caller{
			Name: "factor pending", User: verified, LikeAnonymous: true,
			Except: []string{"login_factor", "login_factors", "login_factor_options"},
			SetUp:  enrol,
			LogIn: func(k *authtest.Kit, r *http.Request, b backends.Backend, u *ginauth.User) {
				k.Pending(r, b, u)
			},
		},
		authtest.Caller{
			Name: "user with factor", User: verified, SetUp: enrol,
			LogIn: func(k *authtest.Kit, r *http.Request, b backends.Backend, u *ginauth.User) {
				k.LogIn(r, b, u)
			},
		},
		authtest.Stale(),
	)
}

// enrol gives u a second factor, as a client like that of r.
func enrol(k *authtest.Kit, r *http.Request, b backends.Backend, u *ginauth.User) {
	k.Test().Helper()
	f := New(k, b)
	f.Prepare = func(own *http.Request) { own.Host, own.TLS, own.RemoteAddr = r.Host, r.TLS, r.RemoteAddr }
	f.WithFactor(u)
}
