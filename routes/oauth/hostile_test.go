package oauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/internal/hostile"
	"github.com/ginauth/ginauth/user"
)

// patience is what the tests allow a provider that never answers.
const patience = 2 * time.Second

// checkHarmless demands that a provider's sin has left no trace: no user, nobody
// logged in, nothing secret in answer or log; and that all is well afterwards.
func (a *app) checkHarmless(b *browser, r response) {
	a.t.Helper()
	if users := a.users(); len(users) != 0 {
		a.t.Errorf("got users %v, want none", users)
	}
	for _, cookie := range r.header.Values("Set-Cookie") {
		if !strings.HasPrefix(cookie, "__Host-ginauth_oauth_") || !strings.Contains(cookie, "=; Path=/; Max-Age=0;") {
			a.t.Errorf("got cookie %q", cookie)
		}
	}
	form := a.idp.LastForm()
	for what, secret := range map[string]string{
		"client secret": hostile.ClientSecret, "escaped client secret": url.QueryEscape(hostile.ClientSecret),
		"code": form.Get("code"), "verifier": form.Get("code_verifier"), "script": "<script>",
	} {
		if secret != "" && (strings.Contains(a.log.String(), secret) || strings.Contains(r.body, secret)) {
			a.t.Errorf("%s in the log or answer: %s", what, a.log)
		}
	}
	a.idp.Commit("")
	// What is still being fetched ends in a failure, which is remembered for 5 seconds.
	if r := b.get("/web/authorize"); r.status == http.StatusOK {
		b.signIn("/web", merlin)
	}
	a.pass(5 * time.Second)
	if r := b.signIn("/web", merlin); r.status != http.StatusOK {
		a.t.Errorf("afterwards: got %d %s", r.status, r.body)
	}
}

func TestHostileIDToken(t *testing.T) {
	t.Parallel()
	const failed, noEmail = "OAUTH_PROVIDER_ERROR", "OAUTH_NOT_AVAILABLE_EMAIL"
	tests := []struct {
		sin    hostile.Sin
		detail string
	}{
		{hostile.WrongSignature, failed}, {hostile.NoSignature, failed}, {hostile.SignedWithSecret, failed},
		{hostile.WrongAudience, failed}, {hostile.NoAudience, failed}, {hostile.ManyAudiences, failed}, {hostile.OtherParty, failed},
		{hostile.WrongNonce, failed}, {hostile.NoNonce, failed},
		{hostile.WrongIssuer, failed},
		{hostile.Expired, failed}, {hostile.NoExpiry, failed}, {hostile.FromTheFuture, failed}, {hostile.NoIssuedAt, failed},
		{hostile.WrongAccessTokenHash, failed},
		{hostile.NoIDToken, failed}, {hostile.NumberIDToken, failed}, {hostile.Garbage, failed},
		{hostile.NoAccessToken, failed}, {hostile.ErrorWithStatusOK, failed},
		{hostile.EmptySubject, failed}, {hostile.NoSubject, failed}, {hostile.NumberSubject, failed}, {hostile.LongSubject, failed},
		{hostile.ListEmail, failed}, {hostile.LongEmail, failed}, {hostile.TextFlag, failed}, {hostile.NumberFlag, failed},
		{hostile.BadEmail, noEmail},
	}
	for _, test := range tests {
		t.Run(string(test.sin), func(t *testing.T) {
			t.Parallel()
			a := newApp(t, options{})
			b := a.browser()
			back := a.idp.SignIn(b.authorize("/web/authorize"), merlin)
			a.idp.Commit(test.sin)
			r := b.get("/web/callback?" + back.RawQuery)
			check(t, "callback", r, map[string]int{failed: 502, noEmail: 400}[test.detail], detail(test.detail))
			a.checkHarmless(b, r)
		})
	}
}

