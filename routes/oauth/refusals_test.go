package oauth_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/internal/hostile"
	"github.com/ginauth/ginauth/user/secrets"
)

func (a *app) serverURL() *url.URL {
	u, err := url.Parse(a.server.URL)
	if err != nil {
		a.t.Fatal(err)
	}
	return u
}

// forged returns a state with the right signature for anything.
func (a *app) forged(t *testing.T, info string, change func(jwt.MapClaims), method jwt.SigningMethod) string {
	t.Helper()
	keys, err := secrets.NewKeys(secret)
	if err != nil {
		t.Fatal(err)
	}
	now := a.clock()
	claims := jwt.MapClaims{
		"aud": "ginauth:oauth-state", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"csrftoken": strings.Repeat("c", 43), "jti": strings.Repeat("j", 43), "purpose": "login", "provider": "idp",
	}
	change(claims)
	var key any = keys.Derive(info)[0]
	if method == jwt.SigningMethodNone {
		key = jwt.UnsafeAllowNoneSignatureType
	}
	signed, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// Steps 1 to 3: everything here is refused before the code is redeemed, and every
// answer clears the cookie of its flow.
func TestRefusedBeforeRedemption(t *testing.T) {
	t.Parallel()
	set := func(name, value string) func(*testing.T, *app, *browser, url.Values) {
		return func(_ *testing.T, _ *app, _ *browser, q url.Values) { q.Set(name, value) }
	}
	forge := func(info string, method jwt.SigningMethod, change func(jwt.MapClaims)) func(*testing.T, *app, *browser, url.Values) {
		return func(t *testing.T, a *app, _ *browser, q url.Values) {
			q.Set("state", a.forged(t, info, change, method))
		}
	}
	nothing := func(jwt.MapClaims) {}
	const info = "ginauth:oauth-state"
	tests := []struct {
		name   string
		spoil  func(*testing.T, *app, *browser, url.Values)
		detail string
	}{
		{"error", set("error", "access_denied"), "access_denied"},
		{"error and everything else wrong", func(_ *testing.T, _ *app, _ *browser, q url.Values) {
			q.Set("error", "access_denied")
			q.Del("state")
			q.Del("code")
		}, "access_denied"},
		{"error of 100 characters", set("error", strings.Repeat("e", 100)), strings.Repeat("e", 100)},
		{"error of 101 characters", set("error", strings.Repeat("e", 101)), "Bad Request"},
		{"empty error", set("error", ""), "Bad Request"},
		{"error not ASCII", set("error", "zugriff verweigert – leider"), "Bad Request"},
		{"error with a line break", set("error", "a\r\nSet-Cookie: b"), "Bad Request"},
		{"two errors", func(_ *testing.T, _ *app, _ *browser, q url.Values) { q["error"] = []string{"a", "b"} }, "Bad Request"},
		{"no code", func(_ *testing.T, _ *app, _ *browser, q url.Values) { q.Del("code") }, "Bad Request"},
		{"empty code", set("code", ""), "Bad Request"},
		{"two codes", func(_ *testing.T, _ *app, _ *browser, q url.Values) { q.Add("code", "x") }, "Bad Request"},
		{"no code, no state", func(_ *testing.T, _ *app, _ *browser, q url.Values) { q.Del("code"); q.Del("state") }, "Bad Request"},

		{"no state", func(_ *testing.T, _ *app, _ *browser, q url.Values) { q.Del("state") }, "ACCESS_TOKEN_DECODE_ERROR"},
		{"empty state", set("state", ""), "ACCESS_TOKEN_DECODE_ERROR"},
		{"malformed state", set("state", "a.b.c"), "ACCESS_TOKEN_DECODE_ERROR"},
		{"two states", func(_ *testing.T, _ *app, _ *browser, q url.Values) { q.Add("state", q.Get("state")) }, "ACCESS_TOKEN_DECODE_ERROR"},
		{"changed state", func(_ *testing.T, _ *app, _ *browser, q url.Values) { q.Set("state", q.Get("state")+"A") }, "ACCESS_TOKEN_DECODE_ERROR"},
		{"state of another key", forge("ginauth:verify", jwt.SigningMethodHS256, nothing), "ACCESS_TOKEN_DECODE_ERROR"},
		{"state without signature", forge(info, jwt.SigningMethodNone, nothing), "ACCESS_TOKEN_DECODE_ERROR"},
		{"state of another algorithm", forge(info, jwt.SigningMethodHS512, nothing), "ACCESS_TOKEN_DECODE_ERROR"},
		{"state of another audience", forge(info, jwt.SigningMethodHS256, func(c jwt.MapClaims) { c["aud"] = "ginauth:verify" }), "ACCESS_TOKEN_DECODE_ERROR"},
		{"audience in a list", forge(info, jwt.SigningMethodHS256, func(c jwt.MapClaims) { c["aud"] = []string{info} }), "ACCESS_TOKEN_DECODE_ERROR"},
		{"state without audience", forge(info, jwt.SigningMethodHS256, func(c jwt.MapClaims) { delete(c, "aud") }), "ACCESS_TOKEN_DECODE_ERROR"},
		{"one-time ID not ours", forge(info, jwt.SigningMethodHS256, nothing), "ACCESS_TOKEN_DECODE_ERROR"},
		{"no one-time ID", forge(info, jwt.SigningMethodHS256, func(c jwt.MapClaims) { delete(c, "jti") }), "ACCESS_TOKEN_DECODE_ERROR"},
		{"expired", func(_ *testing.T, a *app, _ *browser, _ url.Values) { a.pass(time.Hour) }, "ACCESS_TOKEN_ALREADY_EXPIRED"},
		{"expired and of another purpose", forge(info, jwt.SigningMethodHS256, func(c jwt.MapClaims) {
			c["exp"], c["purpose"] = 1, "associate"
		}), "ACCESS_TOKEN_ALREADY_EXPIRED"},

		{"state of association", func(_ *testing.T, a *app, b *browser, q url.Values) {
			b.logIn(hostile.Person{Subject: "2", Email: "arthur@camelot.bt"})
			q.Set("state", query(a.t, b.authorize("/associate/authorize")).Get("state"))
		}, "OAUTH_INVALID_STATE"},
		{"state of another provider", func(_ *testing.T, a *app, b *browser, q url.Values) {
			q.Set("state", query(a.t, b.authorize("/other/authorize")).Get("state"))
		}, "OAUTH_INVALID_STATE"},

		{"no cookie", func(_ *testing.T, a *app, b *browser, _ url.Values) { b.client.Jar = a.browser().client.Jar }, "OAUTH_INVALID_STATE"},
		{"another browser's cookie", func(_ *testing.T, a *app, b *browser, _ url.Values) {
			other := a.browser()
			other.authorize("/api/authorize")
			b.client.Jar = other.client.Jar
		}, "OAUTH_INVALID_STATE"},
		{"the cookie of a second flow only", func(_ *testing.T, a *app, b *browser, q url.Values) {
			own := &http.Cookie{Name: crumbOf(q.Get("state")), MaxAge: -1, Path: "/"}
			b.authorize("/api/authorize")
			b.client.Jar.SetCookies(a.serverURL(), []*http.Cookie{own})
		}, "OAUTH_INVALID_STATE"},
		{"the cookie of a second flow under the name of this", func(_ *testing.T, a *app, b *browser, q url.Values) {
			second := crumbOf(query(a.t, b.authorize("/api/authorize")).Get("state"))
			var planted []*http.Cookie
			for _, cookie := range b.client.Jar.Cookies(a.serverURL()) {
				if cookie.Name == second {
					planted = append(planted, &http.Cookie{Name: crumbOf(q.Get("state")), Value: cookie.Value, Path: "/"})
				}
			}
			b.client.Jar.SetCookies(a.serverURL(), planted)
		}, "OAUTH_INVALID_STATE"},
		{"a planted second cookie", func(_ *testing.T, a *app, b *browser, q url.Values) {
			u := a.serverURL()
			u.Path = "/api/"
			b.client.Jar.SetCookies(u, []*http.Cookie{{Name: crumbOf(q.Get("state")), Value: strings.Repeat("x", 43), Path: "/api"}})
		}, "OAUTH_INVALID_STATE"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, options{})
			b := a.browser()
			q := a.idp.SignIn(b.authorize("/api/authorize"), merlin).Query()
			before := 0
			test.spoil(t, a, b, q)
			if test.name == "state of association" {
				before = 1
			}
			r := b.get("/api/callback?" + q.Encode())
			check(t, "callback", r, http.StatusBadRequest, detail(test.detail))
			if got := a.idp.Redemptions() - before; got != 0 {
				t.Errorf("got %d codes redeemed, want none", got)
			}
			if cookies := r.header.Values("Set-Cookie"); !slices.Equal(cookies, clearedBy(q)) {
				t.Errorf("got cookies %q, want %q", cookies, clearedBy(q))
			}
			if got := len(a.users()) - before; got != 0 {
				t.Errorf("got %d users", got)
			}
		})
	}
}

