package factors_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-gonic/gin"
	"github.com/pquerna/otp/totp"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/user"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

const (
	secret = fixture.Secret
	arthur = "arthur@camelot.bt"
	merlin = "merlin@camelot.bt"
)

var allBackends = []backends.Backend{
	{Name: "jwt", Transport: backends.Bearer{}, Strategy: backends.JWT{}},
	{Name: "stored", Transport: backends.Bearer{}, Strategy: backends.Database{}},
	{Name: "cookie", Transport: backends.Cookie{}, Strategy: backends.Database{}},
	{Name: "badge", Transport: backends.Cookie{Name: "badge"}, Strategy: backends.JWT{Record: true}},
	{Name: "session", Transport: sessions.Transport{}, Strategy: backends.Database{}},
}

// world is an application with second factors on five backends.
type world struct {
	*gin.Engine
	*fixture.Fixture

	t       *testing.T
	auth    *ginauth.Auth
	factors *factors.Factors
	without bool // an instance that has not attached the room
}

// newWorld returns a world as change leaves its configuration.
func newWorld(t *testing.T, change ...func(*ginauth.Config, *factors.Config)) *world {
	t.Helper()
	w := &world{t: t, Fixture: fixture.New(t)}
	w.start(change...)
	w.Create(arthur, func(u *user.User) { u.HashedPassword = fixture.Hash(t) })
	return w
}

