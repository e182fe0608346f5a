package hostile

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Sin is one way to misbehave. The zero value is to behave.
type Sin string

// The endpoints, which can all be broken in the same ways.
const (
	AtDiscovery = "discovery"
	AtKeys      = "keys"
	AtToken     = "token"
	AtMe        = "me"
)

// How an endpoint can be broken: At("token", "slow").
const (
	Down     = "down"      // the connection is closed without an answer
	Slow     = "slow"      // no answer until the client gives up
	Status   = "500"       // an internal error
	HTML     = "html"      // an error page, with what the client sent
	OKHTML   = "ok html"   // a page with status 200
	Half     = "half"      // the connection is closed in the middle of the answer
	Huge     = "huge"      // a good answer of 4 MiB
	Redirect = "redirect"  // to the same endpoint
	Empty    = "empty"     // status 200 and nothing else
	Array    = "not asked" // JSON, but of another kind
	Twice    = "twice"     // a good answer with one key that stands there twice
)

// Breakages are all of them.
var Breakages = []string{Down, Slow, Status, HTML, OKHTML, Half, Huge, Redirect, Empty, Array, Twice}

// Spelt is the sin of adding to an endpoint's answer the keys once more in another
// spelling, with other values. A reader of exact keys does not notice.
const Spelt = "other spellings"

// spelt is what is added to an answer, at its end.
var spelt = map[string]string{
	AtDiscovery: `"ISSUER":"https://mordred.example.com","Token_Endpoint":"http://mordred.example.com/","JWKS_URI":"http://mordred.example.com/"`,
	AtKeys:      `"KEYS":[]`,
	AtToken:     `"ACCESS_TOKEN":"mordreds","Acceſſ_token":"mordreds","ERROR":"access_denied","EXPIRES_IN":1,"ID_TOKEN":"e30.e30.e30"`,
	AtMe:        speltClaims,
	atIDToken:   speltClaims + `,"NONCE":"n","AUD":"tintagel","ISS":"https://mordred.example.com","EXP":1,"IAT":1`,
}

// atIDToken stands for what an ID token says.
const atIDToken = "ID token"

const speltClaims = `"SUB":"666","ſub":"667","EMAIL":"mordred@camelot.bt","Email_verified":true,"EMAIL_VERIFIED":true`

// SpeltIDToken and TwiceIDToken are the same two sins in what an ID token says.
const (
	SpeltIDToken Sin = atIDToken + " " + Spelt
	TwiceIDToken Sin = atIDToken + " " + Twice
)

// extended returns the object with members at its end.
func extended(object []byte, members string) []byte {
	object = bytes.TrimRight(object, "}\n")
	return append(object, ","+members+"}"...)
}

// At returns the sin of breaking an endpoint.
func At(place, breakage string) Sin { return Sin(place + " " + breakage) }

// PlainHTTP returns the sin of publishing one of [Endpoints] without TLS.
func PlainHTTP(endpoint string) Sin { return Sin("plain HTTP for " + endpoint) }

// Endpoints are what a discovery document calls them.
var Endpoints = []string{"authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"}

// The sins of an ID token, and of what it says.
const (
	WrongSignature        Sin = "wrong signature"
	NoSignature           Sin = "alg none"
	SignedWithSecret      Sin = "signed with the client's secret"
	WrongAudience         Sin = "wrong audience"
	NoAudience            Sin = "no audience"
	ManyAudiences         Sin = "several audiences, issued to nobody"
	OtherParty            Sin = "issued to another client"
	WrongNonce            Sin = "wrong nonce"
	NoNonce               Sin = "no nonce"
	WrongIssuer           Sin = "wrong issuer"
	OtherIssuerDiscovered Sin = "another issuer discovered"
	Expired               Sin = "expired"
	NoExpiry              Sin = "no expiry"
	FromTheFuture         Sin = "issued in an hour"
	NoIssuedAt            Sin = "no time of issue"
	WrongAccessTokenHash  Sin = "wrong at_hash"
	NoIDToken             Sin = "no ID token"
	NumberIDToken         Sin = "ID token is a number"
	Garbage               Sin = "ID token is no token"
	EmptySubject          Sin = "empty subject"
	NoSubject             Sin = "no subject"
	NumberSubject         Sin = "subject is a number"
	LongSubject           Sin = "subject of 256 bytes"
	NoEmail               Sin = "no e-mail"
	NullEmail             Sin = "null e-mail"
	ListEmail             Sin = "e-mail is a list"
	BadEmail              Sin = "e-mail is none"
	LongEmail             Sin = "e-mail of 2000 bytes"
	TextFlag              Sin = "email_verified is a text"
	NumberFlag            Sin = "email_verified is a number"
	NoFlag                Sin = "no email_verified"
	NoAccessToken         Sin = "no access token"
	ErrorWithStatusOK     Sin = "error with status 200"
	OtherSubject          Sin = "userinfo about somebody else"
)

