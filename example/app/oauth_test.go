package app

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// consent is the form of the demo provider's page.
var consent = regexp.MustCompile(`<form method="post" action="([^"]+)">`)

// authorize begins a flow and returns where the provider is.
func (c *client) authorize(group string) string {
	c.t.Helper()
	return decode[struct {
		URL string `json:"authorization_url"`
	}](c.t, c.wantStatus("GET", group, nil, http.StatusOK)).URL
}

// follow goes to the provider, signs in by its page, and returns where the provider
// sends the browser back.
func (c *client) follow(authorization string, form url.Values) (callback string) {
	c.t.Helper()
	page := c.wantStatus("GET", authorization, nil, http.StatusFound)
	shown := c.wantStatus("GET", page.header.Get("Location"), nil, http.StatusOK)
	found := consent.FindStringSubmatch(shown.body)
	if found == nil {
		c.t.Fatalf("page of the provider: got no form: %s", shown.body)
	}
	return c.wantStatus("POST", html.UnescapeString(found[1]), form, http.StatusSeeOther).header.Get("Location")
}

func identity(email, subject string, change ...string) url.Values {
	form := url.Values{"email": {email}, "sub": {subject}}
	for _, name := range change {
		form.Set(name, "on")
	}
	return form
}

func TestOAuthJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client()
	callback := c.follow(c.authorize("/auth/demo/authorize"), identity(arthur, "1094", "email_verified"))
	if want := w.url + "/auth/demo/callback?"; !strings.HasPrefix(callback, want) {
		t.Fatalf("back from the provider: got %s, want %s…", callback, want)
	}
	token := decode[struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
	}](t, c.wantStatus("GET", callback, nil, http.StatusOK))
	c.bearer = token.AccessToken
	me := decode[userJSON](t, c.wantStatus("GET", "/users/me", nil, http.StatusOK))
	if me.Email != arthur || me.IsVerified || me.Plan != "free" || me.FirstName != nil {
		t.Errorf("the new user: got %+v, want %s, not verified, on the plan free", me, arthur)
	}
	if c.inFlow() {
		t.Error("cookie of the flow: got it afterwards, want it cleared")
	}
	if a := c.call("GET", callback, nil); a.status != http.StatusBadRequest {
		t.Errorf("the same answer again: got %d %s, want 400", a.status, a.body)
	}
}

func TestOAuthRedirect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, target := range map[string]string{
		"":                                   "/",
		"?redirect_to=" + w.url + "/":        "/",
		"?redirect_to=" + w.url + "/account": "/account",
	} {
		c := w.client()
		callback := c.follow(c.authorize("/auth/demo-web/authorize"+query), identity(arthur, "1094"))
		a := c.wantStatus("GET", callback, nil, http.StatusSeeOther)
		if got := a.header.Get("Location"); got != w.url+target || a.body != "" {
			t.Errorf("%s: got %s %q, want %s and no body", query, got, a.body, w.url+target)
		}
		if cookies := c.cookies(); !cookies["ginauth"] || c.inFlow() {
			t.Errorf("%s: cookies: got %v, want ginauth alone", query, cookies)
		}
		c.wantStatus("GET", "/protected/cookie-only", nil, http.StatusOK)
	}
	w.client().want("GET", "/auth/demo-web/authorize?redirect_to=https://evil.example/", nil, http.StatusUnprocessableEntity,
		`{"detail":[{"loc":["query","redirect_to"],"msg":"unknown redirect URL","type":"value_error"}]}`)
}

func TestAssociation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person(arthur)
	c := w.client().logIn("session", arthur)
	link := func(form url.Values) answer {
		return c.call("GET", c.follow(c.authorize("/auth/associate/demo/authorize"), form), nil)
	}
	a := link(identity("wart@tintagel.bt", "wart"))
	if me := decode[userJSON](t, a); a.status != http.StatusOK || me.Email != arthur {
		t.Errorf("link: got %d %s, want 200 and the own user", a.status, a.body)
	}
	link(identity("wart2@tintagel.bt", "wart2"))
	list := decode[[]map[string]string](t, c.wantStatus("GET", "/users/me/oauth-accounts", nil, http.StatusOK))
	if len(list) != 2 || list[0]["provider"] != "demo" || list[0]["account_id"] != "wart" || list[0]["account_email"] != "wart@tintagel.bt" || list[1]["account_id"] != "wart2" {
		t.Errorf("linked accounts: got %v, want wart and wart2", list)
	}
	if a := link(identity("", "nobody")); a.status != http.StatusBadRequest || a.body != `{"detail":"OAUTH_NOT_AVAILABLE_EMAIL"}` {
		t.Errorf("link an account without e-mail: got %d %s, want 400 OAUTH_NOT_AVAILABLE_EMAIL", a.status, a.body)
	}

	w.person("merlin@camelot.bt")
	c = w.client().logIn("cookie", "merlin@camelot.bt")
	if a := link(identity("wart@tintagel.bt", "wart")); a.status != http.StatusBadRequest || a.body != `{"detail":"OAUTH_ACCOUNT_ALREADY_LINKED"}` {
		t.Errorf("link somebody else's: got %d %s, want 400 OAUTH_ACCOUNT_ALREADY_LINKED", a.status, a.body)
	}
}