// start makes the application anew, over the same store.
func (w *world) start(change ...func(*ginauth.Config, *factors.Config)) {
	w.t.Helper()
	if err := w.tryStart(change...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tryStart(change ...func(*ginauth.Config, *factors.Config)) (err error) {
	config := w.Config(allBackends...)
	second := factors.Config{Issuer: "Round Table", TrustDevice: 30 * 24 * time.Hour}
	for _, c := range change {
		c(&config, &second)
	}
	if w.auth, err = w.Start(config); err != nil {
		return err
	}
	if w.without {
		w.factors = nil
	} else if w.factors, err = factors.New(w.t.Context(), w.auth, second); err != nil {
		return err
	}
	if config.Limits.Off && !w.without { // as in races, which are run often
		factors.WithoutPictures(w.factors)
	}
	w.Engine = gin.New()
	w.Use(ginsessions.Sessions("session", memstore.NewStore([]byte("0123456789abcdef0123456789abcdef"))))
	for _, b := range allBackends {
		w.auth.AuthRoutes(b).Attach(w.Group("/auth/" + b.Name))
		w.POST("/own/"+b.Name, fixture.LogIn(w.auth, b))
	}
	w.auth.ResetPasswordRoutes().Attach(w.Group("/auth"))
	w.auth.UsersRoutes().Attach(w.Group("/users"))
	w.auth.SessionsRoutes().Attach(w.Group("/users/me"))
	if !w.without {
		w.factors.Own().Attach(w.Group("/users/me"))
		w.factors.Admin().Attach(w.Group("/users/:id"))
	}
	for path, guard := range map[string]gin.HandlerFunc{
		"/active": w.auth.ActiveUser(),
		"/fresh":  w.auth.ActiveUser(ginauth.Fresh(10 * time.Minute)),
		"/mfa":    w.auth.ActiveUser(ginauth.MultiFactor()),
		"/enrol":  w.auth.ActiveUser(ginauth.Enrolment()),
	} {
		w.GET(path, guard, func(c *gin.Context) { c.JSON(200, ginauth.LoginFrom(c).Methods) })
	}
	return nil
}

// reports returns the events and mails there were. Later ones are lost.
func (w *world) reports() ([]user.Event, []user.Mail) { w.t.Helper(); return w.Reports(w.auth) }

func (w *world) register(email string, change ...func(*user.Registration)) *user.User {
	w.t.Helper()
	r := user.Registration{Email: email, Password: "guinevere", IsVerified: true}
	for _, c := range change {
		c(&r)
	}
	u, err := w.auth.Manager().Create(w.t.Context(), r)
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// answer is what a request got.
type answer struct {
	status int
	body   string
	header http.Header
}

func (a answer) cookies() string { return strings.Join(a.header.Values("Set-Cookie"), "\n") }

// decode reads an answer's body.
func decode[T any](t *testing.T, a answer) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &value); err != nil {
		t.Fatalf("got %d %s: %v", a.status, a.body, err)
	}
	return value
}

// client is a browser, or an app with a bearer token.
type client struct {
	*world
	backend string
	token   string
	cookies map[string]string
	source  string
}

func (w *world) client(backend string) *client {
	return &client{world: w, backend: backend, cookies: map[string]string{}}
}

func (c *client) call(method, path, body string) answer {
	r := httptest.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.source != "" {
		r.RemoteAddr = c.source + ":1"
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	recorder := httptest.NewRecorder()
	c.ServeHTTP(recorder, r)
	result := recorder.Result()
	text, err := io.ReadAll(result.Body)
	if err != nil {
		c.t.Error(err)
	}
	for _, cookie := range result.Cookies() {
		if c.cookies[cookie.Name] = cookie.Value; cookie.MaxAge < 0 {
			delete(c.cookies, cookie.Name)
		}
	}
	var body2 struct {
		Token string `json:"access_token"`
	}
	if recorder.Code == 200 && json.Unmarshal(text, &body2) == nil && body2.Token != "" && !isCookie(c.backend) {
		c.token = body2.Token
	}
	return answer{recorder.Code, string(text), recorder.Header()}
}

func isCookie(backend string) bool { return backend != "jwt" && backend != "stored" }

// password logs in with the password.
func (c *client) password(email string) answer {
	return c.call("POST", "/auth/"+c.backend+"/login", `{"username":"`+email+`","password":"guinevere"}`)
}

// enter logs in by the application's own way, which hashes nothing.
func (c *client) enter(email string) *client {
	c.t.Helper()
	if got := c.call("POST", "/own/"+c.backend+"?email="+email, ""); got.status != 200 {
		c.t.Fatalf("log in: got %d %s", got.status, got.body)
	}
	return c
}

// half logs in as far as the factor and returns the login token, if it is in the body.
func (c *client) half(email string) string {
	got := c.call("POST", "/own/"+c.backend+"?email="+email, "")
	var body struct {
		Detail struct {
			Code  string `json:"code"`
			Token string `json:"login_token"`
		} `json:"detail"`
	}
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || body.Detail.Code != "LOGIN_FACTOR_REQUIRED" {
		c.t.Errorf("got %d %s, want LOGIN_FACTOR_REQUIRED", got.status, got.body)
	}
	return body.Detail.Token
}

// answer completes a login.
func (c *client) answer(loginToken, factor, code string, more ...string) answer {
	fields := []string{`"factor":"` + factor + `"`, `"code":"` + code + `"`}
	if loginToken != "" {
		fields = append(fields, `"login_token":"`+loginToken+`"`)
	}
	return c.call("POST", "/auth/"+c.backend+"/login/factor", "{"+strings.Join(append(fields, more...), ",")+"}")
}

// key is an authenticator that was set up.
type key struct {
	ID        string    `json:"id"`
	Secret    string    `json:"secret"`
	URI       string    `json:"uri"`
	QR        string    `json:"qr"`
	ExpiresAt time.Time `json:"expires_at"`
	codes     []string  // recovery codes that came with it
}

// at is the code of the step that is steps from now, by the library's own algorithm.
func (w *world) at(k key, steps int) string {
	code, err := totp.GenerateCode(k.Secret, w.Clock().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		w.t.Error(err)
	}
	return code
}

func (c *client) begin(name string) key {
	c.t.Helper()
	got := c.call("POST", "/users/me/factors/totp", `{"name":"`+name+`"}`)
	if got.status != 201 {
		c.t.Fatalf("POST /factors/totp: got %d %s", got.status, got.body)
	}
	return decode[key](c.t, got)
}

func (c *client) confirm(k key, code string) answer {
	return c.call("POST", "/users/me/factors/totp/"+k.ID+"/confirm", `{"code":"`+code+`"}`)
}

// enrol sets an authenticator up and waits for its next code.
func (c *client) enrol(name string) key {
	c.t.Helper()
	k := c.begin(name)
	got := c.confirm(k, c.at(k, 0))
	if got.status != 200 {
		c.t.Fatalf("confirm: got %d %s", got.status, got.body)
	}
	k.codes = decode[struct {
		Codes []string `json:"recovery_codes"`
	}](c.t, got).Codes
	c.Wait(30 * time.Second)
	return k
}

// full logs in with both factors and waits for the next code.
func (c *client) full(email string, k key) *client {
	c.t.Helper()
	if got := c.answer(c.half(email), "totp", c.at(k, 0)); got.status != 200 {
		c.t.Fatalf("log in with factor: got %d %s", got.status, got.body)
	}
	c.Wait(30 * time.Second)
	return c
}

func want(t *testing.T, what string, got answer, status int, body string) {
	t.Helper()
	if got.status != status || got.body != body {
		t.Errorf("%s: got %d %s, want %d %s", what, got.status, got.body, status, body)
	}
}

const (
	badFactor    = `{"detail":"LOGIN_BAD_FACTOR"}`
	badToken     = `{"detail":"LOGIN_BAD_TOKEN"}`
	notFound     = `{"detail":"Not Found"}`
	unauthorized = `{"detail":"Unauthorized"}`
)
