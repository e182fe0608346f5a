package openapi_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

const nobody = "00000000-0000-4000-8000-000000000000"

// good returns a request that succeeds, once.
func (s *sweep) good(group routes.Attached, route routes.Route) request {
	s.t.Helper()
	r := request{method: route.Method, path: group.Prefix + route.Path}
	if route.Guard.User {
		r.header = s.enter(backendOf(route), s.merlin)
	}
	r.path = strings.Replace(r.path, ":id", string(s.lancelot.ID), 1)
	switch group.Name {
	case "auth":
		switch {
		case route.Operation == "login":
			r.body = "username=merlin@camelot.bt&password=" + password
		case route.Operation == "refresh" && route.Backend == "desk":
			r.header = s.enter("desk", s.merlin)
		case route.Operation == "refresh":
			r.body = `{"refresh_token":"` + s.refreshToken() + `"}`
		default:
			s.goodFactor(route, &r)
		}
	case "factors":
		s.goodOwnFactor(route, &r)
	case "register":
		r.body = `{"email":"` + s.address() + `","password":"` + password + `"}`
	case "reset", "verify":
		r.body = s.mailed(route.Operation)
	case "users":
		s.goodUser(route, &r)
	case "sessions":
		if route.Operation == "end" {
			id, header := s.session(s.merlin)
			r.path, r.header = strings.Replace(r.path, ":session", id, 1), header
		}
	case "user_sessions":
		if route.Operation == "end" {
			id, _ := s.session(s.lancelot)
			r.path = strings.Replace(r.path, ":session", id, 1)
		}
	case "oauth", "oauth_associate":
		if route.Operation == "callback" {
			r = s.begun(group.Prefix, r.header)
		}
	case "oauth_accounts":
		if route.Operation == "unlink" {
			u, account := s.linked(func(*user.User) {})
			r.path, r.header = strings.Replace(r.path, ":account", account, 1), s.enter("api", u)
		}
	}
	return r
}

// refreshToken logs merlin in and returns the token for the next step.
func (s *sweep) refreshToken() string {
	s.t.Helper()
	s.count++
	s.source = fmt.Sprintf("198.51.%d.%d:443", s.count/250, s.count%250)
	answer := s.send("POST", "/auth/phone/login", "username=merlin@camelot.bt&password="+password)
	var tokens backends.BearerTokens
	if err := json.NewDecoder(answer.Body).Decode(&tokens); err != nil || tokens.RefreshToken == "" {
		s.t.Fatalf("login: got %d, %v", answer.StatusCode, err)
	}
	return tokens.RefreshToken
}

// mailed returns a body as somebody sends it who got a mail, or wants one.
func (s *sweep) mailed(operation string) string {
	s.t.Helper()
	u, manager := s.somebody(false), s.auth.Manager()
	var token string
	var err error
	switch operation {
	case "reset_password":
		token, err = manager.ResetToken(u)
	case "verify":
		token, err = manager.VerifyToken(u)
	case "confirm_email":
		token, err = manager.EmailChangeToken(u, s.address(), "")
	default:
		return `{"email":"` + u.Email + `"}`
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if operation == "reset_password" {
		return `{"token":"` + token + `","password":"merlin-the-wise"}`
	}
	return `{"token":"` + token + `"}`
}

func (s *sweep) goodUser(route routes.Route, r *request) {
	switch route.Operation {
	case "update_me", "update_user":
		r.body = `{"first_name":"Lancelot"}`
	case "delete_user":
		r.path = strings.Replace(r.path, string(s.lancelot.ID), string(s.somebody(true).ID), 1)
	}
}

// bad returns requests that the operation itself refuses, each with its status.
func (s *sweep) bad(group routes.Attached, route routes.Route) []request {
	s.t.Helper()
	var all []request
	refuse := func(status int, change func(r *request)) {
		r := s.good(group, route)
		r.status = status
		change(&r)
		all = append(all, r)
	}
	body := func(text string) func(*request) { return func(r *request) { r.body = text } }
	if strings.Contains(group.Prefix+route.Path, ":id") {
		refuse(404, func(r *request) {
			r.path = strings.Replace(group.Prefix+route.Path, ":id", nobody, 1)
			r.header = s.enter("api", s.merlin)
		})
	}
	switch route.Operation {
	case "login_factors":
		refuse(400, func(r *request) { r.header = nil })
	case "login_factor":
		refuse(400, func(r *request) { r.header, r.body = nil, `{"login_token":"x","factor":"totp","code":"1"}` })
	case "reauthenticate":
		refuse(400, body(`{"password":"x"}`))
	case "enrol_totp":
		refuse(400, func(r *request) { r.header = s.enter("api", s.enrolled(5).user) })
	case "confirm_totp":
		refuse(400, body(`{"code":"x"}`))
	case "recovery_codes":
		refuse(400, func(r *request) { r.header = s.enter("api", s.merlin) })
	case "login":
		refuse(400, body("username="+s.address()+"&password=x"))
	case "refresh":
		refuse(401, func(r *request) { r.header, r.body = nil, `{"refresh_token":"x"}` })
	case "register":
		refuse(400, body(`{"email":"`+s.address()+`","password":"x"}`))
	case "reset_password", "verify", "confirm_email":
		refuse(400, body(`{"token":"x","password":"merlin-the-wise"}`))
	case "update_me", "update_user":
		refuse(400, body(`{"password":"x","current_password":"`+password+`"}`))
	case "delete_user":
		refuse(400, func(r *request) { r.path = group.Prefix + "/" + string(s.merlin.ID) })
	case "list_users":
		refuse(422, func(r *request) { r.path += "?limit=0" })
	case "end":
		refuse(404, func(r *request) {
			r.path = strings.NewReplacer(":session", "x", ":id", string(s.lancelot.ID)).Replace(group.Prefix + route.Path)
		})
	case "unlink":
		refuse(404, func(r *request) { r.path = group.Prefix + "/oauth-accounts/x" })
		u, account := s.linked(func(u *user.User) { u.HashedPassword = "" })
		refuse(400, func(r *request) { r.path, r.header = group.Prefix+"/oauth-accounts/"+account, s.enter("api", u) })
	case "authorize":
		if s.has(group, route, 422) {
			refuse(422, func(r *request) { r.path += "?scopes=admin" })
		}
	case "callback":
		if s.has(group, route, 400) {
			refuse(400, func(r *request) { r.path = group.Prefix + "/callback?error=access_denied" })
		}
	}
	return all
}
