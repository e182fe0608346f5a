package app

import (
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/internal/test/redistest"
	"github.com/ginauth/ginauth/internal/test/statustest"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// combination is one transport with one strategy.
type combination struct {
	name     string
	backend  backends.Backend
	recorded bool // whether the strategy keeps its tokens, so that a logout ends them
}

func combinations(t *testing.T) []combination {
	t.Helper()
	transports := map[string]backends.Transport{
		"bearer":  backends.Bearer{},
		"cookie":  backends.Cookie{Insecure: true},
		"session": sessions.Transport{Name: "app", Insecure: true},
	}
	client := redistest.Client(t)
	strategies := map[string]backends.Strategy{
		"jwt":      backends.JWT{},
		"database": backends.Database{},
		"redis":    redisstrategy.Redis{Client: client, KeyPrefix: redistest.Prefix(t, client)},
	}
	var all []combination
	for transportName, transport := range transports {
		for strategyName, strategy := range strategies {
			name := transportName + "_" + strategyName
			all = append(all, combination{
				name:     name,
				backend:  backends.Backend{Name: name, Transport: transport, Strategy: strategy},
				recorded: strategyName != "jwt",
			})
		}
	}
	return all
}

// visitor is an HTTP client with a cookie jar that also keeps a bearer token.
type visitor struct {
	t      *testing.T
	base   string
	client *http.Client
	bearer string
}

func newVisitor(t *testing.T, base string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, base: base, client: &http.Client{Jar: jar}}
}

func (v *visitor) send(method, path, contentType, body string) (status int, text string) {
	v.t.Helper()
	request, err := http.NewRequest(method, v.base+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if v.bearer != "" {
		request.Header.Set("Authorization", "Bearer "+v.bearer)
	}
	response, err := v.client.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode, readAll(v.t, response)
}

func (v *visitor) logIn(backend, password string) {
	v.t.Helper()
	form := url.Values{"username": {"king.arthur@camelot.bt"}, "password": {password}}.Encode()
	status, body := v.send("POST", "/auth/"+backend+"/login", "application/x-www-form-urlencoded", form)
	if status != 200 {
		v.t.Fatalf("login: got %d %s", status, body)
	}
	if token, found := strings.CutPrefix(body, `{"access_token":"`); found {
		v.bearer, _, _ = strings.Cut(token, `"`)
	}
}

func (v *visitor) wantStatus(method, path string, want int) {
	v.t.Helper()
	if status, body := v.send(method, path, "", ""); status != want {
		v.t.Errorf("%s %s: got %d %s, want %d", method, path, status, body, want)
	}
}

// newCombinationServer serves one backend with a user who can log in.
func newCombinationServer(t *testing.T, store user.Store, b backends.Backend) *httptest.Server {
	t.Helper()
	ways := []backends.Backend{b}
	auth, err := ginauth.New(ginauth.Config{
		Store: store, Secret: secret, Backends: ways, Limits: limits.Config{Off: true}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return serveAll(t, auth, ways)
}

// serveAll attaches all groups and creates a user who can log in.
func serveAll(t *testing.T, auth *ginauth.Auth, ways []backends.Backend) *httptest.Server {
	t.Helper()
	r := gin.New()
	statustest.Watch(t, r, auth)
	r.Use(ginsessions.Sessions("app", memstore.NewStore([]byte("0123456789abcdef0123456789abcdef"))))
	for _, b := range ways {
		auth.AuthRoutes(b).Attach(r.Group("/auth/" + b.Name))
	}
	auth.ResetPasswordRoutes().Attach(r.Group("/auth"))
	auth.VerifyRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	auth.SessionsRoutes().Attach(r.Group("/users/me"))
	auth.UserSessionsRoutes().Attach(r.Group("/users/:id"))
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	if _, err := auth.Manager().Create(t.Context(), user.Registration{Email: "king.arthur@camelot.bt", Password: "guinevere"}); err != nil {
		t.Fatal(err)
	}
	return server
}

// Every transport works with every strategy, and a password change ends all
// tokens but the one that made it, whatever they are.
func TestEveryTransportWithEveryStrategy(t *testing.T) {
	t.Parallel()
	for _, test := range combinations(t) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := newCombinationServer(t, usertest.NewStore(), test.backend)
			here, elsewhere := newVisitor(t, server.URL), newVisitor(t, server.URL)
			here.wantStatus("GET", "/users/me", 401)
			here.logIn(test.name, "guinevere")
			elsewhere.logIn(test.name, "guinevere")
			here.wantStatus("GET", "/users/me", 200)

			if status, body := here.send("PATCH", "/users/me", "application/json", `{"password":"excalibur"}`); status != 200 {
				t.Fatalf("change of the password: got %d %s", status, body)
			}
			here.wantStatus("GET", "/users/me", 200)
			elsewhere.wantStatus("GET", "/users/me", 401)

			elsewhere.logIn(test.name, "excalibur")
			elsewhere.wantStatus("DELETE", "/users/me/sessions", 204)
			here.wantStatus("GET", "/users/me", 401)
			elsewhere.wantStatus("GET", "/users/me", 200)

			stolen := *elsewhere
			copied := newVisitor(t, server.URL)
			at, _ := url.Parse(server.URL)
			copied.client.Jar.SetCookies(at, elsewhere.client.Jar.Cookies(at))
			stolen.client, stolen.bearer = copied.client, elsewhere.bearer
			elsewhere.wantStatus("POST", "/auth/"+test.name+"/logout", 200)
			if len(elsewhere.client.Jar.Cookies(at)) != 0 {
				t.Errorf("got cookies %v after the logout, want none", elsewhere.client.Jar.Cookies(at))
			}
			if test.recorded {
				stolen.wantStatus("GET", "/users/me", 401)
			}
		})
	}
}
