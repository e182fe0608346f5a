package backends

import (
	"bytes"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// issuedForm reads payloads that are byte for byte of the form in which [JWT]
// issues them, which nearly all are, without a JSON decoder. Whatever else a
// payload is, it is left to the decoder.
type issuedForm struct {
	audience []byte // from after the subject to before iat
	backend  []byte // from after the version to before what is optional
}

// newIssuedForm returns the form of payloads issued for audience by the backend.
func newIssuedForm(audience, backend string) (issuedForm, error) {
	quoted, err := jsontext.AppendQuote(nil, audience)
	if err != nil {
		return issuedForm{}, err
	}
	return issuedForm{
		audience: []byte(`","aud":[` + string(quoted) + `],"iat":`),
		backend:  []byte(`,"bk":"` + backend + `"`), // a reduced name needs no escapes
	}, nil
}

// decode returns the claims of a payload of the form. The audience is the issued
// one. It reports false for any other payload, good or bad.
func (f issuedForm) decode(payload []byte) (claims acceptedClaims, ok bool) {
	rest, ok := bytes.CutPrefix(payload, []byte(`{"sub":"`))
	if !ok {
		return acceptedClaims{}, false
	}
	subject, rest := cutPlain(rest)
	if rest, ok = bytes.CutPrefix(rest, f.audience); !ok || len(subject) == 0 {
		return acceptedClaims{}, false
	}
	var iat, exp, version int64
	if iat, rest, ok = cutInteger(rest); !ok {
		return acceptedClaims{}, false
	}
	claims.iat = wholeSeconds(iat)
	if after, expires := bytes.CutPrefix(rest, []byte(`,"exp":`)); expires {
		if exp, rest, ok = cutInteger(after); !ok {
			return acceptedClaims{}, false
		}
		claims.exp = wholeSeconds(exp)
	}
	if rest, ok = bytes.CutPrefix(rest, []byte(`,"jti":"`)); !ok {
		return acceptedClaims{}, false
	}
	_, rest = cutPlain(rest)
	if rest, ok = bytes.CutPrefix(rest, []byte(`","tv":`)); !ok {
		return acceptedClaims{}, false
	}
	if version, rest, ok = cutInteger(rest); !ok {
		return acceptedClaims{}, false
	}
	if rest, ok = bytes.CutPrefix(rest, f.backend); !ok {
		return acceptedClaims{}, false
	}
	session, ok := claims.decodeLogin(rest)
	if !ok {
		return acceptedClaims{}, false
	}
	claims.version = version
	// One string for both, so that a session costs no allocation of its own.
	both := string(append(append(make([]byte, 0, 64), subject...), session...))
	claims.subject, claims.login.Session = both[:len(subject)], both[len(subject):]
	return claims, true
}

// decodeLogin reads the end of a payload of the form: what it says of the login, whose
// session it returns. It reports false for impersonated and scoped logins, which are few.
func (c *acceptedClaims) decodeLogin(rest []byte) (session []byte, ok bool) {
	if after, given := bytes.CutPrefix(rest, []byte(`,"sid":"`)); given {
		end := bytes.IndexByte(after, '"')
		if end < 0 || !plainText(after[:end]) {
			return nil, false
		}
		session, rest = after[:end], after[end+1:]
	}
	if after, given := bytes.CutPrefix(rest, []byte(`,"auth_time":`)); given {
		var at int64
		if at, rest, ok = cutInteger(after); !ok {
			return nil, false
		}
		c.authenticated = wholeSeconds(at)
	}
	if after, given := bytes.CutPrefix(rest, []byte(`,"amr":`)); given {
		end := bytes.IndexByte(after, ']')
		if end < 0 {
			return nil, false
		}
		if c.login.Methods, ok = commonMethods[string(after[:end+1])]; !ok {
			return nil, false
		}
		rest = after[end+1:]
	}
	return session, string(rest) == "}"
}

// plainText reports whether text has only letters, digits, "-" and "_".
func plainText(text []byte) bool {
	for _, b := range text {
		if !isLetter(rune(b)) && (b < '0' || b > '9') && b != '-' && b != '_' {
			return false
		}
	}
	return true
}

// cutPlain cuts off what stands in a JSON string as it is: letters, digits and
// hyphens, the whole alphabet of our IDs.
func cutPlain(text []byte) (plain, rest []byte) {
	i := 0
	for i < len(text) && (isLetter(rune(text[i])) || text[i] >= '0' && text[i] <= '9' || text[i] == '-') {
		i++
	}
	return text[:i], text[i:]
}

// cutInteger cuts off an integer as JSON writes it, without sign, of no more digits
// than the end of the year 9999 has.
func cutInteger(text []byte) (value int64, rest []byte, ok bool) {
	i := 0
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		if i == len("253402300799") {
			return 0, nil, false
		}
		value = 10*value + int64(text[i]-'0')
		i++
	}
	if i == 0 || i > 1 && text[0] == '0' || value > maxNumericDate {
		return 0, nil, false
	}
	return value, text[i:], true
}

func wholeSeconds(seconds int64) date { return date{at: time.Unix(seconds, 0), given: true} }
