package contract

import (
	"strings"
	"testing"
)

const (
	huge     = 65_537
	crossing = "cross-site"
)

// testOrder has the order of the checks: of all that is wrong with a request the first is
// answered.
func testOrder(t *testing.T, w *world) {
	admin := w.admin(t)
	big := strings.Repeat("{", huge)
	stages := []struct {
		name               string
		client             *client
		cross              bool
		method, path, body string
		status             int
		answer             string
	}{
		{name: "origin, /id", client: w.client(), cross: true, method: "PATCH", path: "/users/x", body: big, status: 403, answer: crossOrigin},
		{name: "origin, /me", client: w.client(), cross: true, method: "PATCH", path: "/users/me", body: big, status: 403, answer: crossOrigin},
		{name: "origin, delete", client: w.arthur.client, cross: true, method: "DELETE", path: "/users/x", status: 403, answer: crossOrigin},
		{name: "origin, logout", client: w.client(), cross: true, method: "POST", path: "/auth/jwt/logout", status: 403, answer: crossOrigin},
		{name: "origin, login", client: w.client(), cross: true, method: "POST", path: "/auth/jwt/login", body: big, status: 403, answer: crossOrigin},
		{name: "origin, register", client: w.client(), cross: true, method: "POST", path: "/auth/register", body: big, status: 403, answer: crossOrigin},
		{name: "origin, forgot", client: w.client(), cross: true, method: "POST", path: "/auth/forgot-password", body: big, status: 403, answer: crossOrigin},
		{name: "origin, reset", client: w.client(), cross: true, method: "POST", path: "/auth/reset-password", body: big, status: 403, answer: crossOrigin},
		{name: "origin, request", client: w.client(), cross: true, method: "POST", path: "/auth/request-verify-token", body: big, status: 403, answer: crossOrigin},
		{name: "origin, verify", client: w.client(), cross: true, method: "POST", path: "/auth/verify", body: big, status: 403, answer: crossOrigin},
		{name: "origin, sessions", client: w.client(), cross: true, method: "DELETE", path: "/users/me/sessions", status: 403, answer: crossOrigin},

		{name: "authentication, /id", client: w.client(), method: "PATCH", path: "/users/x", body: big, status: 401, answer: unauthorized},
		{name: "authentication, /me", client: w.client(), method: "PATCH", path: "/users/me", body: big, status: 401, answer: unauthorized},
		{name: "authentication, undecodable", client: w.client(), method: "PATCH", path: "/users/me", body: "{\"x\":\"\xff\"}", status: 401, answer: unauthorized},
		{name: "requirement", client: w.arthur.client, method: "PATCH", path: "/users/x", body: big, status: 403, answer: forbidden},
		{name: "path", client: admin.client, method: "PATCH", path: "/users/x", body: big, status: 404, answer: notFound},
		{name: "path, unknown", client: admin.client, method: "PATCH", path: "/users/00000000-0000-4000-8000-000000000000", body: "{", status: 404, answer: notFound},
		{name: "size", client: admin.client, method: "PATCH", path: "/users/" + w.arthur.id, body: big, status: 413, answer: tooLarge},
		{name: "size, /me", client: w.arthur.client, method: "PATCH", path: "/users/me", body: big, status: 413, answer: tooLarge},
	}
	for _, s := range stages {
		headers := []string{"Content-Type", asJSON}
		if s.cross {
			headers = append(headers, "Sec-Fetch-Site", crossing, "Cookie", "ginauth=x")
		}
		a := s.client.send(t, s.method, s.path, s.body, headers...)
		a.request = s.name + ": " + a.request
		a.want(t, s.status, s.answer)
	}
	w.arthur.wantMe(t, w.arthur)
}

// testOrderOfBody has the order of what can be wrong with a body, and that a 422
// names all of it.
func testOrderOfBody(t *testing.T, w *world) {
	all := `"is_active":2,"is_superuser":[],"is_verified":"maybe","first_name":1,"password":1,"email":"x","token":1,"grant_type":1,"username":2`
	flags := []item{at("is_active", noBool), at("is_superuser", noBool), at("is_verified", noBool), at("first_name", noString)}
	email, password := at("email", noEmail), at("password", noString)
	register := append([]item{email, password}, flags...)
	patch := append([]item{password, email}, flags...)
	tests := []struct {
		method, path string
		client       *client
		items        []item
	}{
		{"POST", "/auth/register", w.client(), register},
		{"PATCH", "/users/me", w.arthur.client, patch},
		{"POST", "/auth/jwt/login", w.client(), []item{at("grant_type", noString), at("username", noString), password}},
		{"POST", "/auth/reset-password", w.client(), []item{at("token", noString), password}},
		{"POST", "/auth/verify", w.client(), []item{at("token", noString)}},
		{"POST", "/auth/forgot-password", w.client(), []item{email}},
		{"POST", "/auth/request-verify-token", w.client(), []item{email}},
	}
	if w.super != nil {
		tests = append(tests, tests[1])
		tests[len(tests)-1].path, tests[len(tests)-1].client = "/users/"+w.arthur.id, w.super.client
	}
	for _, tt := range tests {
		send := func(body string) answer { return tt.client.send(t, tt.method, tt.path, body, "Content-Type", asJSON) }
		send(`{`+all+`}`).want(t, 422, w.invalid(tt.items...))
		send("{"+all+",\"x\":\"\xff\"}").want(t, 400, undecodable)
		send("{"+all+",\"x\":\"\\udc00\"}").want(t, 400, undecodable)
		send("{"+all+",\"\xff\":0}").want(t, 400, undecodable)
		// Malformed comes before undecodable, and is the only item.
		body := "{" + all + ",\"x\":\"\xff\",}"
		send(body).want(t, 422, w.malformed(len(body)-2, 1, len(body)-1))
		send(strings.Repeat(" ", huge)+body).want(t, 413, tooLarge)
	}
	w.arthur.wantMe(t, w.arthur)
}
