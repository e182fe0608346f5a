package backends_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/backends"
)

// FuzzJWTRead compares with the parser of golang-jwt: what is accepted here is
// accepted there, and what is accepted only there has one of the known faults.
func FuzzJWTRead(f *testing.F) {
	c := newClock(f)
	tokens := c.setUp(f, backends.JWT{Lifetime: backends.Forever, Audiences: []string{"ginauth:auth", "camelot"}})
	key := c.keys.Derive("ginauth:auth")[0]
	// A second more, as golang-jwt cuts off fractions.
	theirs := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithStrictDecoding(), jwt.WithLeeway(time.Second),
		jwt.WithAudience("ginauth:auth", "camelot"), jwt.WithTimeFunc(c.time))
	// Fixed, because the processes that fuzz each make their own.
	good := signHS256(f, key, `{"sub":"`+arthurID+`","aud":["ginauth:auth"],"exp":1767229200}`)
	f.Add(good, `{"sub":"`+arthurID+`","aud":["ginauth:auth"],"iat":1767225600,"exp":1767229200,"tv":0}`)
	f.Add("eyJhbGciOiJub25lIn0.e30.", `{"sub":"`+arthurID+`","aud":"camelot","exp":1e9,"nbf":-0.0}`)
	f.Add("..", `{"sub":1,"aud":[null],"exp":null}`)
	f.Add(good[:len(good)-1], `{"sub":"`+strings.ToUpper(arthurID)+`","aud":["x","camelot"],"exp":1767225600.5,"EXP":1}`)
	f.Add(good+".", `{"sub":"`+arthurID+`","sub":"`+arthurID+`","aud":"camelot","tv":1e3,"iat":1767225631}`)
	f.Fuzz(func(t *testing.T, token, claims string) {
		if _, found, err := tokens.Read(t.Context(), token); err != nil || found && token != good {
			t.Errorf("Read(%q): got found %v, error %v, want nobody", token, found, err)
		}
		signed := signHS256(t, key, claims)
		identity, found, err := tokens.Read(t.Context(), signed)
		if err != nil || found && (identity.UserID == "" || identity.TokenVersion < 0) {
			t.Errorf("claims %q: got %+v, found %v, error %v", claims, identity, found, err)
		}
		_, theirErr := theirs.Parse(signed, func(*jwt.Token) (any, error) { return key, nil })
		switch {
		case found && theirErr != nil:
			t.Errorf("claims %q: accepted, but golang-jwt says %v", claims, theirErr)
		case !found && theirErr == nil && !onlyRefusedHere(c, signed, claims):
			t.Errorf("claims %q: refused, but golang-jwt accepts them", claims)
		}
	})
}

var plainNumber = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)

// onlyRefusedHere reports a fault that golang-jwt does not look at.
func onlyRefusedHere(c *clock, token, claims string) bool {
	var fields map[string]jsontext.Value
	if len(token) > 8192 || json.Unmarshal([]byte(claims), &fields) != nil {
		return true // a claim twice, or invalid UTF-8
	}
	var sub string
	if json.Unmarshal(fields["sub"], &sub) != nil {
		return true
	}
	if _, err := c.setup().ParseID(sub); err != nil {
		return true
	}
	version, given := fields["tv"]
	if _, err := strconv.ParseInt(string(version), 10, 64); given && (err != nil || !plainNumber.Match(version)) {
		return true
	}
	now := float64(c.time().Unix())
	within := map[string][2]float64{"exp": {now + 1e-6, 253402300799}, "nbf": {0, now}, "iat": {0, now + 30}}
	for name, bounds := range within {
		if raw := fields[name]; len(raw) > 0 {
			seconds, err := strconv.ParseFloat(string(raw), 64)
			if err != nil || seconds < bounds[0] || seconds > bounds[1] {
				return true
			}
		}
	}
	var audiences []string
	return json.Unmarshal(fields["aud"], &audiences) == nil && strings.Contains("\x00"+strings.Join(audiences, "\x00")+"\x00", "\x00\x00")
}
