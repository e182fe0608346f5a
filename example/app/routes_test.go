package app

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestPaths calls every path of the demonstration without a login: paths that are
// mounted have their own answer, all others 404.
func TestPaths(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client()
	const id = "c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b"
	tests := []struct {
		method, path string
		status       int
	}{
		{"POST", "/auth/jwt/login", 422}, {"POST", "/auth/jwt/logout", 401},
		{"POST", "/auth/cookie/login", 422}, {"POST", "/auth/cookie/logout", 401},
		{"POST", "/auth/session/login", 422}, {"POST", "/auth/session/logout", 401},
		{"POST", "/auth/redis/login", 422}, {"POST", "/auth/redis/logout", 401},
		{"POST", "/auth/app/login", 422}, {"POST", "/auth/app/logout", 401}, {"POST", "/auth/app/refresh", 422},
		{"POST", "/auth/app-web/login", 422}, {"POST", "/auth/app-web/logout", 401}, {"POST", "/auth/app-web/refresh", 401},
		{"POST", "/auth/verified/login", 422}, {"POST", "/auth/verified/logout", 401},
		{"POST", "/auth/request-login", 422}, {"POST", "/auth/jwt/login/mail", 422}, {"POST", "/auth/cookie/login/mail", 422},
		{"POST", "/auth/session/login/mail", 422}, {"POST", "/auth/redis/login/mail", 422}, {"POST", "/auth/app/login/mail", 422},
		{"POST", "/auth/app-web/login/mail", 422},
		{"POST", "/auth/register", 422},
		{"POST", "/invitations", 401}, {"GET", "/invitations", 401}, {"DELETE", "/invitations/x", 401}, {"POST", "/invitations/x/resend", 401},
		{"POST", "/auth/forgot-password", 422}, {"POST", "/auth/reset-password", 422},
		{"POST", "/auth/request-verify-token", 422}, {"POST", "/auth/verify", 422},
		{"GET", "/users/me", 401}, {"PATCH", "/users/me", 401}, {"GET", "/users", 401},
		{"GET", "/users/" + id, 401}, {"PATCH", "/users/" + id, 401}, {"DELETE", "/users/" + id, 401},
		{"GET", "/users/me/oauth-accounts", 401}, {"DELETE", "/users/me/oauth-accounts/" + id, 401},
		{"GET", "/users/me/sessions", 401}, {"DELETE", "/users/me/sessions", 401}, {"DELETE", "/users/me/sessions/x", 401},
		{"GET", "/users/" + id + "/sessions", 401}, {"DELETE", "/users/" + id + "/sessions", 401}, {"DELETE", "/users/" + id + "/sessions/x", 401},
		{"GET", "/users/me/api-keys", 401}, {"POST", "/users/me/api-keys", 401}, {"DELETE", "/users/me/api-keys", 401},
		{"PATCH", "/users/me/api-keys/x", 401}, {"DELETE", "/users/me/api-keys/x", 401},
		{"GET", "/users/" + id + "/api-keys", 401}, {"DELETE", "/users/" + id + "/api-keys", 401}, {"DELETE", "/users/" + id + "/api-keys/x", 401},
		{"GET", "/auth/demo/authorize", 200}, {"GET", "/auth/demo/callback", 400},
		{"GET", "/auth/demo-web/authorize", 200}, {"GET", "/auth/demo-web/callback", 303},
		{"GET", "/auth/associate/demo/authorize", 401}, {"GET", "/auth/associate/demo/callback", 401},
		{"GET", "/demo-provider/.well-known/openid-configuration", 200}, {"GET", "/demo-provider/keys", 200},
		{"GET", "/outbox.json", 200}, {"GET", "/outbox", 200},
		{"GET", "/openapi.json", 200}, {"GET", "/docs", 200},
		{"GET", "/healthz", 200}, {"GET", "/metrics", 200},
		{"GET", "/users/me/events", 401}, {"GET", "/users/" + id + "/events", 401}, {"GET", "/events", 401},
		{"GET", "/", 200}, {"GET", "/account", 200}, {"GET", "/me", 303}, {"GET", "/me/sign-in", 200}, {"GET", "/favicon.ico", 200},
		{"GET", "/me/assets/theme.css", 200}, {"GET", "/demo-provider/style.css", 200},
		{"GET", "/nowhere", 404}, {"GET", "/auth/github/authorize", 404}, {"GET", "/demo-provider/nowhere", 404}, {"GET", "/me/assets/nowhere", 404},
	}
	for _, test := range tests {
		c.wantStatus(test.method, test.path, nil, test.status)
	}
}

func TestPagesAllowNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client()
	const front = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	for path, want := range map[string]string{
		"/": front, "/account": front, "/me/sign-in": front,
		// The outbox has no script at all, and lets mails have the styles of their attributes.
		"/outbox":      "default-src 'none'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"/favicon.ico": "default-src 'none'; frame-ancestors 'none'",
	} {
		got := c.wantStatus(http.MethodGet, path, nil, http.StatusOK)
		if policy := got.header.Get("Content-Security-Policy"); policy != want {
			t.Errorf("%s: policy: got %q, want %q", path, policy, want)
		}
		if got := got.header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options: got %q, want nosniff", path, got)
		}
		if got := got.header.Get("Referrer-Policy"); got != "same-origin" && path != "/favicon.ico" {
			t.Errorf("%s: Referrer-Policy: got %q, want same-origin", path, got)
		}
		if strings.Contains(got.body, "https://") {
			t.Errorf("%s: got an address elsewhere in it", path)
		}
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client()
	registered := decode[userJSON](t, c.wantStatus("POST", "/auth/register",
		`{"email":"king.arthur@camelot.bt","password":"abc","first_name":"Arthur","plan":"gold"}`, http.StatusCreated))
	if registered.Plan != "free" || registered.FirstName == nil || *registered.FirstName != "Arthur" {
		t.Errorf("registered: got %+v, want Arthur on the plan free", registered)
	}
	c.want("POST", "/auth/register", `{"email":"merlin@camelot.bt","password":"ab"}`, http.StatusBadRequest,
		`{"detail":{"code":"REGISTER_INVALID_PASSWORD","reason":"Password should be at least 3 characters"}}`)
	c.want("POST", "/auth/register", `{"email":"merlin@camelot.bt","password":"abc","first_name":"`+strings.Repeat("ö", 81)+`"}`, http.StatusUnprocessableEntity,
		`{"detail":[{"loc":["body","first_name"],"msg":"first_name must be a maximum of 80 characters in length","type":"value_error"}]}`)
	c.wantStatus("POST", "/auth/register", `{"email":"merlin@camelot.bt","password":"abc","first_name":"`+strings.Repeat("ö", 80)+`"}`, http.StatusCreated)

	a := c.wantStatus("POST", "/auth/cookie/login", url.Values{"username": {arthur}, "password": {"abc"}}, http.StatusOK)
	if a.body != "null" {
		t.Errorf("login: got %s, want null", a.body)
	}
	patched := decode[userJSON](t, c.wantStatus("PATCH", "/users/me", `{"plan":"gold","first_name":null,"is_superuser":true}`, http.StatusOK))
	if patched.Plan != "free" || patched.FirstName != nil || patched.IsSuperuser {
		t.Errorf("patched: got %+v, want no name, the plan free and no superuser", patched)
	}
}

func TestVerifiedGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person(arthur)
	w.person("merlin@camelot.bt", verified)
	c := w.client()
	c.want("POST", "/auth/verified/login", url.Values{"username": {arthur}, "password": {guinevere}}, http.StatusBadRequest, `{"detail":"LOGIN_USER_NOT_VERIFIED"}`)
	c.logIn("verified", "merlin@camelot.bt").wantStatus("GET", "/users/me", nil, http.StatusOK)
	// Its tokens are those of the backend jwt.
	c.want("POST", "/auth/jwt/logout", nil, http.StatusOK, "null")
}

func TestUsersListIsForSuperusers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person(arthur)
	w.person("merlin@camelot.bt", superuser)
	w.client().logIn("jwt", arthur).wantStatus("GET", "/users", nil, http.StatusForbidden)
	list := decode[struct {
		Items []struct {
			userJSON
			CreatedAt time.Time `json:"created_at"`
			Ban       *struct{} `json:"ban"`
		} `json:"items"`
		Next *string `json:"next"`
	}](t, w.client().logIn("jwt", "merlin@camelot.bt").wantStatus("GET", "/users?q=king", nil, http.StatusOK))
	if len(list.Items) != 1 || list.Items[0].Email != arthur || list.Next != nil {
		t.Errorf("users that begin with king: got %+v, want %s", list, arthur)
	}
}

