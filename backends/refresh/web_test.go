package refresh_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/user/usertest"
)

const (
	webLogin      = `{"email":"arthur@camelot.bt","password":"guinevere"}`
	rememberLogin = `{"email":"arthur@camelot.bt","password":"guinevere","remember":true}`
)

// setCookies returns the attributes of all cookies of an answer, with "…" in the place of
// their values.
func setCookies(answer *httptest.ResponseRecorder) []string {
	var lines []string
	for _, line := range answer.Header().Values("Set-Cookie") {
		name, rest, _ := strings.Cut(line, "=")
		value, attributes, _ := strings.Cut(rest, ";")
		if value != "" {
			value = "…"
		}
		lines = append(lines, name+"="+value+";"+attributes)
	}
	return lines
}

var (
	accessCookie   = "app_web=…; Path=/; HttpOnly; Secure; SameSite=Lax"
	refreshCookie  = "app_web_refresh=…; Path=/auth/app_web; HttpOnly; Secure; SameSite=Strict"
	remembered     = "app_web_refresh=…; Path=/auth/app_web; Max-Age=604800; HttpOnly; Secure; SameSite=Strict"
	clearedCookies = []string{
		"app_web=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		"app_web_refresh=; Path=/auth/app_web; Max-Age=0; HttpOnly; Secure; SameSite=Strict",
	}
)

func TestCookies(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		webLogin:      {accessCookie, refreshCookie},
		rememberLogin: {accessCookie, remembered},
	} {
		w := newWorld(t, options{})
		login := w.do(request{path: "/auth/app_web/login", json: body})
		wantStatus(t, "login", login, 200)
		if login.Body.String() != "null" || !slices.Equal(setCookies(login), want) {
			t.Errorf("login: got %s %q, want null %q", login.Body, setCookies(login), want)
		}
		w.wait(time.Minute)
		answer := w.do(request{path: "/auth/app_web/refresh", cookies: cookiesOf(login)})
		wantStatus(t, "refresh", answer, 200)
		if answer.Body.String() != "null" || !slices.Equal(setCookies(answer), want) {
			t.Errorf("refresh: got %s %q, want null %q", answer.Body, setCookies(answer), want)
		}
		w.wait(time.Hour)
		answer = w.do(request{path: "/auth/app_web/refresh", cookies: cookiesOf(login)})
		wantStatus(t, "reuse", answer, 401)
		if !slices.Equal(setCookies(answer), clearedCookies) {
			t.Errorf("reuse: got %q, want both cookies cleared", setCookies(answer))
		}
	}
}

// The body of a cookie's refresh is not looked at, and two cookies are none.
func TestRefreshCookieAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	token := w.webLogin(t, webLogin)["app_web_refresh"]
	wantStatus(t, "in the body", w.do(request{path: "/auth/app_web/refresh", json: `{"refresh_token":"` + token + `"}`}), 401)
	wantStatus(t, "two cookies", w.do(request{path: "/auth/app_web/refresh", headers: map[string]string{
		"Cookie": "app_web_refresh=" + token + "; app_web_refresh=" + token,
	}}), 401)
	wantStatus(t, "any body", w.do(request{path: "/auth/app_web/refresh", json: `{`, cookies: map[string]string{"app_web_refresh": token}}), 200)
}

func TestRemember(t *testing.T) {
	t.Parallel()
	const login = `{"email":"arthur@camelot.bt","password":"guinevere","remember":`
	invalid := `{"loc":["body","remember"],"msg":"value could not be parsed to a boolean","type":"type_error.bool"}`
	tests := []struct {
		name string
		request
		want  int
		lasts time.Duration
	}{
		{"absent", request{json: webLogin}, 200, 24 * time.Hour},
		{"true", request{json: login + `true}`}, 200, 30 * 24 * time.Hour},
		{"false", request{json: login + `false}`}, 200, 24 * time.Hour},
		{"null", request{json: login + `null}`}, 200, 24 * time.Hour},
		{"form", request{form: "username=arthur%40camelot.bt&password=guinevere&remember=on"}, 200, 30 * 24 * time.Hour},
		{"no boolean", request{json: login + `"perhaps"}`}, 422, 0},
		{"no boolean in a form", request{form: "username=arthur%40camelot.bt&password=guinevere&remember=perhaps"}, 422, 0},
		{"last in the order", request{json: `{"remember":2}`}, 422, 0},
		{"at a bearer backend it means nothing", request{path: "/auth/app/login", json: login + `"perhaps"}`}, 200, 30 * 24 * time.Hour},
		{"at another backend too", request{path: "/auth/stored/login", json: login + `"perhaps"}`}, 200, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			if tt.path == "" {
				tt.path = "/auth/app_web/login"
			}
			answer := w.do(tt.request)
			wantStatus(t, "login", answer, tt.want)
			if tt.want == 422 {
				if !strings.HasSuffix(answer.Body.String(), invalid+"]}") {
					t.Errorf("got %s, want %s last", answer.Body, invalid)
				}
				return
			}
			record := w.records(t)[0]
			if tt.lasts != 0 && !record.Rotation.AbsoluteAt.Equal(record.CreatedAt.Add(tt.lasts)) {
				t.Errorf("ends after %v, want %v", record.Rotation.AbsoluteAt.Sub(record.CreatedAt), tt.lasts)
			}
		})
	}
}