// A browser that begins under another host than that of the redirect URL does not send its
// cookie back. The log says so; what the client is told is no more than before.
func TestLoggedWithoutCookie(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{config: func(c *oauth.Config) { c.Cookie.MaxAge = 5 * time.Minute }})
	b := a.browser()
	q := a.idp.SignIn(b.authorize("/api/authorize"), merlin).Query()
	const line = `level=INFO msg="ginauth: oauth callback without the cookie of its flow" provider=idp redirect_url=https://www.camelot.bt/oauth/callback ` +
		`hint="the flow began under another host than that of redirect_url or in another browser, took longer than 5m0s, was answered before, ` +
		`or its cookie is Secure on plain HTTP"`
	check(t, "at another host", a.browser().get("/api/callback?"+q.Encode()), http.StatusBadRequest, detail("OAUTH_INVALID_STATE"))
	if got := a.log.String(); !strings.Contains(got, line) || strings.Contains(got, q.Get("state")) || strings.Contains(got, q.Get("code")) {
		t.Errorf("got the log %s, want %s and nothing of the query", got, line)
	}

	for name, spoil := range map[string]func(){
		"a state that is none of ours": func() { q.Set("state", "a.b.c") },
		"refused by the user":          func() { q.Set("error", "access_denied") },
	} {
		a.log.Forget()
		spoil()
		a.browser().get("/api/callback?" + q.Encode())
		if got := a.log.String(); strings.Contains(got, "cookie") {
			t.Errorf("%s: got the log %s", name, got)
		}
	}
}