// TestPublicURLIsNoOtherOrigin has a browser come through a proxy that does not pass the
// host on.
func TestPublicURLIsNoOtherOrigin(t *testing.T) {
	t.Parallel()
	for publicURL, origins := range map[string]map[string]int{
		"https://camelot.bt":      {"https://camelot.bt": 200, "http://camelot.bt": 403, "https://mordred.bt": 403},
		"https://camelot.bt:443/": {"https://camelot.bt": 200},
		"http://camelot.bt:8443":  {"http://camelot.bt:8443": 200, "http://camelot.bt": 403},
		"http://127.0.0.1:8080":   {"http://127.0.0.1:8080": 403}, // its own, and yet cross-site
	} {
		w := newWorld(t, func(s *Settings) { s.Addr, s.PublicURL = "127.0.0.1:8080", publicURL })
		w.person(arthur)
		for origin, want := range origins {
			login := url.Values{"username": {arthur}, "password": {guinevere}}
			c := w.client()
			c.origin = origin
			c.wantStatus("POST", "/auth/cookie/login", login, want)
		}
	}
}

func TestCookiesFollowTheScheme(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		w := newWorld(t, func(s *Settings) { s.PublicURL = scheme + "://camelot.bt" })
		w.person(arthur)
		c := w.client()
		var set []*http.Cookie
		for _, group := range []string{"cookie", "session"} {
			a := c.wantStatus("POST", "/auth/"+group+"/login", url.Values{"username": {arthur}, "password": {guinevere}}, http.StatusOK)
			set = append(set, (&http.Response{Header: a.header}).Cookies()...)
		}
		a := c.wantStatus("GET", "/auth/demo-web/authorize", nil, http.StatusOK)
		set = append(set, (&http.Response{Header: a.header}).Cookies()...)
		names := map[string]bool{}
		for _, cookie := range set {
			names[cookie.Name] = true
			if flow := map[string]string{"http": "ginauth_oauth_", "https": "__Host-ginauth_oauth_"}[scheme]; strings.HasPrefix(cookie.Name, flow) {
				names["the flow's"] = true
			}
			if cookie.Secure != (scheme == "https") || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" {
				t.Errorf("%s: got %v, want Secure: %v, HttpOnly, SameSite=Lax, Path=/", scheme, cookie, scheme == "https")
			}
		}
		for _, want := range []string{"ginauth", "ginauth_session", "ginauth_session_bind", "the flow's"} {
			if !names[want] {
				t.Errorf("%s: got the cookies %v, want %s too", scheme, names, want)
			}
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	a, err := New(t.Context(), Settings{DataDir: t.TempDir(), PublicURL: "http://camelot.bt", Wire: "v9"}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string, want int) {
		response := httptest.NewRecorder()
		a.Engine.ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/healthz", nil))
		if response.Code != want {
			t.Errorf("%s: got %d, want %d", when, response.Code, want)
		}
	}
	check("with its store", http.StatusOK)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	check("without its store", http.StatusServiceUnavailable)
}

func TestWire(t *testing.T) {
	t.Parallel()
	tests := []struct {
		wire    string
		status  int
		body    string
		missing string
	}{
		{"v9", http.StatusOK, "null", `{"detail":[{"loc":["body","email"],"msg":"field required","type":"value_error.missing"}]}`},
		{"v15", http.StatusNoContent, "", `{"detail":[{"loc":["body","email"],"msg":"Field required","type":"missing"}]}`},
	}
	for _, test := range tests {
		w := newWorld(t, func(s *Settings) { s.Wire = test.wire })
		w.person(arthur)
		c := w.client()
		for _, group := range []string{"cookie", "session"} {
			c.want("POST", "/auth/"+group+"/login", url.Values{"username": {arthur}, "password": {guinevere}}, test.status, test.body)
			c.want("POST", "/auth/"+group+"/logout", nil, test.status, test.body)
		}
		c.want("POST", "/auth/forgot-password", `{}`, http.StatusUnprocessableEntity, test.missing)
		if left := c.cookies(); left["ginauth"] || left["ginauth_session"] {
			t.Errorf("%s: cookies after logging out: got %v, want none", test.wire, left)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for _, limits := range []string{"on", "off"} {
		w := newWorld(t, func(s *Settings) { s.Limits = limits })
		w.person(arthur)
		c := w.client()
		refused := 0
		for range 12 {
			if a := c.call("POST", "/auth/jwt/login", url.Values{"username": {arthur}, "password": {"wrong"}}); a.status == http.StatusTooManyRequests {
				refused++
			}
		}
		if (refused > 0) != (limits == "on") {
			t.Errorf("limits %s: got %d of 12 wrong logins answered 429", limits, refused)
		}
	}
}