// How long an access token lives, as some providers say it.
const (
	DecimalLifetime  Sin = "lifetime with a fraction"
	TextLifetime     Sin = "lifetime in a text"
	EmptyLifetime    Sin = "empty lifetime"
	NullLifetime     Sin = "no lifetime"
	WordLifetime     Sin = "lifetime in words"
	NegativeLifetime Sin = "lifetime below zero"
	ListLifetime     Sin = "list of lifetimes"
	EndlessLifetime  Sin = "lifetime beyond numbers"
)

func (p *Provider) misbehaving(place string, behave http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked[place]++
		sin := p.sin
		p.mu.Unlock()
		breakage, broken := strings.CutPrefix(string(sin), place+" ")
		switch {
		case broken && breakage == Twice:
			extends(w, r, behave, `"x":1,"x":2`)
		case broken && breakage == Spelt:
			extends(w, r, behave, spelt[place])
		case broken && slices.Contains(Breakages, breakage):
			breaks(w, r, breakage)
		default:
			behave(w, r)
		}
	}
}

// extends answers as behave does, and more.
func extends(w http.ResponseWriter, r *http.Request, behave http.HandlerFunc, members string) {
	recorded := httptest.NewRecorder()
	behave(recorded, r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(recorded.Code)
	_, _ = w.Write(extended(recorded.Body.Bytes(), members))
}

func breaks(w http.ResponseWriter, r *http.Request, breakage string) {
	switch breakage {
	case Down:
		panic(http.ErrAbortHandler)
	case Slow:
		_ = r.ParseForm() // so that the server notices when the client goes
		<-r.Context().Done()
	case Status:
		w.WriteHeader(http.StatusInternalServerError)
	case HTML:
		_ = r.ParseForm()
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html><script>alert(1)</script>" + r.PostForm.Encode() + "</html>"))
	case OKHTML:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><h1>Please try again</h1></html>"))
	case Half:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte(`{"access_token":"half","token_type":`))
	case Huge:
		huge(w)
	case Redirect:
		http.Redirect(w, r, r.URL.String(), http.StatusTemporaryRedirect)
	case Empty:
		w.WriteHeader(http.StatusOK)
	case Array:
		answer(w, http.StatusOK, []int{1, 2, 3})
	}
}

