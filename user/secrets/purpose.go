package secrets

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/internal/strictjwt"
)

// Purpose signs and reads the tokens of one purpose, such as "ginauth:reset".
// A token is a JWT (RFC 7519) signed with HS256 by a key derived for the purpose,
// whose audience is the purpose: no other purpose accepts it. It is immutable
// and safe for concurrent use.
type Purpose struct {
	audience string
	lifetime time.Duration
	now      func() time.Time
	from     time.Time
	keys     []strictjwt.Key
}

// NewPurpose returns the tokens of the given audience. Keys are derived with the audience
// as info; lifetime must be positive, now returns the time.
func NewPurpose(keys *Keys, audience string, lifetime time.Duration, now func() time.Time) *Purpose {
	return &Purpose{audience: audience, lifetime: lifetime, now: now, keys: strictjwt.HS256(keys.Derive(audience)...)}
}

// ValidFrom returns the same tokens, except that those issued before from have expired;
// the zero time ends none.
func (p *Purpose) ValidFrom(from time.Time) *Purpose {
	since := *p
	since.from = from
	return &since
}

// Lifetime returns how long a token is valid.
func (p *Purpose) Lifetime() time.Duration { return p.lifetime }

// Sign returns a token that carries claims, which must not be named aud, iat or exp.
func (p *Purpose) Sign(claims map[string]string) (string, error) {
	now := p.now()
	all := jwt.MapClaims{
		"aud": p.audience,
		"iat": now.Unix(),
		"exp": now.Add(p.lifetime).Unix(),
	}
	for name, value := range claims {
		all[name] = value
	}
	return strictjwt.Sign(p.keys[0], all)
}

// Errors of [Purpose.Read].
var (
	// ErrBadToken says that a token is not valid, or no longer.
	ErrBadToken = errors.New("user: bad token")
	// ErrExpiredToken reports an authentic token that is too old. It matches
	// ErrBadToken.
	ErrExpiredToken error = expiredError{}
)

// Read returns the claims of a token, as far as they are texts. The error is
// [ErrExpiredToken] for a token that was valid and is too old, and [ErrBadToken] for any
// other that is not valid.
func (p *Purpose) Read(token string) (map[string]string, error) {
	claims, err := p.read(token)
	switch {
	case err == nil:
		return claims, nil
	case errors.Is(err, strictjwt.ErrExpired):
		return nil, ErrExpiredToken
	}
	return nil, ErrBadToken
}

func (p *Purpose) read(token string) (map[string]string, error) {
	var claims purposeClaims
	if err := strictjwt.Read(token, p.keys, &claims); err != nil {
		return nil, err
	}
	if claims.audience != p.audience {
		return nil, strictjwt.ErrInvalid
	}
	if err := strictjwt.Times(p.now(), claims.exp, claims.nbf, claims.iat, false); err != nil {
		return nil, err
	}
	if !p.from.IsZero() && (claims.iat == nil || claims.iat.Before(p.from)) {
		return nil, strictjwt.ErrExpired
	}
	return claims.texts, nil
}

// Format prints the audience only, whatever the verb.
func (p Purpose) Format(state fmt.State, _ rune) { fmt.Fprint(state, "purpose "+p.audience) }

// purposeClaims takes the audience only as a plain string, as it is issued.
type purposeClaims struct {
	jwt.MapClaims // the methods of jwt.Claims; not used

	audience      string
	exp, nbf, iat *jwt.NumericDate
	texts         map[string]string
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *purposeClaims) UnmarshalJSON(data []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	c.texts = make(map[string]string, len(fields))
	for name, raw := range fields {
		if err := c.take(name, raw); err != nil {
			return err
		}
	}
	return nil
}

func (c *purposeClaims) take(name string, raw json.RawMessage) error {
	switch name {
	case "aud":
		return json.Unmarshal(raw, &c.audience)
	case "exp":
		return json.Unmarshal(raw, &c.exp)
	case "nbf":
		return json.Unmarshal(raw, &c.nbf)
	case "iat":
		return json.Unmarshal(raw, &c.iat)
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		c.texts[name] = text
	}
	return nil
}

type expiredError struct{}

func (expiredError) Error() string { return "user: token expired" }

func (expiredError) Is(target error) bool { return target == ErrBadToken }
