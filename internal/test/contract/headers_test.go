package contract

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ginauth/ginauth"
)

// testCrossOrigin has what browsers say about where a request comes from.
func testCrossOrigin(t *testing.T, w *world) {
	host := w.url
	tests := []struct {
		name    string
		headers []string
		passes  bool
	}{
		{"no browser", nil, true},
		{"same origin", []string{"Sec-Fetch-Site", "same-origin"}, true},
		{"typed by hand", []string{"Sec-Fetch-Site", "none"}, true},
		{"other site", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"other host of the site", []string{"Sec-Fetch-Site", "same-site"}, false},
		{"nonsense", []string{"Sec-Fetch-Site", "nonsense"}, false},
		{"old browser, same origin", []string{"Origin", host}, true},
		{"old browser, other origin", []string{"Origin", "https://evil.example"}, false},
		{"old browser, opaque origin", []string{"Origin", "null"}, false},
		{"other site that names ours", []string{"Sec-Fetch-Site", "cross-site", "Origin", host}, false},
	}
	for _, tt := range tests {
		send := func(method, path, cookie string) answer {
			headers := append([]string{"Content-Type", asJSON, "Cookie", cookie}, tt.headers...)
			a := w.client().send(t, method, path, "", headers...)
			a.request += ": " + tt.name + ", cookie " + cookie
			return a
		}
		for _, cookie := range []string{"ginauth=x", "a=b; ginauth=", "ginauth_session=x", "ginauth_session_bind=x"} {
			if tt.passes {
				send("PATCH", "/users/me", cookie).want(t, 401, unauthorized)
				send("POST", "/protected/active", cookie).want(t, 401, unauthorized)
				continue
			}
			send("PATCH", "/users/me", cookie).want(t, 403, crossOrigin)
			send("POST", "/protected/active", cookie).want(t, 403, crossOrigin)
			send("POST", "/protected/optional", cookie).want(t, 403, crossOrigin)
		}
		// Safe methods and requests without such a cookie are not judged.
		send("GET", "/users/me", "ginauth=x").want(t, 401, unauthorized)
		send("GET", "/protected/optional", "ginauth=x").want(t, 200, `{"user":null}`)
		send("PATCH", "/users/me", "other=x; Ginauth=x").want(t, 401, unauthorized)
		send("POST", "/auth/verify", "").want(t, 422, w.invalid(at("token", missing)))

		// Logins that set a cookie are, whether or not they carry one.
		both := w.invalid(at("username", missing), at("password", missing))
		for _, backend := range []string{"cookie", "session"} {
			if tt.passes {
				send("POST", "/auth/"+backend+"/login", "").want(t, 422, both)
				continue
			}
			send("POST", "/auth/"+backend+"/login", "").want(t, 403, crossOrigin)
		}
		send("POST", "/auth/jwt/login", "").want(t, 422, both)
		send("POST", "/auth/redis/login", "").want(t, 422, both)
	}
}

// TestTrustedOrigins has an application that trusts another origin.
func TestTrustedOrigins(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: func(c *ginauth.Config) { c.TrustedOrigins = []string{"https://app.camelot.bt"} }})
		p := w.register(t)
		body := `{"username":"` + p.email + `","password":"lady-of-the-lake"}`
		for _, site := range []string{"cross-site", "same-site", ""} {
			c := w.client()
			c.post(t, "/auth/cookie/login", body, "Sec-Fetch-Site", site, "Origin", "https://app.camelot.bt").want(t, 400, badCredentials)
			for _, origin := range []string{"https://camelot.bt", "http://app.camelot.bt", "https://app.camelot.bt:8443", "https://app.camelot.bt.evil.example"} {
				c.post(t, "/auth/cookie/login", body, "Sec-Fetch-Site", site, "Origin", origin).want(t, 403, crossOrigin)
			}
		}
	})
}

