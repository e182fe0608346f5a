package backends

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/internal/strictjwt"
)

// maxNumericDate is the end of the year 9999. A greater time is a mistake, such
// as milliseconds, and would not be the time it seems to be once it overflows.
const maxNumericDate = 253402300799

// issuedClaims are the claims of a token as it is issued.
type issuedClaims struct {
	Subject   string   `json:"sub"`
	Audience  []string `json:"aud"`
	IssuedAt  int64    `json:"iat"`
	ExpiresAt int64    `json:"exp,omitzero"`
	ID        string   `json:"jti"`
	Version   int64    `json:"tv"`
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
}

// acceptedClaims are claims whose types are right.
type acceptedClaims struct {
	subject       string
	audience      jsontext.Value
	iat, nbf, exp date
	version       int64
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
	claims = acceptedClaims{subject: raw.Subject, audience: raw.Audience}
	var okIat, okNbf, okExp, okVersion bool
	claims.iat, okIat = numericDate(raw.IssuedAt)
	claims.nbf, okNbf = numericDate(raw.NotBefore)
	claims.exp, okExp = numericDate(raw.ExpiresAt)
	claims.version, okVersion = tokenVersion(raw.Version)
	return claims, okIat && okNbf && okExp && okVersion
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
