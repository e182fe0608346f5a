package oauth_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

func endpointOf(base string) oauth2.Endpoint {
	return oauth2.Endpoint{AuthURL: base + "/authorize", TokenURL: base + "/token"}
}

func TestAuthorize(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	r := a.browser().get("/api/authorize")
	if r.status != http.StatusOK || r.header.Get("Content-Type") != "application/json" || r.header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %d %v", r.status, r.header)
	}
	if !strings.HasPrefix(r.body, `{"authorization_url":"`+a.idp.URL+`/authorize?`) || !strings.HasSuffix(r.body, `"}`) || strings.Contains(r.body, `\u0026`) {
		t.Errorf("got %s", r.body)
	}
	cookie := regexp.MustCompile(`^__Host-ginauth_oauth_[A-Za-z0-9_-]{8}=[A-Za-z0-9_-]{43}; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$`)
	if cookies := r.header.Values("Set-Cookie"); len(cookies) != 1 || !cookie.MatchString(cookies[0]) {
		t.Errorf("got cookies %q", cookies)
	}
	var body map[string]string
	if err := json.Unmarshal([]byte(r.body), &body); err != nil {
		t.Fatal(err)
	}
	q := query(t, body["authorization_url"])
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "camelot", "redirect_uri": callback, "scope": "openid email",
		"code_challenge_method": "S256", "prompt": "select_account",
	} {
		if got := q.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"code_challenge", "nonce"} {
		if len(q.Get(name)) != 43 {
			t.Errorf("%s: got %q, want 43 characters", name, q.Get(name))
		}
	}
}

// The state has what the contract names, and neither verifier nor nonce can be read
// from it, the URL or the cookie.
func TestState(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	b := a.browser()
	r := b.get("/redirect/authorize")
	q := query(t, strings.TrimSuffix(strings.TrimPrefix(r.body, `{"authorization_url":"`), `"}`))
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(q.Get("state"), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	csrf, _, _ := strings.Cut(strings.TrimPrefix(r.header.Get("Set-Cookie"), crumbOf(q.Get("state"))+"="), ";")
	want := map[string]any{
		"aud": "ginauth:oauth-state", "csrftoken": csrf, "purpose": "login", "provider": "idp",
		"redirect_to": "https://www.camelot.bt/",
		"iat":         float64(a.clock().Unix()), "exp": float64(a.clock().Add(time.Hour).Unix()),
	}
	for name, value := range want {
		if claims[name] != value {
			t.Errorf("%s: got %v, want %v", name, claims[name], value)
		}
		delete(claims, name)
	}
	if id, _ := claims["jti"].(string); len(claims) != 1 || id == "" {
		t.Errorf("got further claims %v, want jti only", claims)
	}
	verifier := a.verifierOf(t, b, q.Get("state"))
	for what, text := range map[string]string{"URL": q.Encode(), "state": string(payload), "cookie": csrf} {
		if strings.Contains(text, verifier) || what != "URL" && strings.Contains(text, q.Get("nonce")) {
			t.Errorf("%s tells verifier or nonce", what)
		}
	}
}

// verifierOf lets the flow run into the token endpoint and returns what arrives there.
func (a *app) verifierOf(t *testing.T, b *browser, state string) string {
	t.Helper()
	b.get("/redirect/callback?code=unknown&state=" + state)
	return a.idp.LastForm().Get("code_verifier")
}

func TestScopes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, query string
		plain       bool
		want        string
	}{
		{"none", "", false, "openid email"},
		{"repeated", "?scopes=openid&scopes=profile", false, "openid profile"},
		{"openid comes by itself", "?scopes=profile", false, "openid profile"},
		{"twice", "?scopes=a&scopes=b&scopes=a", true, "a b"},
		{"none, and no base scopes", "", true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, options{plain: test.plain})
			q := query(t, a.browser().authorize("/api/authorize"+test.query))
			if got := q.Get("scope"); got != test.want || q.Has("scope") != (test.want != "") {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if q.Has("nonce") == test.plain {
				t.Errorf("nonce: got %v, want %v", q.Has("nonce"), !test.plain)
			}
		})
	}
}

// A client that asks for what the application does not allow is told so.
func TestScopesNotAllowed(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{plain: true})
	for _, query := range []string{
		"?scopes=a&scopes=admin", "?scopes=admin", "?scopes=a,b", "?scopes=a+b", "?scopes=", "?scopes=A",
	} {
		for _, group := range []string{"/api", "/redirect"} {
			r := a.browser().get(group + "/authorize" + query)
			check(t, group+query, r, http.StatusUnprocessableEntity,
				`{"detail":[{"loc":["query","scopes"],"msg":"scope is not allowed","type":"value_error"}]}`)
			if cookies := r.header.Values("Set-Cookie"); len(cookies) != 0 {
				t.Errorf("%s: got cookies %q", query, cookies)
			}
		}
	}
}

