package invitations_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/invitations"
	"github.com/ginauth/ginauth/routes/maillogin"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
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

var api = backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}

// world is an application with invitations.
type world struct {
	*gin.Engine
	*fixture.Fixture

	t    *testing.T
	auth *ginauth.Auth
}

type change func(*ginauth.Config, *invitations.Config)

func invitationOnly(c *ginauth.Config, _ *invitations.Config) {
	c.Registration = ginauth.InvitationOnly
}
func limitsOff(c *ginauth.Config, _ *invitations.Config) { c.Limits.Off = true }
func concealed(c *ginauth.Config, _ *invitations.Config) { c.ConcealRegistration = true }

// newWorld returns a world with the superuser arthur in it.
func newWorld(t *testing.T, changes ...change) *world {
	t.Helper()
	w := &world{t: t, Fixture: fixture.New(t)}
	if err := w.tryStart(w.Store, changes...); err != nil {
		t.Fatal(err)
	}
	w.Create(arthur, func(u *user.User) { u.IsSuperuser = true })
	return w
}

func (w *world) tryStart(store user.Store, changes ...change) (err error) {
	config := w.Config(api)
	config.Store = store
	var by invitations.Config
	for _, c := range changes {
		c(&config, &by)
	}
	if w.auth, err = w.Start(config); err != nil {
		return err
	}
	auth := w.auth
	w.Engine = gin.New()
	if config.Registration != ginauth.Closed {
		invited, err := invitations.New(w.t.Context(), auth, by)
		if err != nil {
			return err
		}
		invited.Routes().Attach(w)
		auth.RegisterRoutes().Attach(w.Group("/auth"))
	}
	mail, err := maillogin.New(w.t.Context(), auth, maillogin.Config{SignUp: true})
	if err != nil {
		return err
	}
	auth.AuthRoutes(api).Attach(w.Group("/auth/api"))
	mail.Request().Attach(w.Group("/auth"))
	mail.Login(api).Attach(w.Group("/auth/api"))
	w.POST("/own", fixture.LogIn(auth, api))
	return nil
}

func (w *world) update(email string, update user.Update) {
	w.t.Helper()
	if _, err := w.Memory.Update(w.t.Context(), w.User(email).ID, update); err != nil {
		w.t.Fatal(err)
	}
}

// reports returns the events and mails there were. Later ones are lost.
func (w *world) reports() ([]user.Event, []user.Mail) { w.t.Helper(); return w.Reports(w.auth) }

// answer is what a request got.
type answer struct {
	status int
	body   string
}

type client struct {
	*world
	token, source string
}

func (w *world) client() *client { return &client{world: w} }

// as returns a client that is logged in.
func (w *world) as(email string) *client {
	w.t.Helper()
	c := w.client()
	got := c.call("POST", "/own?email="+email, "")
	if got.status != 200 {
		w.t.Fatalf("log in: got %d %s", got.status, got.body)
	}
	c.token = between(got.body, `"access_token":"`, `"`)
	return c
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
	recorder := httptest.NewRecorder()
	c.ServeHTTP(recorder, r)
	text, err := io.ReadAll(recorder.Result().Body)
	if err != nil {
		c.t.Error(err)
	}
	return answer{recorder.Code, string(text)}
}

// invite invites an address and returns the invitation's ID.
func (c *client) invite(email string) string {
	c.t.Helper()
	got := c.call("POST", "/invitations", `{"email":"`+email+`"}`)
	if got.status != http.StatusCreated {
		c.t.Fatalf("invite %s: got %d %s", email, got.status, got.body)
	}
	return between(got.body, `"id":"`, `"`)
}

func (c *client) registerWith(email string, token secrets.Secret) answer {
	return c.call("POST", "/auth/register", `{"email":"`+email+`","password":"guinevere","invitation":"`+string(token)+`"}`)
}

// between returns the text between two others, or "".
func between(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	found, _, ended := strings.Cut(rest, after)
	if !ended {
		return ""
	}
	return found
}

func want(t *testing.T, what string, got answer, status int, body string) {
	t.Helper()
	if got.status != status || got.body != body {
		t.Errorf("%s: got %d %s, want %d %s", what, got.status, got.body, status, body)
	}
}

const (
	badInvitation = `{"detail":"INVITATION_BAD_TOKEN"}`
	required      = `{"detail":"INVITATION_REQUIRED"}`
	notFound      = `{"detail":"Not Found"}`
	forbidden     = `{"detail":"Forbidden"}`
	unauthorized  = `{"detail":"Unauthorized"}`
	badRegister   = `{"detail":"REGISTER_USER_ALREADY_EXISTS"}`
	wrongDomain   = `{"detail":"REGISTER_DOMAIN_NOT_ALLOWED"}`
)

// linked returns the operations on accounts at providers.
func (w *world) linked() *oauth.Accounts {
	w.t.Helper()
	linked, err := oauth.NewAccounts(w.auth)
	if err != nil {
		w.t.Fatal(err)
	}
	return linked
}