// The demo provider says of every address that it is verified, if one asks it to.
func TestDemoProviderTakesNoAccountOver(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"off", "on"} {
		w := newWorld(t, func(s *Settings) { s.AssociateByEmail = setting })
		w.person(arthur, verified)
		c := w.client()
		callback := c.follow(c.authorize("/auth/demo/authorize"), identity(arthur, "1094", "email_verified"))
		c.want("GET", callback, nil, http.StatusBadRequest, `{"detail":"OAUTH_USER_ALREADY_EXISTS"}`)
	}
}

func TestAssociateByEmailOfRealProviders(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]bool{"off": false, "on": true} {
		a := &App{settings: Settings{PublicURL: "https://camelot.bt", AssociateByEmail: setting}}
		if got := a.oauthConfig(way{Name: "github"}, "/auth/github").AssociateByEmail; got != want {
			t.Errorf("%s: got AssociateByEmail %v, want %v", setting, got, want)
		}
	}
}

// The provider is asked inside the process, so its public address need not be
// reachable from there.
func TestDemoProviderBehindAProxy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *Settings) { s.PublicURL = "https://camelot.bt" })
	c := w.client()
	c.http.Transport = proxy{w.url}
	w.url = "https://camelot.bt"
	authorization := c.authorize("/auth/demo/authorize")
	if want := "https://camelot.bt/demo-provider/authorize?"; !strings.HasPrefix(authorization, want) {
		t.Fatalf("authorization URL: got %s, want %s…", authorization, want)
	}
	c.wantStatus("GET", c.follow(authorization, identity(arthur, "1094")), nil, http.StatusOK)
}

// proxy stands for one that takes the TLS off: it sends what is for https://camelot.bt to where the app is.
type proxy struct{ to string }

func (p proxy) RoundTrip(r *http.Request) (*http.Response, error) {
	u, err := url.Parse(p.to)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = u.Scheme, u.Host
	return http.DefaultTransport.RoundTrip(r)
}

func TestRealProviders(t *testing.T) {
	t.Parallel()
	variables := map[string]string{}
	for _, k := range known {
		variables[strings.ToUpper(k.name)+"_CLIENT_ID"] = "id-of-" + k.name
		variables[strings.ToUpper(k.name)+"_CLIENT_SECRET"] = "secret"
	}
	s, err := ParseSettings(nil, environment(variables))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *Settings) { c.Providers = s.Providers })
	w.person(arthur)
	c := w.client().logIn("cookie", arthur)
	page := w.client().wantStatus("GET", "/", nil, http.StatusOK).body
	linked := c.wantStatus("GET", "/me/linked", nil, http.StatusOK).body
	for _, k := range known {
		if !strings.Contains(page, `href="/me/sign-in/with/`+k.name+`">Continue with `+k.title+"</a>") || !strings.Contains(linked, `href="/me/linked/add/`+k.name+`"`) {
			t.Errorf("pages: got no links to %s", k.name)
		}
		c.wantStatus("GET", "/auth/"+k.name+"-web/callback", nil, http.StatusSeeOther)
	}
	// These two need not be asked what they are.
	for name, host := range map[string]string{"github": "github.com", "discord": "discord.com"} {
		for _, group := range []string{"/auth/" + name, "/auth/" + name + "-web", "/auth/associate/" + name} {
			u, err := url.Parse(c.authorize(group + "/authorize"))
			if err != nil {
				t.Fatal(err)
			}
			callback := w.url + group + "/callback"
			if q := u.Query(); u.Host != host || q.Get("client_id") != "id-of-"+name || q.Get("redirect_uri") != callback {
				t.Errorf("%s: got %s, want %s, its client and %s", group, u, host, callback)
			}
		}
	}
}

// inFlow reports whether the browser has the cookie of a flow.
func (c *client) inFlow() bool {
	for name := range c.cookies() {
		if strings.Contains(name, "ginauth_oauth_") {
			return true
		}
	}
	return false
}