func TestLoginWithBearer(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	b := a.browser()
	back := a.idp.SignIn(b.authorize("/api/authorize"), merlin)
	r := b.get("/api/callback?" + back.RawQuery)
	if r.status != http.StatusOK || !regexp.MustCompile(`^{"access_token":"[^"]+","token_type":"bearer"}$`).MatchString(r.body) {
		t.Errorf("got %d %s", r.status, r.body)
	}
	if cookies := r.header.Values("Set-Cookie"); !slices.Equal(cookies, clearedBy(back.Query())) {
		t.Errorf("got cookies %q", cookies)
	}
	b.logIn(merlin)
	me := b.get("/users/me")
	id := string(a.users()[0].ID)
	check(t, "me", me, http.StatusOK,
		`{"id":"`+id+`","email":"merlin@camelot.bt","is_active":true,"is_superuser":false,"is_verified":false}`)
	if len(a.users()) != 1 || a.idp.Redemptions() != 2 {
		t.Errorf("got %d users, %d codes redeemed; want 1 and 2", len(a.users()), a.idp.Redemptions())
	}
}

func TestLoginWithCookie(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	b := a.browser()
	check(t, "callback", b.signIn("/web", merlin), http.StatusOK, "null")
	if r := b.get("/users/me"); r.status != http.StatusOK {
		t.Errorf("me: got %d %s", r.status, r.body)
	}
	a = newApp(t, options{manager: func(c *ginauth.Config) { c.Wire = ginauth.WireV15 }})
	check(t, "callback of v15", a.browser().signIn("/web", merlin), http.StatusNoContent, "")
}

// A provider without OpenID Connect, and one that tells the e-mail at its userinfo
// endpoint only.
func TestLoginOtherProviders(t *testing.T) {
	t.Parallel()
	plain := newApp(t, options{plain: true})
	plain.browser().logIn(merlin)
	sparing := newApp(t, options{})
	sparing.idp.NoEmailInIDToken = true
	sparing.browser().logIn(merlin)
	for name, a := range map[string]*app{"plain": plain, "userinfo": sparing} {
		if users := a.users(); len(users) != 1 || users[0].Email != merlin.Email {
			t.Errorf("%s: got %v", name, users)
		}
	}
}

func TestLoginIssuerParameter(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	a.idp.SendsIssuer = true
	a.browser().logIn(merlin)

	b := a.browser()
	back := a.idp.SignIn(b.authorize("/api/authorize"), merlin)
	q := back.Query()
	q.Set("iss", "https://mordred.example.com")
	check(t, "another issuer", b.get("/api/callback?"+q.Encode()), http.StatusBadRequest, detail("OAUTH_INVALID_STATE"))

	b = a.browser()
	q = a.idp.SignIn(b.authorize("/api/authorize"), merlin).Query()
	q.Del("iss")
	check(t, "missing, though announced", b.get("/api/callback?"+q.Encode()), http.StatusBadRequest, detail("OAUTH_INVALID_STATE"))
	if got := a.idp.Redemptions(); got != 1 {
		t.Errorf("got %d codes redeemed, want 1", got)
	}
}

func TestLoginKnownEmail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		existing  user.Registration
		verified  bool
		associate bool
		group     []ginauth.GroupOption
		status    int
		body      string
		linked    bool
	}{
		{"default", user.Registration{IsVerified: true}, true, false, nil, 400, detail("OAUTH_USER_ALREADY_EXISTS"), false},
		{"not vouched for", user.Registration{IsVerified: true}, false, true, nil, 400, detail("OAUTH_USER_ALREADY_EXISTS"), false},
		{"linked", user.Registration{IsVerified: true}, true, true, nil, 200, "null", true},
		{"linked, unverified", user.Registration{}, true, true, nil, 200, "null", true},
		{"inactive", user.Registration{IsVerified: true, IsInactive: true}, true, true, nil, 400, detail("LOGIN_BAD_CREDENTIALS"), false},
		{"group for the verified", user.Registration{}, true, true, []ginauth.GroupOption{ginauth.Verified()}, 400, detail("LOGIN_USER_NOT_VERIFIED"), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, options{group: test.group, config: func(c *oauth.Config) { c.AssociateByEmail = test.associate }})
			test.existing.Email, test.existing.Password = "Merlin@camelot.bt", "guinevere"
			u := a.create(test.existing)
			who := merlin
			who.Verified = test.verified
			b := a.browser()
			r := b.signIn("/web", who)
			check(t, "callback", r, test.status, test.body)
			if got := len(a.accounts(u)); got != map[bool]int{false: 0, true: 1}[test.linked] {
				t.Errorf("got %d accounts, linked %v wanted", got, test.linked)
			}
			if me := b.get("/users/me"); (me.status == http.StatusOK) != test.linked {
				t.Errorf("me: got %d", me.status)
			}
			stored, err := a.auth.Manager().ByID(ctx, u.ID)
			if err != nil {
				t.Fatal(err)
			}
			stripped := test.linked && !test.existing.IsVerified
			if stored.HasPassword() == stripped || stored.IsVerified != test.existing.IsVerified {
				t.Errorf("got password %v, verified %v", stored.HasPassword(), stored.IsVerified)
			}
			if len(a.users()) != 1 {
				t.Errorf("got %d users", len(a.users()))
			}
		})
	}
}