// What says who somebody is can be spoilt at the userinfo endpoint, too, and that of
// providers without OpenID Connect.
func TestHostileUserInfo(t *testing.T) {
	t.Parallel()
	const failed, noEmail = "OAUTH_PROVIDER_ERROR", "OAUTH_NOT_AVAILABLE_EMAIL"
	tests := []struct {
		sin         hostile.Sin
		openID, own string
	}{
		{hostile.OtherSubject, failed, ""},
		{hostile.EmptySubject, failed, failed}, {hostile.NoSubject, failed, failed},
		{hostile.NumberSubject, failed, failed}, {hostile.LongSubject, failed, failed},
		{hostile.NoEmail, noEmail, noEmail}, {hostile.NullEmail, noEmail, noEmail}, {hostile.BadEmail, noEmail, noEmail},
		{hostile.ListEmail, failed, failed}, {hostile.LongEmail, failed, failed},
		{hostile.TextFlag, failed, failed}, {hostile.NumberFlag, failed, failed},
	}
	for _, test := range tests {
		for plain, want := range map[bool]string{false: test.openID, true: test.own} {
			if want == "" {
				continue
			}
			t.Run(string(test.sin)+map[bool]string{false: " OpenID", true: " plain"}[plain], func(t *testing.T) {
				t.Parallel()
				a := newApp(t, options{plain: plain})
				a.idp.NoEmailInIDToken = true
				b := a.browser()
				back := a.idp.SignIn(b.authorize("/web/authorize"), merlin)
				a.idp.Commit(test.sin)
				r := b.get("/web/callback?" + back.RawQuery)
				check(t, "callback", r, map[string]int{failed: 502, noEmail: 400}[want], detail(want))
				a.checkHarmless(b, r)
			})
		}
	}
}

// Every endpoint broken in every way.
func TestHostileEndpoints(t *testing.T) {
	t.Parallel()
	for _, place := range []string{hostile.AtToken, hostile.AtMe, hostile.AtKeys, hostile.AtDiscovery} {
		for _, breakage := range hostile.Breakages {
			t.Run(place+" "+breakage, func(t *testing.T) {
				t.Parallel()
				o := options{}
				if breakage == hostile.Slow {
					o.timeout = patience
				}
				a := newApp(t, o)
				a.idp.NoEmailInIDToken = true
				b := a.browser()
				if place == hostile.AtDiscovery {
					a.idp.Commit(hostile.At(place, breakage))
					r := b.get("/web/authorize")
					check(t, "authorize", r, http.StatusBadGateway, detail("OAUTH_PROVIDER_ERROR"))
					a.checkHarmless(b, r)
					return
				}
				back := a.idp.SignIn(b.authorize("/web/authorize"), merlin)
				a.idp.Commit(hostile.At(place, breakage))
				r := b.get("/web/callback?" + back.RawQuery)
				check(t, "callback", r, http.StatusBadGateway, detail("OAUTH_PROVIDER_ERROR"))
				if got := a.idp.Redemptions(); got != 1 {
					t.Errorf("got %d redemptions, want 1: never try again", got)
				}
				a.checkHarmless(b, r)
			})
		}
	}
}

// deadlines notes until when each request to a provider may take.
type deadlines struct {
	http.RoundTripper
	mu   sync.Mutex
	seen map[string]time.Time // by path
}

func (d *deadlines) RoundTrip(r *http.Request) (*http.Response, error) {
	until, _ := r.Context().Deadline()
	d.mu.Lock()
	d.seen[r.URL.Path] = until
	d.mu.Unlock()
	return d.RoundTripper.RoundTrip(r)
}

// A provider that is slow each time must not take the time of one request for each.
func TestRequestsOfACallbackShareTheirTime(t *testing.T) {
	t.Parallel()
	d := &deadlines{RoundTripper: http.DefaultTransport, seen: map[string]time.Time{}}
	a := newApp(t, options{config: func(c *oauth.Config) { c.Transport = d }})
	a.idp.NoEmailInIDToken = true
	b := a.browser()
	back := a.idp.SignIn(b.authorize("/web/authorize"), merlin)
	begun := time.Now()
	check(t, "callback", b.get("/web/callback?"+back.RawQuery), http.StatusOK, "null")
	until := d.seen["/token"]
	if left := until.Sub(begun); left <= 0 || left > 11*time.Second {
		t.Errorf("time for the token endpoint: got %v, want 10s", left)
	}
	if got := d.seen["/me"]; !got.Equal(until) {
		t.Errorf("deadline of /me: got %v, want that of the token endpoint, %v", got, until)
	}
	// The keys are for everybody: the callback waits no longer for them than it has
	// time, but fetching them goes on.
	if got := d.seen["/keys"]; got.Before(until) {
		t.Errorf("deadline of /keys: got %v, want not that of the callback, %v", got, until)
	}
}

