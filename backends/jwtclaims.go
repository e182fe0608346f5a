package backends

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/internal/strictjwt"
	"github.com/ginauth/ginauth/user"
)

// maxNumericDate is the end of the year 9999. A greater time is a mistake, such
// as milliseconds, and would not be the time it seems to be once it overflows.
const maxNumericDate = 253402300799

// issuedClaims are the claims of a token as it is issued.
type issuedClaims struct {
	Subject   string        `json:"sub"`
	Audience  []string      `json:"aud"`
	IssuedAt  int64         `json:"iat"`
	ExpiresAt int64         `json:"exp,omitzero"`
	ID        string        `json:"jti"`
	Version   int64         `json:"tv"`
	Backend   string        `json:"bk"`
	Session   string        `json:"sid,omitzero"`
	AuthTime  int64         `json:"auth_time,omitzero"`
	Methods   []user.Method `json:"amr,omitzero"`
	Actor     *actorClaim   `json:"act,omitzero"`
	Scope     *string       `json:"scope,omitzero"`
}

// actorClaim is the user who acts for the subject (RFC 8693, section 4.1).
type actorClaim struct {
	Subject string `json:"sub"`
	Version int64  `json:"tv"`
}

// newIssuedClaims returns the claims that follow from a login.
func newIssuedClaims(login user.Login) issuedClaims {
	claims := issuedClaims{
		Subject: string(login.User.ID),
		Version: login.User.TokenVersion,
		Session: login.Session,
		Methods: login.Methods,
	}
	if !login.At.IsZero() {
		claims.AuthTime = login.At.Unix()
	}
	if login.Actor != "" {
		claims.Actor = &actorClaim{string(login.Actor), login.ActorVersion}
	}
	if login.Scopes != nil {
		scope := strings.Join(login.Scopes, " ")
		claims.Scope = &scope
	}
	return claims
}

// rawClaims are the claims that are looked at. Everything but the subject is kept
// as it is written, because an absent claim and a null are not the same.
type rawClaims struct {
	Subject   string         `json:"sub"`
	Audience  jsontext.Value `json:"aud"`
	IssuedAt  jsontext.Value `json:"iat"`
	NotBefore jsontext.Value `json:"nbf"`
	ExpiresAt jsontext.Value `json:"exp"`
	Version   jsontext.Value `json:"tv"`
	Backend   jsontext.Value `json:"bk"`
	Session   jsontext.Value `json:"sid"`
	AuthTime  jsontext.Value `json:"auth_time"`
	Methods   jsontext.Value `json:"amr"`
	Actor     jsontext.Value `json:"act"`
	Scope     jsontext.Value `json:"scope"`
}

// acceptedClaims are claims whose types are right.
type acceptedClaims struct {
	subject       string
	audience      jsontext.Value
	iat, nbf, exp date
	version       int64
	backend       jsontext.Value // nil where it is not given, or is the right one
	authenticated date
	login         user.Login
}

// facts returns how and when the login was made. Tokens without the time, and without
// an actor, were issued at it.
func (c *acceptedClaims) facts() user.Login {
	login := c.login
	switch {
	case c.authenticated.given:
		login.At = c.authenticated.at
	case login.Actor == "":
		login.At = c.iat.at
	}
	return login
}

// fits reports whether the token is of that backend, or does not name one.
func (c *acceptedClaims) fits(backend string) bool {
	text, ok := optionalText(c.backend)
	return ok && (len(c.backend) == 0 || text == backend)
}

// date is a time that a claim may give.
type date struct {
	at    time.Time
	given bool
}

// numeric returns the date in room, nil for none.
func (d date) numeric(room *jwt.NumericDate) *jwt.NumericDate {
	if !d.given {
		return nil
	}
	room.Time = d.at
	return room
}

// inTime checks the times of the claims at now.
func (c *acceptedClaims) inTime(now time.Time, forever bool) bool {
	var exp, nbf, iat jwt.NumericDate
	return strictjwt.Times(now, c.exp.numeric(&exp), c.nbf.numeric(&nbf), c.iat.numeric(&iat), forever) == nil
}

// issuedBefore reports whether a token may be older than from, which the zero time
// is not.
func (c *acceptedClaims) issuedBefore(from time.Time) bool {
	return !from.IsZero() && (!c.iat.given || c.iat.at.Before(from))
}

// decodeClaims reads a payload. A repeated claim, invalid UTF-8 and a claim of
// another type than RFC 7519 gives it are refused.
func decodeClaims(payload []byte) (claims acceptedClaims, ok bool) {
	var raw rawClaims
	if json.Unmarshal(payload, &raw) != nil || raw.Subject == "" {
		return acceptedClaims{}, false
	}
	return raw.accept()
}