func TestLoginOfTheUnverifiedAndInactive(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{group: []ginauth.GroupOption{ginauth.Verified()}})
	b := a.browser()
	check(t, "new", b.signIn("/web", merlin), 400, detail("LOGIN_USER_NOT_VERIFIED"))
	check(t, "known", b.signIn("/web", merlin), 400, detail("LOGIN_USER_NOT_VERIFIED"))
	if len(a.users()) != 1 || len(b.client.Jar.Cookies(a.serverURL())) != 0 {
		t.Errorf("got %d users, %d cookies; want 1 and 0", len(a.users()), len(b.client.Jar.Cookies(a.serverURL())))
	}
	yes, no := true, false
	if _, err := a.auth.Manager().Update(ctx, a.users()[0], user.Changes{IsVerified: &yes}); err != nil {
		t.Fatal(err)
	}
	check(t, "verified", b.signIn("/web", merlin), 200, "null")
	if _, err := a.auth.Manager().Update(ctx, a.users()[0], user.Changes{IsActive: &no}); err != nil {
		t.Fatal(err)
	}
	check(t, "inactive", a.browser().signIn("/web", merlin), 400, detail("LOGIN_BAD_CREDENTIALS"))
}

func TestLoginOptions(t *testing.T) {
	t.Parallel()
	sealer, err := secrets.NewSealer(secret)
	if err != nil {
		t.Fatal(err)
	}
	sealed := oauth.SealedTokens{Sealer: sealer}
	a := newApp(t, options{config: func(c *oauth.Config) {
		c.IsVerifiedByDefault, c.VerifiedEmailOnly, c.KeepTokens = true, true, sealed
		c.StateLifetime = 10 * time.Minute
		c.Cookie = backends.Cookie{Name: "__Host-flow"}
	}})
	a.idp.RefreshToken = "refresh-me"
	r := a.browser().get("/api/authorize")
	if cookie := r.header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-flow_") || !strings.HasSuffix(cookie, "; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax") {
		t.Errorf("got cookie %s", cookie)
	}
	who := merlin
	who.Verified = false
	check(t, "not vouched for", a.browser().signIn("/web", who), 400, detail("OAUTH_NOT_AVAILABLE_EMAIL"))
	check(t, "vouched for", a.browser().signIn("/web", merlin), 200, "null")
	u := a.users()[0]
	account := a.accounts(u)[0]
	if token, err := sealed.Open(account.RefreshToken, account); err != nil || token != "refresh-me" || !u.IsVerified {
		t.Errorf("got %v, verified %v", err, u.IsVerified)
	}
	if want := a.clock().Add(time.Hour); !account.ExpiresAt.Equal(want) {
		t.Errorf("expiry: got %v, want %v", account.ExpiresAt, want)
	}
}

// The flow works behind a proxy that hands out the Host header, where that is allowed.
func TestRedirectFromHost(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	group := oauth.Routes(a.auth, a.provider("idp", false), api, oauth.Config{RedirectFromHost: true})
	group.Attach(a.engine.Group("/from/host"))
	q := query(t, a.browser().authorize("/from/host/authorize"))
	if want := a.server.URL + "/from/host/callback"; q.Get("redirect_uri") != want {
		t.Errorf("got %q, want %q", q.Get("redirect_uri"), want)
	}
	// Without TLS it is a proxy that has it, unless nobody else is between.
	for host, want := range map[string]string{
		"www.camelot.bt":    "https://www.camelot.bt/from/host/callback",
		"192.168.0.7:8080":  "https://192.168.0.7:8080/from/host/callback",
		"localhost:8080":    "http://localhost:8080/from/host/callback",
		"127.0.0.1":         "http://127.0.0.1/from/host/callback",
		"localhost.example": "https://localhost.example/from/host/callback",
	} {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "/from/host/authorize", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		w := newRecorder()
		a.engine.ServeHTTP(w, request)
		var body map[string]string
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		if got := query(t, body["authorization_url"]).Get("redirect_uri"); got != want {
			t.Errorf("%s: got %q, want %q", host, got, want)
		}
	}
}
