package contract

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// bodyRoute is a route with a payload and a body that it takes, whose answer
// writes nothing.
type bodyRoute struct {
	client       *client
	method, path string
	body         string
	status       int
	answer       string
	// required are the fields named where there is no object; nil for the routes
	// that name the body.
	required []string
}

func (r bodyRoute) send(t testing.TB, contentType, body string) answer {
	t.Helper()
	return r.client.send(t, r.method, r.path, body, "Content-Type", contentType)
}

// bodyRoutes are all routes that take JSON.
func (w *world) bodyRoutes() []bodyRoute {
	weak := refused("UPDATE_USER_INVALID_PASSWORD", tooShort)
	overlong := strings.Repeat("x", 1025)
	c := w.client()
	routes := []bodyRoute{
		{c, "POST", "/auth/register", `{"email":"nobody@camelot.bt","password":"xy"}`, 400, refused("REGISTER_INVALID_PASSWORD", tooShort), nil},
		{w.arthur.client, "PATCH", "/users/me", `{"password":"xy"}`, 400, weak, nil},
		{c, "POST", "/auth/jwt/login", `{"username":"x","password":"` + overlong + `"}`, 400, badCredentials, []string{"username", "password"}},
		{c, "POST", "/auth/forgot-password", `{"email":"nobody@camelot.bt"}`, 202, "null", []string{"email"}},
		{c, "POST", "/auth/request-verify-token", `{"email":"nobody@camelot.bt"}`, 202, "null", []string{"email"}},
		{c, "POST", "/auth/reset-password", `{"token":"x","password":"x"}`, 400, badResetToken, []string{"token", "password"}},
		{c, "POST", "/auth/verify", `{"token":"x"}`, 400, badVerifyToken, []string{"token"}},
	}
	if w.super != nil {
		routes = append(routes, bodyRoute{w.super.client, "PATCH", "/users/" + w.arthur.id, `{"password":"xy"}`, 400, weak, nil})
	}
	return routes
}

// noObject is the answer to a body that is no object.
func (r bodyRoute) noObject(w *world, f fault) string {
	if r.required == nil {
		return w.invalid(whole(f))
	}
	var items []item
	for _, field := range r.required {
		items = append(items, at(field, missing))
	}
	return w.invalid(items...)
}

// testBodies has bodies that are no object.
func testBodies(t *testing.T, w *world) {
	bodies := []struct {
		contentType, body string
		fault             fault
	}{
		{asJSON, "", missing},
		{"", "", missing},
		{"text/plain", "", missing},
		{asJSON, "null", missing},
		{asJSON, "\r\n\tnull ", missing},
		{asJSON, "[]", noDict},
		{asJSON, `[{"email":"a@camelot.bt"}]`, noDict},
		{asJSON, `"{}"`, noDict},
		{asJSON, `""`, noDict},
		{asJSON, "0", noDict},
		{asJSON, "true", noDict},
		{asJSON, "false", noDict},
		{"", "{}", noDict},
		{"text/plain", "{}", noDict},
		{"text/plain", "null", noDict},
		{"text/json", "{}", noDict},
		{"application/jsonp", "{}", noDict},
		{"application/xml", " ", noDict},
		{"application/octet-stream", "\xff\x00", noDict},
	}
	for _, r := range w.bodyRoutes() {
		for _, b := range bodies {
			a := r.send(t, b.contentType, b.body)
			a.request += " " + b.contentType + " " + quote(b.body)
			a.want(t, 422, r.noObject(w, b.fault))
		}
		if r.path != "/auth/jwt/login" {
			r.send(t, asForm, "email=a%40camelot.bt&password=guinevere&token=x").want(t, 422, r.noObject(w, noDict))
			r.send(t, asMultipart, multipartOf("email", "a@camelot.bt", "token", "x")).want(t, 422, r.noObject(w, noDict))
		}
	}
	w.arthur.wantMe(t, w.arthur)
}

