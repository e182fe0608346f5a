// Package hostile is an OAuth and OpenID provider for tests. It judges the client by
// itself, counts the codes that are redeemed, and misbehaves as configured.
package hostile

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// What the application is to the provider.
const (
	ClientID     = "camelot"
	ClientSecret = "excalibur:&?="
)

// Provider is the provider. Its methods may be called concurrently.
type Provider struct {
	*httptest.Server
	t           testing.TB
	redirectURI string
	now         func() time.Time

	mu    sync.Mutex
	sin   Sin
	key   *ecdsa.PrivateKey
	keyID string
	codes map[string]*grant
	asked map[string]int
	// lastForm is what came to the token endpoint last.
	lastForm url.Values
	// PlainOAuth makes answers without ID token.
	PlainOAuth bool
	// NoEmailInIDToken has the e-mail at the userinfo endpoint only.
	NoEmailInIDToken bool
	// SendsIssuer says in the discovery document that answers carry "iss".
	SendsIssuer bool
	// NoVerifier refuses the verifier, as some providers do.
	NoVerifier bool
	// RefreshToken comes with the next tokens.
	RefreshToken string
}

// Person signs in at the provider.
type Person struct {
	Subject, Email string
	Verified       bool
	// Claims are what else the ID token says.
	Claims map[string]any
}

// grant is what a code stands for.
type grant struct {
	person           Person
	challenge, nonce string
	accessToken      string
	used             bool
}

// New returns a provider that sends browsers back to redirectURI only. now returns its
// time.
func New(t testing.TB, redirectURI string, now func() time.Time) *Provider {
	p := &Provider{
		t: t, redirectURI: redirectURI, now: now,
		codes: map[string]*grant{}, asked: map[string]int{},
	}
	p.NewKey("key-1")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.misbehaving(AtDiscovery, p.discovery))
	mux.HandleFunc("GET /keys", p.misbehaving(AtKeys, p.keys))
	mux.HandleFunc("POST /token", p.misbehaving(AtToken, p.token))
	mux.HandleFunc("GET /me", p.misbehaving(AtMe, p.me))
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Server.Close)
	return p
}

// NewKey replaces the key that signs ID tokens.
func (p *Provider) NewKey(id string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key, p.keyID = key, id
}

// Commit makes the provider misbehave from now on.
func (p *Provider) Commit(sin Sin) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sin = sin
}

// Redemptions returns how often a code was sent to the token endpoint.
func (p *Provider) Redemptions() int { return p.Asked(AtToken) }

// Asked returns how often an endpoint was asked.
func (p *Provider) Asked(place string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[place]
}

// SignIn does what a browser does at the authorization URL, and what the person does
// on the provider's page. It returns where the browser is sent back to.
func (p *Provider) SignIn(authorizationURL string, person Person) *url.URL {
	p.t.Helper()
	u, err := url.Parse(authorizationURL)
	if err != nil {
		p.t.Fatal(err)
	}
	q := u.Query()
	for name, values := range q {
		if len(values) != 1 {
			p.t.Errorf("authorization URL: %d times %s", len(values), name)
		}
	}
	want := map[string]string{
		"response_type": "code", "client_id": ClientID, "redirect_uri": p.redirectURI, "code_challenge_method": "S256",
	}
	for name, value := range want {
		if got := q.Get(name); got != value {
			p.t.Errorf("authorization URL: %s is %q, want %q", name, got, value)
		}
	}
	if len(q.Get("code_challenge")) != 43 || q.Get("state") == "" {
		p.t.Errorf("authorization URL lacks challenge or state: %s", authorizationURL)
	}
	code := random()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[code] = &grant{person: person, challenge: q.Get("code_challenge"), nonce: q.Get("nonce"), accessToken: random()}
	back, _ := url.Parse(p.redirectURI)
	answer := back.Query()
	answer.Set("code", code)
	answer.Set("state", q.Get("state"))
	if p.SendsIssuer {
		answer.Set("iss", p.URL)
	}
	back.RawQuery = answer.Encode()
	return back
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	document := map[string]any{
		"issuer":                                p.issuerName(),
		"authorization_endpoint":                p.URL + "/authorize",
		"token_endpoint":                        p.URL + "/token",
		"jwks_uri":                              p.URL + "/keys",
		"userinfo_endpoint":                     p.URL + "/me",
		"id_token_signing_alg_values_supported": []string{"HS256", "none", "ES256"},
		"authorization_response_iss_parameter_supported": p.SendsIssuer,
	}
	for _, endpoint := range Endpoints {
		if p.sinIs(PlainHTTP(endpoint)) {
			document[endpoint] = "http://mordred.example.com/"
		}
	}
	answer(w, http.StatusOK, document)
}

func (p *Provider) issuerName() string {
	if p.sinIs(OtherIssuerDiscovered) {
		return "https://mordred.example.com"
	}
	return p.URL
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	public, id := p.key.PublicKey, p.keyID
	p.mu.Unlock()
	point, err := public.Bytes()
	if err != nil {
		p.t.Error(err)
	}
	half := (len(point) - 1) / 2
	answer(w, http.StatusOK, map[string]any{"keys": []map[string]string{{
		"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id,
		"x": encode(point[1 : 1+half]), "y": encode(point[1+half:]),
	}}})
}

// token redeems a code as RFC 6749, section 4.1.3, and RFC 7636, section 4.6, say.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.t.Error(err)
	}
	id, secret, _ := r.BasicAuth()
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	if id == "" {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	if id != ClientID || secret != ClientSecret {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	p.mu.Lock()
	p.lastForm = r.PostForm
	g := p.codes[r.PostForm.Get("code")]
	good := g != nil && !g.used && r.PostForm.Get("grant_type") == "authorization_code" &&
		r.PostForm.Get("redirect_uri") == p.redirectURI && p.proves(g, r.PostForm)
	if good {
		g.used = true
	}
	refresh, plain := p.RefreshToken, p.PlainOAuth
	p.mu.Unlock()
	if !good {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	body := map[string]any{"access_token": g.accessToken, "token_type": "Bearer", "expires_in": 3600}
	if refresh != "" {
		body["refresh_token"] = refresh
	}
	if !plain {
		body["id_token"] = p.idToken(g)
	}
	p.spoil(body)
	answer(w, http.StatusOK, body)
}

func (p *Provider) proves(g *grant, form url.Values) bool {
	verifier := form.Get("code_verifier")
	if p.NoVerifier {
		return verifier == ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return len(verifier) >= 43 && encode(sum[:]) == g.challenge
}

// me is the userinfo endpoint, and that of providers without ID token.
func (p *Provider) me(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.mu.Lock()
	var found *grant
	for _, g := range p.codes {
		if g.used && g.accessToken == token {
			found = g
		}
	}
	p.mu.Unlock()
	if found == nil {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	claims := map[string]any{"sub": found.person.Subject, "email": found.person.Email, "email_verified": found.person.Verified}
	if p.PlainOAuth || p.NoEmailInIDToken {
		p.spoilClaims(claims)
	}
	answer(w, http.StatusOK, claims)
}

func (p *Provider) sinIs(sin Sin) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sin == sin
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func random() string { return rand.Text() + rand.Text() }

// LastForm returns what came to the token endpoint last.
func (p *Provider) LastForm() url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lastForm
}
