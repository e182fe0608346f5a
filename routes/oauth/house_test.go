package oauth_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/pquerna/otp/totp"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest/passkeytest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/admin"
	"github.com/ginauth/ginauth/routes/apikeys"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/routes/maillogin"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/internal/hostile"
	"github.com/ginauth/ginauth/routes/oauth/oidc"
	"github.com/ginauth/ginauth/routes/passkeys"
	"github.com/ginauth/ginauth/user"
)

// house is an application with every way in there is.
type house struct {
	*gin.Engine
	*fixture.Fixture

	t    *testing.T
	auth *ginauth.Auth
	idp  *hostile.Provider
}

const origin = "https://camelot.bt"

var (
	renewing = backends.Backend{Name: "app", Transport: backends.Bearer{}, Strategy: refresh.Strategy{}}
	stored   = backends.Backend{Name: "stored", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	keyed    = backends.Backend{Name: "key", Transport: backends.Header{Name: "X-API-Key"}, Strategy: apikey.Strategy{}}
)

// built ends the test if a part of the application could not be made.
func built[T any](t *testing.T) func(T, error) T {
	return func(part T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return part
	}
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, Fixture: fixture.New(t), Engine: gin.New()}
	config := h.Config(stored, api, renewing, keyed)
	config.Limits.Off, config.ConfirmEmailChange = true, true
	ctx, auth := t.Context(), built[*ginauth.Auth](t)(h.Start(config))
	h.auth, h.idp = auth, hostile.New(t, callback, h.Clock)
	second := built[*factors.Factors](t)(factors.New(ctx, auth, factors.Config{Issuer: "Round Table"}))
	keys := built[*passkeys.Passkeys](t)(passkeys.New(ctx, auth, passkeys.Config{RPID: "camelot.bt", Name: "Round Table", Origins: []string{origin}}))
	programs := built[*apikeys.APIKeys](t)(apikeys.New(ctx, auth, apikeys.Config{Scopes: map[string]apikeys.Scope{"profile": {}}}))
	mail := built[*maillogin.MailLogin](t)(maillogin.New(ctx, auth, maillogin.Config{}))
	acting := built[*admin.Admin](t)(admin.New(ctx, auth, admin.Config{AllowUnrecordedImpersonation: true}))
	provider := oidc.New(oidc.Config{Name: "idp", Issuer: h.idp.URL, ClientID: hostile.ClientID, ClientSecret: hostile.ClientSecret, Now: h.Clock})
	linking := oauth.Config{RedirectURL: callback, AssociateByEmail: true}
	for _, b := range []backends.Backend{stored, api, renewing} {
		group := h.Group("/auth/" + b.Name)
		auth.AuthRoutes(b).Attach(group)
		mail.Login(b).Attach(group)
		keys.Login(b).Attach(group)
		oauth.Routes(auth, provider, b, linking).Attach(group.Group("/idp"))
		h.POST("/own/"+b.Name, fixture.LogIn(auth, b))
	}
	oauth.AssociateRoutes(auth, provider, linking).Attach(h.Group("/associate"))
	auth.VerifyRoutes().Attach(h.Group("/auth"))
	auth.ResetPasswordRoutes().Attach(h.Group("/auth"))
	mail.Request().Attach(h.Group("/auth"))
	auth.UsersRoutes().Attach(h.Group("/users"))
	acting.Routes().Attach(h.Group("/users"))
	second.Own().Attach(h.Group("/users/me"))
	keys.Own().Attach(h.Group("/users/me"))
	programs.Own().Attach(h.Group("/users/me"))
	return h
}

// guest is a client of a house: a browser that also sends a token or a key, if it has one.
type guest struct {
	*house

	cookies map[string]string
	header  http.Header
	passkey passkeytest.Authenticator
}

func (h *house) guest() *guest {
	return &guest{house: h, cookies: map[string]string{}, header: http.Header{}, passkey: passkeytest.NewAuthenticator(origin)}
}

// hers marks the store calls of a request.
type hers struct{}

func (g *guest) call(method, path, body string) response {
	r := httptest.NewRequestWithContext(context.WithValue(g.t.Context(), hers{}, g), method, path, strings.NewReader(body))
	r.Header = g.header.Clone()
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range g.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	recorder := httptest.NewRecorder()
	g.ServeHTTP(recorder, r)
	for _, c := range recorder.Result().Cookies() {
		if g.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(g.cookies, c.Name)
		}
	}
	got := response{recorder.Code, recorder.Header(), recorder.Body.String()}
	if token := got.text("access_token"); got.status == 200 && token != "" {
		g.header.Set("Authorization", "Bearer "+token)
	}
	return got
}

// must is call for a request that succeeds.
func (g *guest) must(method, path, body string) response {
	g.t.Helper()
	got := g.call(method, path, body)
	if got.status >= 300 {
		g.t.Fatalf("%s %s: got %d %s", method, path, got.status, got.body)
	}
	return got
}

// text returns a text in an answer's body, also one in its detail.
func (r response) text(name string) string {
	var all struct {
		Detail map[string]any `json:"detail"`
	}
	var own map[string]any
	_, _ = json.Unmarshal([]byte(r.body), &all), json.Unmarshal([]byte(r.body), &own)
	if found, ok := all.Detail[name].(string); ok {
		return found
	}
	found, _ := own[name].(string)
	return found
}

// is reports whether g is logged in as u.
func (g *guest) is(u *user.User) bool {
	got := g.call("GET", "/users/me", "")
	return got.status == 200 && got.text("id") == string(u.ID)
}

func (g *guest) password(backend, password string) response {
	return g.call("POST", "/auth/"+backend+"/login", `{"username":"`+merlin.Email+`","password":"`+password+`"}`)
}

// back begins a flow at path, and returns the path with which the provider ends it.
func (g *guest) back(path string, who hostile.Person) string {
	g.t.Helper()
	begun := g.must("GET", path+"/authorize", "")
	return path + "/callback?" + g.idp.SignIn(begun.text("authorization_url"), who).RawQuery
}

// newPasskey returns the body that gives the account of g its passkey.
func (g *guest) newPasskey() string {
	g.t.Helper()
	return string(built[[]byte](g.t)(passkeytest.CreateBody(g.passkey, []byte(g.must("POST", "/users/me/passkeys/options", "{}").body))))
}

// byPasskey logs in with the passkey that g has.
func (g *guest) byPasskey() response {
	g.t.Helper()
	options := g.must("POST", "/auth/api/passkey/options", "")
	return g.call("POST", "/auth/api/passkey/login", string(built[[]byte](g.t)(passkeytest.GetBody(g.passkey, []byte(options.body)))))
}

// code returns what an authenticator app shows.
func (g *guest) code(secret string) string {
	g.t.Helper()
	return built[string](g.t)(totp.GenerateCode(secret, g.Clock()))
}

// mailed awaits a mail of a kind to an address.
func (h *house) mailed(kind user.MailKind, to string) string {
	h.t.Helper()
	return string(h.AwaitMailOf(kind, to).Token)
}