// huge answers what would be valid if it were read to its end.
func huge(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"access_token":"huge","sub":"1094","email":"merlin@camelot.bt","email_verified":true,"padding":"`))
	block := []byte(strings.Repeat("x", 64<<10))
	for range 64 {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
	_, _ = w.Write([]byte(`"}`))
}

func (p *Provider) idToken(g *grant) string {
	p.mu.Lock()
	key, keyID, sin := p.key, p.keyID, p.sin
	p.mu.Unlock()
	now := p.now()
	claims := jwt.MapClaims{
		"iss": p.URL, "aud": ClientID, "sub": g.person.Subject, "nonce": g.nonce,
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	if !p.NoEmailInIDToken {
		claims["email"], claims["email_verified"] = g.person.Email, g.person.Verified
	}
	maps.Copy(claims, g.person.Claims)
	spoilIDToken(sin, claims, now)
	if !p.NoEmailInIDToken {
		p.spoilClaims(claims)
	}
	return p.sign(sin, claims, key, keyID)
}

func (p *Provider) sign(sin Sin, claims jwt.MapClaims, key *ecdsa.PrivateKey, keyID string) string {
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	var with any = key
	switch sin {
	case WrongSignature:
		other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			p.t.Error(err)
		}
		with = other
	case NoSignature:
		token, with = jwt.NewWithClaims(jwt.SigningMethodNone, claims), jwt.UnsafeAllowNoneSignatureType
	case SignedWithSecret:
		token, with = jwt.NewWithClaims(jwt.SigningMethodHS256, claims), []byte(ClientSecret)
	}
	token.Header["kid"] = keyID
	header, err := json.Marshal(token.Header)
	payload, err2 := json.Marshal(claims)
	switch sin {
	case SpeltIDToken:
		payload = extended(payload, spelt[atIDToken])
	case TwiceIDToken:
		payload = extended(payload, `"email_verified":true`)
	}
	signed := encode(header) + "." + encode(payload)
	signature, err3 := token.Method.Sign(signed, with)
	if err := errors.Join(err, err2, err3); err != nil {
		p.t.Error(err)
	}
	return signed + "." + encode(signature)
}

func spoilIDToken(sin Sin, claims jwt.MapClaims, now time.Time) {
	switch sin {
	case WrongAudience:
		claims["aud"] = "tintagel"
	case NoAudience:
		delete(claims, "aud")
	case ManyAudiences:
		claims["aud"] = []string{ClientID, "tintagel"}
	case OtherParty:
		claims["aud"], claims["azp"] = []string{ClientID, "tintagel"}, "tintagel"
	case WrongNonce:
		claims["nonce"] = strings.Repeat("n", 43)
	case NoNonce:
		delete(claims, "nonce")
	case WrongIssuer:
		claims["iss"] = "https://mordred.example.com"
	case Expired:
		claims["exp"] = now.Add(-time.Second).Unix()
	case NoExpiry:
		delete(claims, "exp")
	case FromTheFuture:
		claims["iat"] = now.Add(time.Hour).Unix()
	case NoIssuedAt:
		delete(claims, "iat")
	case WrongAccessTokenHash:
		claims["at_hash"] = encode(make([]byte, 16))
	}
}

// spoilClaims spoils the claims about the identity, wherever they are.
func (p *Provider) spoilClaims(claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.sin {
	case EmptySubject:
		claims["sub"] = ""
	case NoSubject:
		delete(claims, "sub")
	case NumberSubject:
		claims["sub"] = 1094
	case LongSubject:
		claims["sub"] = strings.Repeat("s", 256)
	case OtherSubject:
		claims["sub"] = "somebody-else"
	case NoEmail:
		delete(claims, "email")
	case NullEmail:
		claims["email"] = nil
	case ListEmail:
		claims["email"] = []string{"merlin@camelot.bt"}
	case BadEmail:
		claims["email"] = "merlin"
	case LongEmail:
		claims["email"] = strings.Repeat("e", 1990) + "@camelot.bt"
	case TextFlag:
		claims["email_verified"] = "true"
	case NumberFlag:
		claims["email_verified"] = 1
	case NoFlag:
		delete(claims, "email_verified")
	}
}

func (p *Provider) spoil(body map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.sin {
	case NoIDToken:
		delete(body, "id_token")
	case NumberIDToken:
		body["id_token"] = 1
	case Garbage:
		body["id_token"] = "e30.e30.e30"
	case DecimalLifetime:
		body["expires_in"] = json.RawMessage("3600.0")
	case TextLifetime:
		body["expires_in"] = "3600"
	case EmptyLifetime:
		body["expires_in"] = ""
	case NullLifetime:
		body["expires_in"] = nil
	case WordLifetime:
		body["expires_in"] = "an hour"
	case NegativeLifetime:
		body["expires_in"] = -1
	case ListLifetime:
		body["expires_in"] = []int{3600}
	case EndlessLifetime:
		body["expires_in"] = json.RawMessage("1e400")
	case NoAccessToken:
		delete(body, "access_token")
	case ErrorWithStatusOK:
		body["error"] = "temporarily_unavailable"
	}
}