// Without remember a login ends after a day, although it is refreshed.
func TestWithoutRemember(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	cookies := w.webLogin(t, webLogin)
	for range 2 {
		w.wait(11 * time.Hour)
		answer := w.do(request{path: "/auth/app_web/refresh", cookies: cookies})
		wantStatus(t, "refresh", answer, 200)
		if strings.Contains(strings.Join(setCookies(answer), " "), "Max-Age") {
			t.Errorf("got %q, want no Max-Age", setCookies(answer))
		}
		cookies = cookiesOf(answer)
	}
	w.wait(3 * time.Hour)
	wantStatus(t, "after a day", w.do(request{path: "/auth/app_web/refresh", cookies: cookies}), 401)
}

// A page elsewhere neither refreshes nor logs out.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	cookies := w.webLogin(t, webLogin)
	elsewhere := map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
	for _, path := range []string{"/auth/app_web/refresh", "/auth/app_web/logout"} {
		for what, sent := range map[string]map[string]string{
			"with both": cookies, "with the refresh token": {"app_web_refresh": cookies["app_web_refresh"]}, "with none, as Strict has it": {},
		} {
			answer := w.do(request{path: path, cookies: sent, headers: elsewhere})
			wantStatus(t, path+" "+what, answer, 403)
			if got := setCookies(answer); len(got) > 0 {
				t.Errorf("%s %s: got %q, want no cookie cleared", path, what, got)
			}
		}
	}
	if len(w.records(t)) != 1 {
		t.Error("the login has ended")
	}
}

func TestRefreshPath(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		transport    backends.Cookie
		strategy     refresh.Strategy
		prefix, want string
	}{
		{"the group's", backends.Cookie{}, refresh.Strategy{}, "/api/auth/web", "ginauth_refresh=…; Path=/api/auth/web;"},
		{"configured", backends.Cookie{}, refresh.Strategy{Path: "/outside"}, "/auth/web", "ginauth_refresh=…; Path=/outside;"},
		{"the root", backends.Cookie{}, refresh.Strategy{}, "/", "ginauth_refresh=…; Path=/;"},
		{"a pattern", backends.Cookie{}, refresh.Strategy{}, "/t/:tenant", "ginauth_refresh=…; Path=/;"},
		{"__Host-", backends.Cookie{Name: "__Host-id"}, refresh.Strategy{}, "/auth/web", "__Host-id_refresh=…; Path=/;"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			web := backends.Backend{Name: "web", Transport: tt.transport, Strategy: tt.strategy}
			auth, err := ginauth.New(ginauth.Config{Store: w.memory, Secret: secret, Backends: []backends.Backend{web}})
			if err != nil {
				t.Fatal(err)
			}
			engine := gin.New()
			auth.AuthRoutes(web).Attach(engine.Group(tt.prefix))
			w.Handler = engine
			answer := w.do(request{path: strings.TrimSuffix(strings.Replace(tt.prefix, ":tenant", "x", 1), "/") + "/login", json: webLogin})
			if got := setCookies(answer); len(got) != 2 || !strings.HasPrefix(got[1], tt.want) {
				t.Errorf("got %d %q, want %s", answer.Code, got, tt.want)
			}
		})
	}
}

// A way in of the application's own logs in just so.
func TestOwnWayIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	web := backends.Backend{Name: "app_web"}
	w.Handler.(*gin.Engine).POST("/own", func(c *gin.Context) {
		if _, err := w.auth.LogIn(c, web, w.user, ginauth.Remember()); err != nil {
			t.Error(err)
		}
	})
	w.Handler.(*gin.Engine).POST("/out", func(c *gin.Context) {
		if err := w.auth.LogOut(c, web); err != nil {
			t.Error(err)
		}
	})
	login := w.do(request{path: "/own"})
	if got := setCookies(login); !slices.Equal(got, []string{accessCookie, remembered}) {
		t.Errorf("got %q", got)
	}
	logout := w.do(request{path: "/out", cookies: cookiesOf(login)})
	got := setCookies(logout)
	slices.Sort(got)
	if !slices.Equal(got, clearedCookies) || len(w.records(t)) != 0 {
		t.Errorf("got %q and %d logins, want both cleared and none", got, len(w.records(t)))
	}
}

func TestCookieNamesOnce(t *testing.T) {
	t.Parallel()
	_, err := ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{
		{Name: "web", Transport: backends.Cookie{Name: "id"}, Strategy: refresh.Strategy{}},
		{Name: "other", Transport: backends.Cookie{Name: "id_refresh"}, Strategy: backends.Database{}},
	}})
	if err == nil || !strings.Contains(err.Error(), `both use the cookie "id_refresh"`) {
		t.Errorf("got %v", err)
	}
}
