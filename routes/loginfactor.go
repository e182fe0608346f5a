package routes

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

const (
	loginTokenField  = "login_token"
	factorField      = "factor"
	codeField        = "code"
	ceremonyField    = "ceremony"
	credentialField  = "credential"
	trustDeviceField = "trust_device"

	// maxCode is the greatest length of a code, in bytes.
	maxCode = 64
)

// factorRoutes returns the routes with which a login is completed by one more factor;
// none where the application has no factor.
func (r *Routes) factorRoutes(b *backends.Running) []Route {
	r.factors.used = true
	if len(r.factors.all) == 0 {
		return nil
	}
	l := factorLogin{r, b}
	routes := []Route{l.answerRoute()}
	if _, cookies := b.Carrier.(backends.SideCookies); cookies {
		routes = append(routes, l.askRoute())
	}
	if r.factors.options() != nil {
		routes = append(routes, l.optionsRoute())
	}
	return routes
}

// factorLogin is the second step of logins at one backend.
type factorLogin struct {
	*Routes
	backend *backends.Running
}

var (
	badFactor     = badRequest(user.ErrBadFactor, "LOGIN_BAD_FACTOR")
	badLoginToken = badRequest(errBadLoginToken, "LOGIN_BAD_TOKEN")
)

func (l factorLogin) answerRoute() Route {
	route := Route{Method: http.MethodPost, Path: "/login/factor", Operation: "login_factor", Event: user.EventFactorFailed, Backend: l.backend.Name, Doc: Doc{
		Summary:     "Complete a login with one more factor",
		Description: "Answers `LOGIN_FACTOR_REQUIRED`. A login token takes five answers, right or wrong, within five minutes.",
		Body:        l.body(),
		Successes:   []Success{l.LoginSuccess(l.backend)},
		Vetoed:      l.manager.Vetoes().Login,
		Limited:     true,
	}}
	operation := Operation{Answers: []Answer{badFactor, badLoginToken, badRequest(user.ErrNotVerified, "LOGIN_USER_NOT_VERIFIED")}}
	return l.Handled(route, operation, l.Limited(limits.Logins, l.answer))
}

// hasCookies reports whether the backend's clients have the login token in a cookie.
func (l factorLogin) hasCookies() bool {
	_, ok := l.backend.Carrier.(backends.SideCookies)
	return ok
}

// body is what completes a login. Browsers have the login token in a cookie, and may be
// trusted from then on.
func (l factorLogin) body() *Body {
	if !l.hasCookies() {
		token := Field{Name: loginTokenField, Required: true, Example: exampleLoginToken}
		return &Body{Name: "LoginFactorRequest", Fields: append([]Field{token}, l.factorFields()...)}
	}
	body := &Body{Name: "BrowserLoginFactorRequest", Fields: l.factorFields()}
	if l.devices != nil {
		body.Fields = append(body.Fields, Field{Name: trustDeviceField, Type: "boolean", Nullable: true, Description: "Trust this browser from now on."})
	}
	return body
}

// factorFields are those of an answer by a factor.
func (r *Routes) factorFields() []Field {
	fields := []Field{
		{Name: factorField, Required: true, Values: r.factors.names()},
		{Name: codeField, Nullable: true, Example: "287082", Description: "The code, for factors that have one."},
	}
	if r.factors.options() != nil {
		fields = append(fields,
			Field{Name: ceremonyField, Nullable: true, Description: "Of the options, for a passkey."},
			Field{Name: credentialField, Type: "object", Nullable: true, Description: "The authenticator's answer, for a passkey.", Sample: r.sampleCredential()})
	}
	return fields
}

func (r *Routes) sampleOptions() any {
	if f, ok := r.factors.options().(DescribedFactor); ok {
		return f.SampleOptions()
	}
	return map[string]any{}
}

func (r *Routes) sampleCredential() any {
	if f, ok := r.factors.options().(DescribedFactor); ok {
		return f.SampleCredential()
	}
	return nil
}

// answer is POST /login/factor.
func (l factorLogin) answer(c *gin.Context) error {
	if !l.crossOrigin.Allows(c.Request, len(l.backend.Carrier.Cookies()) > 0) {
		return ErrCrossOrigin
	}
	in, err := l.Input(c)
	if err != nil {
		return err
	}
	token := l.token(c, in)
	f, answer := l.factorAnswer(in)
	trust := in.OptionalFlag(trustDeviceField)
	if err := in.Err(); err != nil {
		return err
	}
	l.enterBackend(c, l.backend)
	ctx := c.Request.Context()
	w, err := l.waitingLogin(ctx, l.backend, token)
	if err != nil {
		return l.ended(c, err)
	}
	user.RequestContextOf(c.Request.Context()).NoteSubject(w.user)
	var body any
	err = l.manager.AttemptFactor(ctx, w.user, f.Name(), func() error {
		if err := l.tryWaiting(ctx, w); err != nil {
			return err
		}
		answer.Login = w.record.ID
		methods, err := l.factors.check(ctx, f, w.user, answer)
		if err != nil {
			return err
		}
		body, err = l.complete(c, w, methods)
		return err
	})
	if err != nil {
		return l.ended(c, err)
	}
	l.ForgetFactorFailures(ctx, w.user)
	if err := l.clearLoginToken(c, l.backend); err != nil {
		return err
	}
	if trust && l.devices != nil {
		l.trust(c, w.user)
	}
	return l.answerLogin(c, body)
}