// testBearerHeader has the forms of the Authorization header.
func testBearerHeader(t *testing.T, w *world) {
	token := w.arthur.bearer
	c := w.client()
	for _, header := range []string{"Bearer " + token, "bearer " + token, "BEARER   " + token, "bEaReR " + token} {
		c.get(t, "/users/me", "Authorization", header).want(t, 200, w.arthur.json())
	}
	for _, header := range []string{
		token, "Bearer", "Bearer ", "Bearer" + token, "Basic " + token, "Token " + token, "Bearer: " + token, "Bearer,", "JWT " + token,
	} {
		// Nothing of it is a bearer token, which the challenge tells, too.
		a := c.get(t, "/users/me", "Authorization", header)
		a.request += " with " + strings.ReplaceAll(header, token, "TOKEN")
		a.want(t, 401, unauthorized)
	}
	for _, header := range []string{"Bearer x", "Bearer " + token + "x", "bearer   " + token[1:]} {
		c.get(t, "/users/me", "Authorization", header).want(t, 401, unauthorized)
	}
	// There is no fallback to the query or a form.
	for _, query := range []string{"access_token", "token", "Authorization"} {
		c.get(t, "/users/me?"+query+"="+token).want(t, 401, unauthorized)
	}
	c.postForm(t, "/auth/jwt/logout", "access_token="+token).want(t, 401, unauthorized)
}

// testCookieHeader has the forms of the Cookie header.
func testCookieHeader(t *testing.T, w *world) {
	a := w.client().logIn(t, "cookie", w.arthur.email, password)
	cookies := (&http.Response{Header: a.header}).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("got the cookies %v, want one", cookies)
	}
	token := cookies[0].Value
	w.keepSecret(token)
	c := w.client()
	for _, cookie := range []string{"ginauth=" + token, `ginauth="` + token + `"`, "a=b; ginauth=" + token + "; c=d", "Ginauth=x; ginauth=" + token} {
		c.get(t, "/users/me", "Cookie", cookie).want(t, 200, w.arthur.json())
	}
	for _, cookie := range []string{
		"ginauth=", `ginauth=""`, "ginauth", "ginauth=x", "Ginauth=" + token, "xginauth=" + token, "ginauth=" + token + "x", "ginauth=" + token[1:],
		"ginauth=" + token + "; ginauth=" + token, "ginauth=" + token + "; ginauth=", "ginauth=x; ginauth=" + token,
	} {
		a := c.get(t, "/users/me", "Cookie", cookie)
		a.request += " with " + strings.ReplaceAll(cookie, token, "TOKEN")
		a.want(t, 401, unauthorized)
	}
	// The token of one backend is none of another.
	c.with(token).wantNobody(t)
	c.get(t, "/users/me", "Cookie", "ginauth="+w.arthur.bearer).want(t, 401, unauthorized)
	c.get(t, "/users/me", "Cookie", "ginauth_session="+token+"; ginauth_session_bind="+token).want(t, 401, unauthorized)
}

// testSessionFixation checks that what was known of a session before a login gives
// nothing after it.
func testSessionFixation(t *testing.T, w *world) {
	victim, thief := w.register(t), w.lancelot
	cookies := func(a answer) (session, bind string) {
		for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
			switch cookie.Name {
			case "ginauth_session":
				session = cookie.Value
			case "ginauth_session_bind":
				bind = cookie.Value
			}
		}
		return session, bind
	}
	c := w.client()
	session1, bind1 := cookies(c.logIn(t, "session", thief.email, password))
	// The thief's cookies are planted in the victim's browser, who then logs in.
	a := w.client().post(t, "/auth/session/login", `{"username":"`+victim.email+`","password":"guinevere"}`,
		"Cookie", "ginauth_session="+session1+"; ginauth_session_bind="+bind1)
	a.wantEmpty(t, w)
	session2, bind2 := cookies(a)

	probe := func(session, bind string) answer {
		return w.client().get(t, "/users/me", "Cookie", "ginauth_session="+session+"; ginauth_session_bind="+bind)
	}
	probe(session2, bind2).want(t, 200, victim.json())
	for _, a := range []answer{probe(session2, bind1), probe(session1, ""), probe(session2, ""), probe("", bind2)} {
		a.want(t, 401, unauthorized)
	}
	if a := probe(session1, bind1); a.status == 200 {
		a.want(t, 200, thief.json()) // himself at most
	}
}
