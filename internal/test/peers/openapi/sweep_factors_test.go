package openapi_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/user"
)

// Every status of the routes of second factors is produced: enrolment, the second step of
// logins, re-authentication and what superusers do, by backends of every sort.
func TestEveryFactorStatusIsProduced(t *testing.T) {
	t.Parallel()
	s := newSweep(t, newWorldWith(t, worldOptions{wire: wires[1].wire, strict: true, factors: true}))
	swept := map[string]bool{}
	for _, group := range s.auth.Routes().Attached() {
		for _, route := range group.Routes {
			swept[route.Operation] = true
			s.sweep(group, route)
		}
	}
	s.exhaust() // wrong codes and passwords
	for _, missing := range s.record.Missing() {
		t.Errorf("%s is described, but was not produced", missing)
	}
	for _, operation := range []string{
		"login_factor", "login_factors", "reauthenticate", "refresh", "enrol_totp", "confirm_totp", "remove", "recovery_codes", "list", "reset",
	} {
		if !swept[operation] {
			t.Errorf("there is no route %s; the test has seen too little", operation)
		}
	}
}

// attachFactors attaches what second factors are about.
func (w *world) attachFactors(o worldOptions) {
	w.t.Helper()
	second, err := factors.New(w.t.Context(), w.auth, factors.Config{Issuer: "Camelot", TrustDevice: time.Hour})
	if err != nil {
		w.t.Fatal(err)
	}
	var own []ginauth.GroupOption
	if o.strict {
		own = append(own, ginauth.Verified())
	}
	for _, b := range []backends.Backend{api, web, phone, desk} {
		w.auth.AuthRoutes(b, own...).Attach(w.engine.Group("/auth/" + b.Name))
	}
	w.auth.SessionsRoutes(own...).Attach(w.engine.Group("/users/me"))
	second.Own(own...).Attach(w.engine.Group("/users/me"))
	second.Admin(own...).Attach(w.engine.Group("/users/:id"))
}

// enrolled is a user with second factors.
type enrolled struct {
	user     *user.User
	app      string
	recovery []string
}

// enrolled returns a new user with that many authenticator apps.
func (s *sweep) enrolled(apps int) enrolled {
	s.t.Helper()
	made := enrolled{user: s.somebody(true)}
	for range apps {
		id, code := s.begunApp(made.user)
		var confirmed struct {
			Codes []string `json:"recovery_codes"`
		}
		s.call("/users/me/factors/totp/"+id+"/confirm", `{"code":"`+code+`"}`, s.enter("api", made.user), &confirmed)
		if made.app = id; len(confirmed.Codes) > 0 {
			made.recovery = confirmed.Codes
		}
	}
	return made
}

// begunApp begins to set up an app of u, and returns its ID and the code of the present.
func (s *sweep) begunApp(u *user.User) (id, code string) {
	s.t.Helper()
	var key struct{ ID, Secret string }
	s.call("/users/me/factors/totp", `{}`, s.enter("api", u), &key)
	code, err := totp.GenerateCode(key.Secret, s.now())
	if err != nil {
		s.t.Fatal(err)
	}
	return key.ID, code
}

// call sends a request that prepares another, from a source of its own.
func (s *sweep) call(path, body string, header []string, into any) {
	s.t.Helper()
	s.count++
	s.source = fmt.Sprintf("198.51.%d.%d:443", s.count/250, s.count%250)
	answer := s.send("POST", path, body, header...)
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil || answer.StatusCode >= 300 {
		s.t.Fatalf("%s: got %d, %v", path, answer.StatusCode, err)
	}
}

// goodFactor completes a request of an auth group that needs a second factor.
func (s *sweep) goodFactor(route routes.Route, r *request) {
	s.t.Helper()
	switch route.Operation {
	case "reauthenticate":
		r.body = `{"password":"` + password + `"}`
	case "login_factor", "login_factors":
		if len(s.secured.recovery) == 0 {
			s.secured = s.enrolled(1)
		}
		token, cookies := s.half(route.Backend, s.secured.user)
		if cookies != "" {
			r.header = []string{"Cookie", cookies}
		}
		if route.Operation == "login_factor" {
			code := s.secured.recovery[0]
			s.secured.recovery = s.secured.recovery[1:]
			r.body = strings.Replace(`{"login_token":"`+token+`","factor":"recovery_code","code":"`+code+`"}`, `"login_token":"",`, "", 1)
		}
	}
}

// guessed is a wrong second factor, for the same login each time.
func (s *sweep) guessed(group routes.Attached, route routes.Route) request {
	s.t.Helper()
	r, begun := s.guesses[route.Backend]
	if !begun {
		r = s.good(group, route)
		r.body = strings.Replace(r.body, `"code":"`, `"code":"x`, 1)
		if s.guesses == nil {
			s.guesses = map[string]request{}
		}
		s.guesses[route.Backend] = r
	}
	return r
}

// half logs u in as far as the second factor.
func (s *sweep) half(backend string, u *user.User) (loginToken, cookies string) {
	s.t.Helper()
	answer := httptest.NewRecorder()
	s.door.ServeHTTP(answer, httptest.NewRequest("POST", "/"+backend+"/"+string(u.ID)+"?half=yes", nil))
	if answer.Code != 202 {
		s.t.Fatalf("login: got %d, want one that waits", answer.Code)
	}
	return answer.Header().Get("X-Token"), cookiesOf(answer)
}

// goodOwnFactor completes a request of a user about factors.
func (s *sweep) goodOwnFactor(route routes.Route, r *request) {
	s.t.Helper()
	switch route.Operation {
	case "enrol_totp":
		r.body = `{"name":"Phone"}`
	case "confirm_totp":
		u := s.somebody(true)
		id, code := s.begunApp(u)
		r.path, r.header, r.body = "/users/me/factors/totp/"+id+"/confirm", s.enter("api", u), `{"code":"`+code+`"}`
	case "remove":
		made := s.enrolled(1)
		r.path, r.header = "/users/me/factors/"+made.app, s.enter("api", made.user)
	case "recovery_codes":
		if s.secured.user == nil {
			s.secured = s.enrolled(1)
		}
		r.header = s.enter("api", s.secured.user)
		s.secured.recovery = nil // they are worth nothing afterwards
	}
}