// A state is good once, whatever became of it the first time.
func TestStateReplay(t *testing.T) {
	t.Parallel()
	for _, sin := range []hostile.Sin{"", hostile.At(hostile.AtToken, hostile.Status)} {
		t.Run(string(sin), func(t *testing.T) {
			t.Parallel()
			a := newApp(t, options{})
			b := a.browser()
			back := a.idp.SignIn(b.authorize("/api/authorize"), merlin)
			planted := b.client.Jar.Cookies(a.serverURL())
			a.idp.Commit(sin)
			b.get("/api/callback?" + back.RawQuery)
			a.idp.Commit("")
			b.client.Jar.SetCookies(a.serverURL(), planted)
			check(t, "again", b.get("/api/callback?"+back.RawQuery), http.StatusBadRequest, detail("OAUTH_INVALID_STATE"))
			if got := a.idp.Redemptions(); got != 1 {
				t.Errorf("got %d codes redeemed, want 1", got)
			}
		})
	}
}

// The state of a login is no state of association, nor is that of another user.
func TestAssociationRefusedBeforeRedemption(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	b, other := a.browser(), a.browser()
	b.logIn(merlin)
	other.logIn(hostile.Person{Subject: "2", Email: "arthur@camelot.bt"})
	before := a.idp.Redemptions()

	back := a.idp.SignIn(b.authorize("/api/authorize"), hostile.Person{Subject: "3", Email: "m@camelot.bt"})
	check(t, "state of a login", b.get("/associate/callback?"+back.RawQuery), http.StatusBadRequest, detail("OAUTH_INVALID_STATE"))

	back = a.idp.SignIn(b.authorize("/associate/authorize"), hostile.Person{Subject: "3", Email: "m@camelot.bt"})
	check(t, "from another browser", other.get("/associate/callback?"+back.RawQuery), http.StatusBadRequest, detail("OAUTH_INVALID_STATE"))

	b.bearer, other.bearer = other.bearer, b.bearer
	check(t, "another user logged in meanwhile", b.get("/associate/callback?"+back.RawQuery), http.StatusBadRequest, detail("Bad Request"))

	b.bearer = ""
	back = a.idp.SignIn(other.authorize("/associate/authorize"), hostile.Person{Subject: "3", Email: "m@camelot.bt"})
	other.bearer = ""
	r := other.get("/associate/callback?" + back.RawQuery)
	check(t, "nobody", r, http.StatusUnauthorized, detail("Unauthorized"))
	if cookies := r.header.Values("Set-Cookie"); !slices.Equal(cookies, clearedBy(back.Query())) {
		t.Errorf("nobody: got cookies %q", cookies)
	}
	if got := a.idp.Redemptions(); got != before {
		t.Errorf("got %d codes redeemed, want none", got-before)
	}
}

