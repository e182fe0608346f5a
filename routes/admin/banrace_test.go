package admin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/routes/admin"
	"github.com/ginauth/ginauth/routes/apikeys"
	"github.com/ginauth/ginauth/user"
)

var (
	app  = backends.Backend{Name: "app", Transport: backends.Bearer{}, Strategy: refresh.Strategy{}}
	keys = backends.Backend{Name: "key", Transport: backends.Header{Name: "X-API-Key"}, Strategy: apikey.Strategy{}}
)

// banWorld is a world with refresh tokens and API keys, too.
func banWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, func(c *ginauth.Config, _ *admin.Config) { c.Backends = append(c.Backends, app, keys) })
	room, err := apikeys.New(t.Context(), w.auth, apikeys.Config{Scopes: map[string]apikeys.Scope{"orders:read": {}, "users:read": {}, "users:write": {}, "users:ban": {}}})
	if err != nil {
		t.Fatal(err)
	}
	w.auth.AuthRoutes(app).Attach(w.Group("/auth/app"))
	room.Own().Attach(w.Group("/users/me"))
	w.GET("/read", w.auth.ActiveUser(ginauth.Scope("orders:read")), func(c *gin.Context) { c.Status(204) })
	w.POST("/by-app/:id", func(c *gin.Context) {
		u, err := w.auth.Manager().ByID(c.Request.Context(), user.ID(c.Param("id")))
		if err == nil {
			var body any
			login := user.Login{User: u, Methods: []user.Method{user.MethodApplication}, At: w.time()}
			if body, _, err = w.auth.Routes().LogIn(c, w.auth.Routes().Authenticator().Backend("app"), login, routes.Demands{User: true, Active: true}); err == nil {
				c.JSON(200, body)
			}
		}
		if err != nil {
			c.String(400, err.Error())
		}
	})
	return w
}

// tokens are those of an answer to a login of the app.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

func (w *world) program(method, path, body string, header ...string) answer {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	w.ServeHTTP(recorder, r)
	return answer{recorder.Code, recorder.Body.String(), recorder.Header()}
}

func (a answer) tokens(t *testing.T) (all tokens) {
	t.Helper()
	if a.status == http.StatusOK {
		if err := json.Unmarshal([]byte(a.body), &all); err != nil || all.Access == "" || all.Refresh == "" {
			t.Fatalf("got %v, %v, want two tokens", a, err)
		}
	}
	return all
}

// lets returns which of the tokens lets its owner in, empty for none.
func (w *world) lets(all tokens) string {
	if all.Access == "" {
		return ""
	}
	if got := w.program("GET", "/actor", "", "Authorization", "Bearer "+all.Access); got.status != 401 {
		return fmt.Sprint("an access token: ", got)
	}
	if got := w.program("POST", "/auth/app/refresh", `{"refresh_token":"`+all.Refresh+`"}`); got.status != 401 {
		return fmt.Sprint("a refresh token: ", got)
	}
	return ""
}

// TestBanAgainstAll bans a user while a login, a refresh and a request with an API key are
// under way. What came back before the ban is dead after it, and nothing comes back later.
func TestBanAgainstAll(t *testing.T) {
	t.Parallel()
	w := banWorld(t)
	chief := w.as(t, w.person(t, user.Registration{IsSuperuser: true}))
	for round := range rounds {
		u := w.person(t, user.Registration{IsVerified: true})
		old := w.program("POST", "/by-app/"+string(u.ID), "").tokens(t)
		key := w.key(t, w.as(t, u))
		var wg sync.WaitGroup
		start := make(chan struct{})
		var loggedIn, refreshed tokens
		browser := w.anonymous(t)
		for _, use := range []func(){
			func() { loggedIn = w.program("POST", "/by-app/"+string(u.ID), "").tokens(t) },
			func() { browser.send("POST", "/as/"+string(u.ID), "") },
			func() {
				refreshed = w.program("POST", "/auth/app/refresh", `{"refresh_token":"`+old.Refresh+`"}`).tokens(t)
			},
			func() { w.program("GET", "/read", "", "X-API-Key", key) },
			func() {
				chief.want("POST", "/users/"+string(u.ID)+"/ban", `{"reason":"round"}`, 200, "")
				// From here on nothing may pass, whatever else is still under way.
				if got := w.program("GET", "/read", "", "X-API-Key", key); got.status != 401 {
					t.Errorf("round %d: right after the ban the key got %v", round, got)
				}
				if got := w.lets(old); got != "" {
					t.Errorf("round %d: right after the ban: %s", round, got)
				}
				if got := w.program("POST", "/by-app/"+string(u.ID), ""); got.status == 200 {
					t.Errorf("round %d: right after the ban a login got %v", round, got)
				}
			},
		} {
			wg.Go(func() {
				<-start
				use()
			})
		}
		close(start)
		wg.Wait()
		for what, all := range map[string]tokens{"login": loggedIn, "refresh": refreshed} {
			if got := w.lets(all); got != "" {
				t.Errorf("round %d: of the %s: %s", round, what, got)
			}
		}
		if got := browser.send("GET", "/actor", ""); got.status != 401 {
			t.Errorf("round %d: the cookie got %v", round, got)
		}
		if t.Failed() {
			return
		}
	}
}

// TestDemotionAgainstImpersonation demotes a superuser while the same one begins to act in
// a user's name. Whatever came first, nothing of it lets in after the demotion.
func TestDemotionAgainstImpersonation(t *testing.T) {
	t.Parallel()
	w, _, arthur := court(t)
	no, both := false, [2]int{}
	for round := range rounds {
		u := w.person(t, user.Registration{IsSuperuser: true})
		c := w.as(t, u)
		var wg sync.WaitGroup
		start := make(chan struct{})
		var got answer
		for _, use := range []func(){
			func() { got = c.impersonate(arthur) },
			func() {
				if _, err := w.auth.Manager().Update(t.Context(), u, user.Changes{IsSuperuser: &no}); err != nil {
					t.Error(err)
				}
			},
		} {
			wg.Go(func() {
				<-start
				use()
			})
		}
		close(start)
		wg.Wait()
		switch got.status {
		case 200:
			both[0]++
			c.want("GET", "/actor", "", 401, unauthorized)
		case 401, 403:
			both[1]++
		default:
			t.Errorf("round %d: got %v, want 200, 401 or 403", round, got)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d began before the demotion, %d were refused", both[0], both[1])
}

// key makes an API key with all scopes.
func (w *world) key(t *testing.T, c *client) string {
	t.Helper()
	got := c.send("POST", "/users/me/api-keys", `{"name":"Mill","scopes":["orders:read","users:read","users:write","users:ban"]}`)
	var made struct {
		Key string `json:"key"`
	}
	if err := json.Unmarshal([]byte(got.body), &made); err != nil || made.Key == "" {
		t.Fatalf("make a key: got %v, %v", got, err)
	}
	if got := w.program("GET", "/read", "", "X-API-Key", made.Key); got.status != 204 {
		t.Fatalf("the key got %v, want 204", got)
	}
	return made.Key
}