// decodeLegacyClaims is decodeClaims for a payload without a subject, whose user is
// in the claim user_id.
func decodeLegacyClaims(payload []byte) (claims acceptedClaims, ok bool) {
	var raw struct {
		rawClaims
		Subject jsontext.Value `json:"sub"`
		UserID  string         `json:"user_id"`
	}
	if json.Unmarshal(payload, &raw) != nil || len(raw.Subject) > 0 || raw.UserID == "" {
		return acceptedClaims{}, false
	}
	raw.rawClaims.Subject = raw.UserID
	return raw.accept()
}

func (raw rawClaims) accept() (claims acceptedClaims, ok bool) {
	claims = acceptedClaims{subject: raw.Subject, audience: raw.Audience, backend: raw.Backend}
	var okIat, okNbf, okExp, okVersion, okAuthTime, okLogin bool
	claims.iat, okIat = numericDate(raw.IssuedAt)
	claims.nbf, okNbf = numericDate(raw.NotBefore)
	claims.exp, okExp = numericDate(raw.ExpiresAt)
	claims.version, okVersion = tokenVersion(raw.Version)
	claims.authenticated, okAuthTime = numericDate(raw.AuthTime)
	claims.login, okLogin = raw.login()
	return claims, okIat && okNbf && okExp && okVersion && okAuthTime && okLogin
}

// login returns what the claims say of the login, but its time.
func (raw *rawClaims) login() (login user.Login, ok bool) {
	session, ok := optionalText(raw.Session)
	if !ok {
		return user.Login{}, false
	}
	login.Session = session
	if login.Methods, ok = methodsOf(raw.Methods); !ok {
		return user.Login{}, false
	}
	if len(raw.Actor) > 0 {
		var actor actorClaim
		if raw.Actor.Kind() != '{' || json.Unmarshal(raw.Actor, &actor) != nil || actor.Subject == "" || actor.Version < 0 {
			return user.Login{}, false
		}
		login.Actor, login.ActorVersion = user.ID(actor.Subject), actor.Version
	}
	login.Scopes, ok = scopesOf(raw.Scope)
	return login, ok
}

// scopesOf reads the claim "scope": a string of scopes with spaces between them (RFC
// 8693, section 4.2) or, as other systems write it, an array. An absent one is nil.
func scopesOf(raw jsontext.Value) (scopes []string, ok bool) {
	switch raw.Kind() {
	case '"':
		var text string
		ok = json.Unmarshal(raw, &text) == nil
		return append([]string{}, strings.Fields(text)...), ok
	case '[':
		scopes = []string{}
		ok = json.Unmarshal(raw, &scopes) == nil
		return scopes, ok
	}
	return nil, len(raw) == 0
}

// optionalText reads a string; an absent one is empty.
func optionalText(raw jsontext.Value) (text string, ok bool) {
	if len(raw) == 0 {
		return "", true
	}
	ok = raw.Kind() == '"' && json.Unmarshal(raw, &text) == nil
	return text, ok
}

// numericDate reads a number of seconds, which may have a fraction; not given
// where the claim is absent.
func numericDate(raw jsontext.Value) (d date, ok bool) {
	if len(raw) == 0 {
		return date{}, true
	}
	if raw.Kind() != '0' {
		return date{}, false
	}
	seconds, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || seconds < 0 || seconds > maxNumericDate {
		return date{}, false
	}
	whole, fraction := math.Modf(seconds)
	return date{at: time.Unix(int64(whole), int64(fraction*1e9)), given: true}, true
}

// tokenVersion reads an integer that is not negative; an absent one is 0.
func tokenVersion(raw jsontext.Value) (version int64, ok bool) {
	if len(raw) == 0 {
		return 0, true
	}
	version, err := strconv.ParseInt(string(raw), 10, 64)
	return version, err == nil && version >= 0
}

// meets reports whether the audience, a string or an array of strings, has one
// of those accepted.
func (c acceptedClaims) meets(accepted []string) bool {
	var several []string
	switch c.audience.Kind() {
	case '"':
		several = make([]string, 1)
		if json.Unmarshal(c.audience, &several[0]) != nil {
			return false
		}
	case '[':
		// A null among them is decoded as an empty text, which is no audience either.
		if json.Unmarshal(c.audience, &several) != nil || slices.Contains(several, "") {
			return false
		}
	}
	return slices.ContainsFunc(several, func(one string) bool { return slices.Contains(accepted, one) })
}