// A discovery document that is another's, or that sends people, codes or tokens over
// the network in clear.
func TestHostileDiscovery(t *testing.T) {
	t.Parallel()
	sins := []hostile.Sin{hostile.OtherIssuerDiscovered}
	for _, endpoint := range hostile.Endpoints {
		sins = append(sins, hostile.PlainHTTP(endpoint))
	}
	for _, sin := range sins {
		t.Run(string(sin), func(t *testing.T) {
			t.Parallel()
			a := newApp(t, options{})
			a.idp.Commit(sin)
			b := a.browser()
			r := b.get("/web/authorize")
			check(t, "authorize", r, http.StatusBadGateway, detail("OAUTH_PROVIDER_ERROR"))
			a.checkHarmless(b, r)
		})
	}
}

// F37: a provider that is down concerns nobody who has a password.
func TestLocalLoginWithoutProvider(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{})
	a.idp.Close()
	a.create(user.Registration{Email: "arthur@camelot.bt", Password: "guinevere"})
	r, err := a.server.Client().PostForm(a.server.URL+"/auth/login",
		url.Values{"username": {"arthur@camelot.bt"}, "password": {"guinevere"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Errorf("got %d, want 200", r.StatusCode)
	}
	check(t, "authorize", a.browser().get("/api/authorize"), http.StatusBadGateway, detail("OAUTH_PROVIDER_ERROR"))
}

// A provider that does not vouch for an address creates no second user for it, and
// links nothing.
func TestHostileUnverifiedEmail(t *testing.T) {
	t.Parallel()
	for _, sin := range []hostile.Sin{"", hostile.NoFlag, hostile.TextFlag} {
		t.Run(string(sin), func(t *testing.T) {
			t.Parallel()
			a := newApp(t, options{config: func(c *oauth.Config) { c.AssociateByEmail = true }})
			u := a.create(user.Registration{Email: merlin.Email, IsVerified: true})
			who := merlin
			who.Verified = false
			b := a.browser()
			back := a.idp.SignIn(b.authorize("/web/authorize"), who)
			a.idp.Commit(sin)
			r := b.get("/web/callback?" + back.RawQuery)
			if r.status != http.StatusBadRequest && r.status != http.StatusBadGateway {
				t.Errorf("got %d %s", r.status, r.body)
			}
			if len(a.users()) != 1 || len(a.accounts(u)) != 0 {
				t.Errorf("got %d users, %d accounts; want 1 and 0", len(a.users()), len(a.accounts(u)))
			}
		})
	}
}

// Some providers refuse the PKCE verifier.
func TestProviderRefusesVerifier(t *testing.T) {
	t.Parallel()
	a := newApp(t, options{plain: true})
	a.idp.NoVerifier = true
	provider := omitting{roundTable{"omitting", a.idp.URL}}
	oauth.Routes(a.auth, provider, api, oauth.Config{RedirectURL: callback}).Attach(a.engine.Group("/omitting"))
	if r := a.browser().signIn("/omitting", merlin); r.status != http.StatusOK {
		t.Errorf("got %d %s", r.status, r.body)
	}
	check(t, "with verifier", a.browser().signIn("/api", merlin), http.StatusBadGateway, detail("OAUTH_PROVIDER_ERROR"))
	if got := a.idp.Redemptions(); got != 2 {
		t.Errorf("got %d redemptions, want 2: a code is sent once, also where the client could authenticate in another way", got)
	}
}

type omitting struct{ roundTable }

func (p omitting) Client() oauth.Client {
	c := p.roundTable.Client()
	c.InsecureOmitVerifier = true
	return c
}