// Flows that were begun before the application's secret changed end well.
func TestSecretRotation(t *testing.T) {
	t.Parallel()
	old := newApp(t, options{})
	b := old.browser()
	back := old.idp.SignIn(b.authorize("/api/authorize"), merlin)
	rotated := newApp(t, options{idp: old.idp, manager: func(c *ginauth.Config) {
		c.PreviousSecrets, c.Secret = []secrets.Secret{c.Secret}, secrets.Secret(strings.Repeat("n", 32))
	}})
	b2 := rotated.browser()
	for _, cookie := range b.client.Jar.Cookies(old.serverURL()) {
		b2.client.Jar.SetCookies(rotated.serverURL(), []*http.Cookie{cookie})
	}
	if r := b2.get("/api/callback?" + back.RawQuery); r.status != http.StatusOK {
		t.Errorf("got %d %s", r.status, r.body)
	}
}

func TestMistakesPanic(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	good := oauth.Config{RedirectURL: callback}
	provider := a.provider("idp", false)
	change := func(f func(*oauth.Config)) oauth.Config {
		c := good
		f(&c)
		return c
	}
	tests := []struct {
		name string
		make func()
		want []string
	}{
		{"no redirect URL", func() { oauth.Routes(a.auth, provider, api, oauth.Config{}) }, []string{"Config.RedirectURL is missing"}},
		{"relative", func() { oauth.Routes(a.auth, provider, api, oauth.Config{RedirectURL: "/callback"}) }, []string{"not an absolute URL"}},
		{"fragment", func() { oauth.Routes(a.auth, provider, api, oauth.Config{RedirectURL: callback + "#x"}) }, []string{"without fragment"}},
		{"plain HTTP", func() { oauth.Routes(a.auth, provider, api, oauth.Config{RedirectURL: "http://www.camelot.bt/"}) }, []string{"Cookie.Insecure"}},
		{"both", func() {
			oauth.Routes(a.auth, provider, api, change(func(c *oauth.Config) { c.RedirectFromHost = true }))
		}, []string{"besides RedirectURL"}},
		{"redirect mode with bearer", func() {
			oauth.Routes(a.auth, provider, api, change(func(c *oauth.Config) { c.RedirectTo = []string{"/"} }))
		}, []string{`backend "api" sets no cookie`}},
		{"targets", func() {
			oauth.Routes(a.auth, provider, web, change(func(c *oauth.Config) {
				c.RedirectTo = []string{"//mordred.example.com", "javascript:alert(1)", "/\\mordred.example.com", "account", "///mordred.example.com", "/ok"}
			}))
		}, []string{"RedirectTo[0]", "RedirectTo[1]", "RedirectTo[2]", "RedirectTo[3]", "RedirectTo[4]"}},
		{"several at once", func() {
			oauth.Routes(a.auth, roundTable{}, backends.Backend{Name: "none"}, change(func(c *oauth.Config) {
				c.StateLifetime, c.Timeout = -time.Second, -1
				c.Cookie.Name = "a b"
			}))
		}, []string{"Name is \"\"", "AuthURL", "TokenURL", `backend "none"`, "StateLifetime", "Timeout", "Config.Cookie"}},
		{"cookie of a backend", func() {
			oauth.AssociateRoutes(a.auth, provider, change(func(c *oauth.Config) { c.Cookie.Name = "ginauth" }))
		}, []string{`the cookie of backend "web"`}},
		{"strict cookie", func() {
			oauth.Routes(a.auth, provider, web, change(func(c *oauth.Config) {
				c.RedirectTo, c.Cookie.SameSite = []string{"/"}, http.SameSiteStrictMode
			}))
		}, []string{"SameSite is Strict"}},
		{"tokens without keys", func() {
			oauth.Routes(a.auth, provider, api, change(func(c *oauth.Config) { c.KeepTokens = oauth.SealedTokens{} }))
		}, []string{"Config.KeepTokens.Sealer is missing"}},
		{"no provider", func() { oauth.AssociateRoutes(a.auth, nil, good) }, []string{"the provider is missing"}},
		{"provider over plain HTTP", func() { oauth.Routes(a.auth, roundTable{"x", "http://idp.example.com"}, api, good) }, []string{"InsecureHTTP"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				text, _ := recover().(string)
				for _, want := range test.want {
					if !strings.Contains(text, want) {
						t.Errorf("got %q, want %q in it", text, want)
					}
				}
			}()
			test.make()
		})
	}
}
