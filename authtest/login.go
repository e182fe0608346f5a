package authtest

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

// Attacher is an optional interface of an application's own [backends.Carrier], so that
// requests can be logged in through it. Carriers of cookies and those that read the
// Authorization header do not need it.
type Attacher interface {
	// Attach puts a token into a request, where the carrier will find it.
	Attach(r *http.Request, token string)
}

// LogIn makes r a request of u, logged in through backend b: it gets the cookies
// or the Authorization header that a client has after its login. The login is a
// real one, with the application's login hooks, except that inactive users are
// logged in, too. It is as fresh as the clock, and of a user with a second factor it is
// one with both factors. It returns the token.
func (k *Kit) LogIn(r *http.Request, b backends.Backend, u *ginauth.User) (token string) {
	k.t.Helper()
	k.mustKnow("LogIn", r, u)
	token, err := k.door.logIn(r, b.Name, u)
	if err != nil {
		k.t.Fatalf("authtest: log in through backend %q: %v", b.Name, err)
	}
	return token
}

// mustKnow ends the test where a method has not got what a login takes.
func (k *Kit) mustKnow(method string, r *http.Request, u *ginauth.User) {
	k.t.Helper()
	switch {
	case k.door.auth == nil:
		k.t.Fatalf("authtest: %s needs the application's Auth: make it with Kit.Auth, or give it to Kit.UseAuth", method)
	case r == nil || r.Header == nil || u == nil:
		k.t.Fatalf("authtest: %s got no request, one without a header, or no user", method)
	}
}

// door lets users into the application without their passwords.
type door struct {
	auth   *ginauth.Auth
	engine *gin.Engine // nil if it is not known
}

// logIn logs u in with all factors that the account has.
func (d *door) logIn(r *http.Request, name string, u *ginauth.User) (token string, err error) {
	token, b, err := d.enter(r, name, u, ginauth.WithMethods(user.MethodApplication, user.MethodTOTP))
	if err != nil {
		return "", err
	}
	return token, attach(r, b, token)
}

// pend logs u in by the first factor alone.
func (d *door) pend(r *http.Request, name string, u *ginauth.User) (loginToken string, err error) {
	_, b, err := d.enter(r, name, u)
	var required *user.FactorRequired
	switch {
	case err == nil:
		return "", errors.New("the user has no second factor: set one up before, for example with factortest")
	case !errors.As(err, &required):
		return "", err
	case required.Token == "":
		return "", nil
	}
	return string(required.Token), attach(r, b, string(required.Token))
}

// enter passes the gate, and gives r the cookies of the answer, whatever it is. A user
// without a second factor has no methods of one.
func (d *door) enter(r *http.Request, name string, u *ginauth.User, full ...ginauth.LoginOption) (token string, b *backends.Running, err error) {
	if b = d.auth.Routes().Authenticator().Backend(name); b == nil {
		return "", nil, errors.New("it is not in Config.Backends")
	}
	if u, err = d.auth.Manager().ByID(r.Context(), u.ID); err != nil {
		return "", b, err
	}
	u.IsActive = true // an inactive user was active at the login
	c, response, err := d.context(r, b)
	if err != nil {
		return "", b, err
	}
	if !u.SecondFactor {
		full = nil
	}
	token, err = d.auth.LogIn(c, backends.Backend{Name: name}, u, full...)
	addCookies(r, response.Result().Cookies())
	return token, b, err
}

// attach puts the token into r where no cookie has brought it.
func attach(r *http.Request, b *backends.Running, token string) error {
	attacher, own := b.Carrier.(Attacher)
	switch {
	case own:
		attacher.Attach(r, token)
	case len(b.Carrier.Cookies()) > 0:
		return nil
	default:
		r.Header.Set("Authorization", "Bearer "+token)
	}
	c := gin.CreateTestContextOnly(httptest.NewRecorder(), new(gin.Engine))
	c.Request = r
	if found, err := b.Carrier.Token(c); err != nil || found != token {
		return fmt.Errorf("its transport does not find the token in the Authorization header: give %T the method Attach of authtest.Attacher", b.Carrier)
	}
	return nil
}

// context returns a context in which a login on behalf of r can take place, and
// what the login answers.
func (d *door) context(r *http.Request, b *backends.Running) (*gin.Context, *httptest.ResponseRecorder, error) {
	engine := d.engine
	if engine == nil {
		engine = new(gin.Engine)
	}
	response := httptest.NewRecorder()
	c := gin.CreateTestContextOnly(response, engine)
	c.Request = d.request(r, b)
	_, err := b.Carrier.Token(c)
	switch {
	case !errors.Is(err, backends.ErrMisconfigured):
		return c, response, err
	case d.engine == nil:
		return nil, nil, errors.New("its token lies in a session of the application's engine: give the engine to Kit.UseEngine before")
	}
	// The transport needs what the application's middleware puts into the request.
	if c.Keys, err = d.pass(c.Request); err != nil {
		return nil, nil, err
	}
	return c, response, nil
}

// request returns the login request of r's client, without a body.
func (d *door) request(r *http.Request, b *backends.Running) *http.Request {
	login := httptest.NewRequest(http.MethodPost, d.loginPath(b.Name), nil).WithContext(r.Context())
	login.Host, login.TLS, login.RemoteAddr = r.Host, r.TLS, r.RemoteAddr
	for _, name := range []string{"Cookie", "User-Agent", "X-Forwarded-For"} {
		login.Header[name] = slices.Clone(r.Header[name])
	}
	return login
}

// pass sends the request through the application's middleware and returns what
// that put into the context. The login route refuses a request without a body
// before it does anything.
func (d *door) pass(r *http.Request) (keys map[any]any, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the application's middleware panicked: %v", cause)
		}
	}()
	c := gin.CreateTestContextOnly(httptest.NewRecorder(), d.engine)
	c.Request = r
	d.engine.HandleContext(c)
	return maps.Clone(c.Keys), nil
}

// loginPath returns where the application attached the backend's login, or else a
// path that nothing but the engine's own middleware serves.
func (d *door) loginPath(backend string) string {
	for _, group := range d.auth.Routes().Attached() {
		for _, route := range group.Routes {
			if route.Backend == backend && route.Operation == "login" {
				return fillPath(path.Join(group.Prefix, route.Path), func(name string) string { return name })
			}
		}
	}
	return "/authtest-no-such-route"
}

// addCookies gives r the cookies of a response, as a browser would.
func addCookies(r *http.Request, set []*http.Cookie) {
	kept := r.Cookies()
	for _, cookie := range set {
		kept = slices.DeleteFunc(kept, func(old *http.Cookie) bool { return old.Name == cookie.Name })
		if cookie.MaxAge >= 0 {
			kept = append(kept, cookie)
		}
	}
	r.Header.Del("Cookie")
	for _, cookie := range kept {
		r.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value, Quoted: cookie.Quoted})
	}
}

// fillPath replaces the parameters of a path in Gin's notation.
func fillPath(pattern string, value func(name string) string) string {
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		// A parameter may follow text, as in /files/v:version.
		if at := strings.IndexAny(part, ":*"); at >= 0 && !strings.HasSuffix(part[:at], `\`) {
			parts[i] = part[:at] + value(part[at+1:])
		}
	}
	return strings.ReplaceAll(strings.Join(parts, "/"), `\:`, ":")
}
