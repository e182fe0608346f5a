package contract

import (
	"strings"
	"testing"
)

const badCredentials = `{"detail":"LOGIN_BAD_CREDENTIALS"}`

// multipartOf is a multipart/form-data body of the boundary "b".
func multipartOf(pairs ...string) string {
	var body strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		body.WriteString("--b\r\nContent-Disposition: form-data; name=\"" + pairs[i] + "\"\r\n\r\n" + pairs[i+1] + "\r\n")
	}
	return body.String() + "--b--\r\n"
}

const (
	asForm      = "application/x-www-form-urlencoded"
	asMultipart = "multipart/form-data; boundary=b"
	asJSON      = "application/json"
)

// testLogin has every spelling of a good login.
func testLogin(t *testing.T, w *world) {
	p := w.register(t)
	upper := strings.ToUpper(p.email)
	tests := []struct{ name, path, contentType, body string }{
		{"form", "/auth/jwt/login", asForm, "username=EMAIL&password=guinevere"},
		{"form with all fields", "/auth/jwt/login?username=x&password=y", asForm,
			"grant_type=password&username=" + upper + "&password=guinevere&scope=a+b&client_id=c&client_secret=d&unknown=e;f"},
		{"form, last of repeated fields", "/auth/redis/login", asForm, "grant_type=x&username=x&username=EMAIL&password=x&password=guinevere&grant_type="},
		{"multipart", "/auth/redis/login", asMultipart, multipartOf("username", "x", "username", p.email, "password", "guinevere", "grant_type", "password", "scope", "")},
		{"JSON", "/auth/jwt/login", asJSON, `{"username":"EMAIL","password":"guinevere","grant_type":null,"scope":5,"email":"x"}`},
		{"JSON with email for a null", "/auth/jwt/login", asJSON, `{"username":null,"email":"EMAIL","password":"guinevere","grant_type":"password"}`},
		{"JSON with email for an empty text", "/auth/jwt/login", "application/vnd.api+json; charset=utf-8", `{"username":"","email":"EMAIL","password":"guinevere"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			browser := w.client()
			a := browser.post(t, tt.path, strings.ReplaceAll(tt.body, "EMAIL", p.email), "Content-Type", tt.contentType)
			token := accessToken(t, w, a)
			a.wantHeader(t, "Set-Cookie", "")
			browser.with(token).wantMe(t, p)
		})
	}
}

func testLoginRefused(t *testing.T, w *world) {
	p := w.register(t)
	tests := []struct{ name, email, password string }{
		{"unknown address", address(), password},
		{"no address at all", "foo", password},
		{"wrong password", p.email, otherPassword},
		{"not trimmed", " " + p.email, password},
		{"password not trimmed", p.email, password + " "},
		{"password too long", p.email, strings.Repeat("g", 1025)},
		{"domain that is none", "a@..", password},
		{"very long address", strings.Repeat("a", 10_000) + "@camelot.bt", password},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			browser := w.client()
			a := browser.logIn(t, "cookie", tt.email, tt.password)
			a.want(t, 400, badCredentials)
			a.wantHeader(t, "Set-Cookie", "")
			browser.wantNobody(t)
		})
	}
	t.Run("inactive", func(t *testing.T) {
		t.Parallel()
		w.admin(t)
		gone := w.register(t)
		w.admin(t).patch(t, "/users/"+gone.id, `{"is_active":false}`).mustBe(t, 200)
		w.client().logIn(t, "jwt", gone.email, password).want(t, 400, badCredentials)
		w.client().logIn(t, "verified", gone.email, password).want(t, 400, badCredentials) // also if unverified
		w.client().logIn(t, "cookie", gone.email, otherPassword).want(t, 400, badCredentials)
	})
}

func testLoginVerified(t *testing.T, w *world) {
	c := w.client()
	c.logIn(t, "verified", w.arthur.email, password).want(t, 400, code("LOGIN_USER_NOT_VERIFIED"))
	c.logIn(t, "verified", w.arthur.email, otherPassword).want(t, 400, badCredentials)
	// His token is one of the backend, but verification is required here.
	w.arthur.post(t, "/auth/verified/logout", "").want(t, 403, forbidden)

	p := w.verified(t)
	token := accessToken(t, w, c.logIn(t, "verified", p.email, password))
	c.with(token).wantMe(t, p)
	c.with(token).post(t, "/auth/verified/logout", "").wantEmpty(t, w)
}

// testLoginCookies has the logins whose token travels in cookies, and that a
// second one adds to the first.
func testLoginCookies(t *testing.T, w *world) {
	secure := ""
	if strings.HasPrefix(w.url, "https:") {
		secure = " Secure;"
	}
	attributes := "; Path=/; HttpOnly;" + secure + " SameSite=Lax"
	cleared := "=; Path=/; Max-Age=0; HttpOnly;" + secure + " SameSite=Lax"
	tests := []struct {
		backend string
		names   []string
	}{
		{"cookie", []string{"ginauth"}},
		{"session", []string{"ginauth_session", "ginauth_session_bind"}},
	}
	for _, tt := range tests {
		t.Run(tt.backend, func(t *testing.T) {
			t.Parallel()
			first, second := w.client(), w.client()
			a := first.postForm(t, "/auth/"+tt.backend+"/login", "username="+w.arthur.email+"&password="+password)
			a.wantEmpty(t, w)
			values := wantCookies(t, a, tt.names, attributes)
			if tt.backend == "cookie" && (len(values[0]) != 43 || strings.Trim(values[0], base64URL) != "") {
				t.Errorf("got the token %q, want 43 characters of base64", values[0])
			}
			a = second.logIn(t, tt.backend, w.arthur.email, password)
			a.wantEmpty(t, w)
			if again := wantCookies(t, a, tt.names, attributes); again[0] == values[0] {
				t.Error("got the same token twice")
			}
			first.wantMe(t, w.arthur)
			second.wantMe(t, w.arthur)

			a = first.post(t, "/auth/"+tt.backend+"/logout", "")
			a.wantEmpty(t, w)
			for i, name := range tt.names {
				if got := a.header["Set-Cookie"][i]; got != name+cleared {
					t.Errorf("got Set-Cookie %q, want %q", got, name+cleared)
				}
			}
			first.wantNobody(t)
			second.wantMe(t, w.arthur)
		})
	}
}

const base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// wantCookies wants just these cookies, each with these attributes, and returns
// their values.
func wantCookies(t testing.TB, a answer, names []string, attributes string) []string {
	t.Helper()
	lines := a.header["Set-Cookie"]
	if len(lines) != len(names) {
		t.Fatalf("%s: got the cookies %q, want %q", a.request, lines, names)
	}
	values := make([]string, len(names))
	for i, name := range names {
		value, found := strings.CutPrefix(lines[i], name+"=")
		value, good := strings.CutSuffix(value, attributes)
		if !found || !good || value == "" || strings.Contains(value, ";") {
			t.Errorf("%s: got Set-Cookie %q, want %s=…%s", a.request, lines[i], name, attributes)
		}
		values[i] = value
	}
	return values
}

func testLogout(t *testing.T, w *world) {
	p := w.member(t)
	redis, cookie := p.token(t, "redis"), p.browser(t, "cookie")

	// Of the other backends' tokens none authenticates a logout, and none is touched.
	w.client().with(p.bearer).post(t, "/auth/redis/logout", "").want(t, 401, unauthorized)
	w.client().with(p.bearer).post(t, "/auth/cookie/logout", "").want(t, 401, unauthorized)
	w.client().with(redis).post(t, "/auth/jwt/logout", "").want(t, 401, unauthorized)
	w.client().with(redis).post(t, "/auth/session/logout", "").want(t, 401, unauthorized)
	cookie.post(t, "/auth/session/logout", "").want(t, 401, unauthorized)
	cookie.post(t, "/auth/jwt/logout", "").want(t, 401, unauthorized)
	w.client().post(t, "/auth/jwt/logout", "").want(t, 401, unauthorized)
	w.client().with("nonsense").post(t, "/auth/redis/logout", "").want(t, 401, unauthorized)

	both := cookie.with(redis)
	both.post(t, "/auth/redis/logout", "").wantEmpty(t, w)
	w.client().with(redis).wantNobody(t)
	w.client().with(redis).post(t, "/auth/redis/logout", "").want(t, 401, unauthorized)
	cookie.wantMe(t, p)
	cookie.post(t, "/auth/cookie/logout", "").wantEmpty(t, w)
	cookie.wantNobody(t)

	// A JWT cannot be destroyed.
	a := p.post(t, "/auth/jwt/logout", "")
	a.wantEmpty(t, w)
	a.wantHeader(t, "Set-Cookie", "")
	p.wantMe(t, p)
}