// testMalformed has malformed JSON and where it is, and texts that are none.
func testMalformed(t *testing.T, w *world) {
	tests := []struct {
		body               string
		char, line, column int
	}{
		{`{`, 1, 1, 2},
		{`{"email":`, 9, 1, 10},
		{`{"email":"a"`, 12, 1, 13},
		{`{email:1}`, 1, 1, 2},
		{`{'email':1}`, 1, 1, 2},
		{`{"a":1,}`, 6, 1, 7},
		{`{"a":1 "b":2}`, 7, 1, 8},
		{"{\n\"email\": \"a\",\n}", 14, 2, 13},
		{"{\r\n \"é\": \"ö\" x}", 15, 2, 13},
		{`[1,]`, 2, 1, 3},
		{`nul`, 3, 1, 4},
		{`x`, 0, 1, 1},
		{`{"a":01}`, 6, 1, 7},
		{`{"a":NaN}`, 5, 1, 6},
		{"{\"a\":\"\n\"}", 6, 1, 7},
		{`{"a":"\x"}`, 6, 1, 7},
		{"\ufeff{}", 0, 1, 1},
		{"{} {}", 3, 1, 4},
		{"{}}", 2, 1, 3},
		{"{}\n\nnull", 4, 3, 1},
		{"null,", 4, 1, 5},
		{"{} \x00", 3, 1, 4},
		{`{"a":1,"a":2}`, 7, 1, 8},
		{`{"a":1,"\u0061":2}`, 7, 1, 8},
		{`{"b":{"a":1,"a":1}}`, 12, 1, 13},
		{" ", 1, 1, 2},
		{"\n \n", 3, 3, 1},
		{"{\"a\":\"\xff\",}", 8, 1, 9},
	}
	undecodables := []string{
		"{\"a\":\"\xff\"}", "{\"a\":\"\xc0\x80\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"\xff\":1}", "{\"a\":[{\"b\":\"\xf4\x90\x80\x80\"}]}",
		`{"a":"\ud800"}`, `{"a":"\udc00\ud800"}`, `{"a":"\ud800\u0041"}`, `{"\ud800":1}`, "\"\xff\"", "[\"\xff\"]",
	}
	for _, r := range w.bodyRoutes() {
		for _, tt := range tests {
			a := r.send(t, asJSON, tt.body)
			a.request += " " + quote(tt.body)
			a.want(t, 422, w.malformed(tt.char, tt.line, tt.column))
		}
		for _, body := range undecodables {
			a := r.send(t, asJSON, body)
			a.request += " " + quote(body)
			a.want(t, 400, undecodable)
		}
	}
	w.arthur.wantMe(t, w.arthur)
}

func testMediaTypes(t *testing.T, w *world) {
	for _, r := range w.bodyRoutes() {
		for _, contentType := range []string{
			"application/json", "APPLICATION/JSON", "application/json; charset=utf-8", "application/json;charset=latin1; x=\"y\"",
			"application/problem+json", "application/vnd.api+json;v=1",
		} {
			a := r.send(t, contentType, r.body)
			a.request += " " + contentType
			a.want(t, r.status, r.answer)
		}
		r.send(t, asJSON, " \r\n\t"+r.body+"\n").want(t, r.status, r.answer)
		r.send(t, asJSON, r.body[:len(r.body)-1]+`,"unknown":{"deep":[[[[[[[[[[1e400]]]]]]]]]],"$set":1,"":null}}`).want(t, r.status, r.answer)
	}
}

func testBodySize(t *testing.T, w *world) {
	for _, r := range w.bodyRoutes() {
		padding := strings.Repeat(" ", huge-1-len(r.body))
		r.send(t, asJSON, r.body+padding).want(t, r.status, r.answer)
		r.send(t, asJSON, padding+" "+r.body).want(t, 413, tooLarge)
		r.send(t, "", strings.Repeat("x", huge)).want(t, 413, tooLarge)

		// Without Content-Length it is counted.
		request, err := http.NewRequestWithContext(t.Context(), r.method, w.url+r.path, io.MultiReader(strings.NewReader(padding+" "+r.body)))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", asJSON)
		if r.client.bearer != "" {
			request.Header.Set("Authorization", "Bearer "+r.client.bearer)
		}
		r.client.do(t, request).want(t, 413, tooLarge)
	}
	form := "username=x&password=" + strings.Repeat("x", huge)
	w.client().postForm(t, "/auth/jwt/login", form[:huge-1]).want(t, 400, badCredentials)
	w.client().postForm(t, "/auth/jwt/login", form[:huge]).want(t, 413, tooLarge)
	multipart := multipartOf("username", "x", "password", strings.Repeat("x", huge))
	w.client().post(t, "/auth/jwt/login", multipart, "Content-Type", asMultipart).want(t, 413, tooLarge)
}

// testUnreadBodies has routes that take no payload, and so find no fault with it.
func testUnreadBodies(t *testing.T, w *world) {
	body := "{\xff" + strings.Repeat("x", huge)
	p := w.member(t)
	p.send(t, "GET", "/users/me", body, "Content-Type", asJSON).want(t, 200, p.json())
	p.send(t, "POST", "/auth/jwt/logout", body, "Content-Type", asJSON).wantEmpty(t, w)
	if w.super != nil {
		w.super.send(t, "GET", "/users/"+p.id, body, "Content-Type", asJSON).want(t, 200, p.json())
		w.super.send(t, "DELETE", "/users/"+p.id, body, "Content-Type", asJSON).want(t, 204, "")
	}
}
