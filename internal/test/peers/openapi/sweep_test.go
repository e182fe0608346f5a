package openapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// sweep knows for each route what it likes and what it refuses.
type sweep struct {
	*world
	merlin   *user.User // a superuser
	lancelot *user.User // verified
	mordred  *user.User // neither
	door     *gin.Engine
	count    int
	secured  enrolled           // with recovery codes that are left
	guesses  map[string]request // wrong second factors of a login, by backend
}

// request is a request, and what it is answered with unless a test wants otherwise.
type request struct {
	method, path, body string
	header             []string
	status             int
}

const password = "guinevere"

func newSweep(t *testing.T, w *world) *sweep {
	t.Helper()
	s := &sweep{world: w, door: gin.New()}
	s.door.Use(w.sessions)
	s.door.POST("/:backend/:id", func(c *gin.Context) {
		u, err := w.store.ByID(c, user.ID(c.Param("id")))
		if err != nil {
			panic(err)
		}
		methods := []user.Method{user.MethodApplication, user.MethodTOTP}
		if c.Query("half") != "" {
			methods = methods[:1]
		}
		token, err := w.auth.LogIn(c, backends.Backend{Name: c.Param("backend")}, u, ginauth.WithMethods(methods...))
		if required := (*user.FactorRequired)(nil); errors.As(err, &required) {
			c.Header("X-Token", string(required.Token))
			c.Status(202)
			return
		}
		if err != nil {
			panic(err)
		}
		c.Header("X-Token", token)
	})
	s.door.POST("/as/:backend/:id", func(c *gin.Context) {
		u, err := w.store.ByID(c, user.ID(c.Param("id")))
		if err != nil {
			panic(err)
		}
		actor, err := w.store.ByID(c, s.merlin.ID)
		if err == nil {
			b := w.auth.Routes().LoginBackend(c.Param("backend"))
			err = w.auth.Routes().Impersonate(c, b, backends.Result{User: actor}, u)
		}
		if err != nil {
			panic(err)
		}
	})
	var err error
	s.merlin, err = w.auth.Manager().Create(t.Context(), user.Registration{
		Email: "merlin@camelot.bt", Password: password, IsSuperuser: true, IsVerified: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.lancelot, s.mordred = s.somebody(true), s.somebody(false)
	return s
}

// somebody returns a new user with everybody's password.
func (s *sweep) somebody(verified bool) *user.User {
	s.t.Helper()
	u := *s.merlin
	u.ID, u.IsSuperuser, u.IsVerified = s.store.NewID(), false, verified
	u.Email = s.address()
	u.EmailKey = u.Email
	if err := s.store.Create(context.Background(), &u); err != nil {
		s.t.Fatal(err)
	}
	return &u
}

func (s *sweep) address() string {
	s.count++
	return fmt.Sprintf("arthur%d@camelot.bt", s.count)
}

// expectOf sends a request from a source of its own, which no limit has counted yet.
func (s *sweep) expectOf(status int, r request) {
	s.t.Helper()
	s.count++
	s.source = fmt.Sprintf("198.51.%d.%d:443", s.count/250, s.count%250)
	if got := s.send(r.method, r.path, r.body, r.header...); got.StatusCode != status {
		s.t.Errorf("%s %s: got %d %s, want %d", r.method, r.path, got.StatusCode, text(s.t, got), status)
	}
}

// enter logs u in through a backend and returns the headers that say so.
func (s *sweep) enter(backend string, u *user.User) []string {
	s.t.Helper()
	answer := httptest.NewRecorder()
	s.door.ServeHTTP(answer, httptest.NewRequest("POST", "/"+backend+"/"+string(u.ID), nil))
	if answer.Code != 200 {
		s.t.Fatalf("enter %s: got %d", backend, answer.Code)
	}
	if cookies := cookiesOf(answer); cookies != "" {
		return []string{"Cookie", cookies}
	}
	return []string{"Authorization", "Bearer " + answer.Header().Get("X-Token")}
}

// enterAs logs a superuser in in the name of u, and returns the headers that say so.
func (s *sweep) enterAs(u *user.User) []string {
	s.t.Helper()
	answer := httptest.NewRecorder()
	s.door.ServeHTTP(answer, httptest.NewRequest("POST", "/as/api/"+string(u.ID), nil))
	var issued backends.BearerToken
	if err := json.Unmarshal(answer.Body.Bytes(), &issued); err != nil {
		s.t.Fatalf("enter as: got %d %s", answer.Code, answer.Body)
	}
	return []string{"Authorization", "Bearer " + issued.AccessToken}
}

func cookiesOf(answer *httptest.ResponseRecorder) string {
	var pairs []string
	for _, c := range answer.Result().Cookies() {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return strings.Join(pairs, "; ")
}

// backendOf is the backend to ask a route by.
func backendOf(route routes.Route) string {
	if route.Operation == "logout" || route.Operation == "reauthenticate" {
		return route.Backend
	}
	return "api"
}

// session returns the name of a session of u, begun for the purpose, and its headers.
func (s *sweep) session(u *user.User) (id string, header []string) {
	s.t.Helper()
	header = s.enter("web", u)
	r := httptest.NewRequest("GET", "/users/me/sessions", nil)
	r.Header.Set(header[0], header[1])
	answer := httptest.NewRecorder()
	s.engine.ServeHTTP(answer, r)
	var list []struct {
		ID      string
		Current bool
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &list); err != nil {
		s.t.Fatalf("sessions: got %d %s", answer.Code, answer.Body)
	}
	for _, one := range list {
		if one.Current {
			return one.ID, header
		}
	}
	s.t.Fatal("the session is not in the list")
	return "", nil
}

// begun begins a flow of the group and returns the request that ends it.
func (s *sweep) begun(prefix string, header []string) request {
	s.t.Helper()
	s.count++
	r := httptest.NewRequest("GET", prefix+"/authorize", nil)
	r.RemoteAddr = fmt.Sprintf("198.51.%d.%d:443", s.count/250, s.count%250)
	if header != nil {
		r.Header.Set(header[0], header[1])
	}
	answer := httptest.NewRecorder()
	s.engine.ServeHTTP(answer, r)
	var begun struct {
		URL string `json:"authorization_url"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &begun); err != nil {
		s.t.Fatalf("%s: got %d %s", prefix, answer.Code, answer.Body)
	}
	to, err := url.Parse(begun.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	query := url.Values{"code": {"c"}, "state": {to.Query().Get("state")}}
	return request{
		method: "GET", path: prefix + "/callback?" + query.Encode(),
		header: append([]string{"Cookie", cookiesOf(answer)}, header...),
	}
}

// limited is a request that counts for a limit and never for nothing.
func (s *sweep) limited(group routes.Attached, route routes.Route) request {
	switch {
	case route.Operation == "login":
		return request{method: "POST", path: group.Prefix + "/login", body: "username=galahad@camelot.bt&password=x"}
	case route.Operation == "login_factor":
		return s.guessed(group, route)
	case route.Operation == "reauthenticate":
		return request{method: "POST", path: group.Prefix + "/reauthenticate", body: `{"password":"x"}`, header: s.enter(route.Backend, s.lancelot)}
	case route.Operation == "update_me" && s.strict:
		return request{
			method: "PATCH", path: group.Prefix + "/me", body: `{"password":"merlin-the-wise","current_password":"x"}`,
			header: s.enter("api", s.lancelot),
		}
	case route.Operation == "update_me", route.Operation == "update_user":
		r := s.good(group, route)
		r.body = `{"email":"` + s.mordred.Email + `"}`
		return r
	}
	return s.good(group, route)
}

// linked returns a user who has an account at a provider, and that account.
func (s *sweep) linked(change func(*user.User)) (u *user.User, account string) {
	s.t.Helper()
	u = s.somebody(true)
	other := *u
	change(&other)
	other.ID, other.Email = s.store.NewID(), s.address()
	other.EmailKey = other.Email
	if err := s.store.Create(context.Background(), &other); err != nil {
		s.t.Fatal(err)
	}
	a := records.OAuthAccount{
		ID: s.store.NewAccountID(), UserID: other.ID, Provider: "github", AccountID: "old" + fmt.Sprint(s.count), AccountEmail: other.Email,
	}
	if err := s.store.LinkAccount(context.Background(), a); err != nil {
		s.t.Fatal(err)
	}
	return &other, a.ID
}

// has reports whether a route may answer with a status.
func (s *sweep) has(group routes.Attached, route routes.Route, status int) bool {
	for _, one := range openapi.Statuses(s.auth, route.Method, group.Prefix+route.Path) {
		if one == status {
			return true
		}
	}
	return false
}