// complete logs the user of a pending login in, whose second factor was right.
func (l factorLogin) complete(c *gin.Context, w *waiting, methods []user.Method) (any, error) {
	demands := Demands{Verified: w.Verified}
	if err := demands.admits(w.user, l.now()); err != nil {
		return nil, err
	}
	login := w.login().With(methods...)
	login.At = l.now()
	body, _, err := l.enter(c, l.backend, login, func(ctx context.Context) error { return l.takeWaiting(ctx, w) })
	return body, err
}

// trust makes the browser a trusted device. The login stands whatever comes of it.
func (l factorLogin) trust(c *gin.Context, u *user.User) {
	if err := l.devices.Trust(c, l.backend, u); err != nil {
		l.logFailure(c, err)
	}
}

// ended clears the cookie of a login token that is no longer valid.
func (l factorLogin) ended(c *gin.Context, err error) error {
	if errors.Is(err, errBadLoginToken) {
		if clearErr := l.clearLoginToken(c, l.backend); clearErr != nil {
			return clearErr
		}
	}
	return err
}

// token returns the login token: of the cookie where the backend has one, else of the
// body.
func (l factorLogin) token(c *gin.Context, in *Input) string {
	if side, ok := l.backend.Carrier.(backends.SideCookies); ok {
		return side.SideCookie(c, factorCookie)
	}
	return in.Text(loginTokenField)
}

// factorAnswer reads which factor is answered, and how.
func (r *Routes) factorAnswer(in *Input) (user.Factor, user.Answer) {
	name := in.Text(factorField)
	f := r.factors.byName(name)
	if f == nil && in.Has(factorField) && in.Err() == nil {
		in.Invalid(factorField, "unknown factor")
	}
	var answer user.Answer
	if _, withOptions := f.(OptionsFactor); withOptions {
		answer.Ceremony = in.Text(ceremonyField)
		answer.Credential = json.RawMessage(in.OptionalObject(credentialField))
		if answer.Credential == nil && in.Err() == nil {
			in.Missing(credentialField)
		}
		return f, answer
	}
	code := in.Text(codeField)
	if len(code) > maxCode {
		in.Invalid(codeField, "must not be longer than 64 bytes")
	}
	answer.Code = secrets.Secret(code)
	return f, answer
}

func (l factorLogin) askRoute() Route {
	type loginFactors struct {
		Factors   []string `json:"factors"`
		ExpiresIn int      `json:"expires_in"`
	}
	route := Route{Method: http.MethodGet, Path: "/login/factor", Operation: "login_factors", Backend: l.backend.Name, Doc: Doc{
		Summary:     "Which factors complete the login",
		Description: "For browsers, whose login token is in a cookie, for example after signing in with a provider.",
		Successes:   []Success{{Status: http.StatusOK, Description: "The login waits for one of these factors.", Body: loginFactors{[]string{"totp"}, 287}}},
	}}
	return l.Handled(route, Operation{Answers: []Answer{badLoginToken}}, func(c *gin.Context) error {
		ctx := c.Request.Context()
		w, err := l.waitingLogin(ctx, l.backend, l.backend.Carrier.(backends.SideCookies).SideCookie(c, factorCookie))
		if err != nil {
			return l.ended(c, err)
		}
		names, err := l.factors.usable(ctx, w.user)
		if err != nil {
			return err
		}
		left := w.record.ExpiresAt.Sub(l.now())
		return JSON(c, http.StatusOK, loginFactors{names, int(left / time.Second)})
	})
}

func (l factorLogin) optionsRoute() Route {
	doc := Doc{
		Summary:     "Options for a factor that needs them",
		Description: "What `navigator.credentials.get` takes. It is one of the login token's five answers.",
		Successes:   []Success{{Status: http.StatusOK, Description: "The options.", Body: l.sampleOptions()}},
		Limited:     true,
	}
	if !l.hasCookies() {
		doc.Body = &Body{Name: "LoginFactorOptionsRequest", Fields: []Field{{Name: loginTokenField, Required: true, Example: exampleLoginToken}}}
	}
	route := Route{Method: http.MethodPost, Path: "/login/factor/options", Operation: "login_factor_options", Backend: l.backend.Name, Doc: doc}
	return l.Handled(route, Operation{Answers: []Answer{badFactor, badLoginToken}}, l.Limited(limits.Logins, l.options))
}

// options is POST /login/factor/options.
func (l factorLogin) options(c *gin.Context) error {
	if !l.crossOrigin.Allows(c.Request, len(l.backend.Carrier.Cookies()) > 0) {
		return ErrCrossOrigin
	}
	in, err := l.Input(c)
	if err != nil {
		return err
	}
	token := l.token(c, in)
	if err := in.Err(); err != nil {
		return err
	}
	ctx := c.Request.Context()
	w, err := l.waitingLogin(ctx, l.backend, token)
	if err != nil {
		return l.ended(c, err)
	}
	if err := l.tryWaiting(ctx, w); err != nil {
		return l.ended(c, err)
	}
	f := l.factors.options()
	options, err := callFactor(ctx, f, func(ctx context.Context) (any, error) { return f.Options(ctx, w.user, w.record.ID) })
	if err != nil {
		return err
	}
	return JSON(c, http.StatusOK, options)
}
