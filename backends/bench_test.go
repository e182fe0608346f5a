package backends_test

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/backends"
)

func BenchmarkJWTRead(b *testing.B) {
	for name, strategy := range map[string]backends.JWT{
		"HS256": {},
		"ES256": {Keys: []backends.JWTKey{{ID: "a", Algorithm: "ES256", Private: p256Key()}}},
		"EdDSA": {Keys: []backends.JWTKey{{ID: "a", Algorithm: "EdDSA", Private: edKey()}}},
		"RS256": {Keys: []backends.JWTKey{{ID: "a", Algorithm: "RS256", Private: rsaKey()}}},
	} {
		b.Run(name, func(b *testing.B) {
			tokens := newClock(b).setUp(b, strategy)
			token := issue(b, tokens, arthur())
			b.ReportAllocs()
			for b.Loop() {
				if _, found, err := tokens.Read(b.Context(), token); !found || err != nil {
					b.Fatal(found, err)
				}
			}
		})
	}
}

// BenchmarkJWTReadWithMapClaims is the yardstick: the same token and checks with
// golang-jwt alone.
func BenchmarkJWTReadWithMapClaims(b *testing.B) {
	c := newClock(b)
	token := issue(b, c.setUp(b, backends.JWT{}), arthur())
	key := c.keys.Derive("ginauth:auth")[0]
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithAudience("ginauth:auth"), jwt.WithStrictDecoding(),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithTimeFunc(func() time.Time { return c.now }))
	b.ReportAllocs()
	for b.Loop() {
		claims := jwt.MapClaims{}
		if _, err := parser.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return key, nil }); err != nil {
			b.Fatal(err)
		}
		if _, err := claims.GetSubject(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStoredRead(b *testing.B) {
	tokens := newClock(b).setUp(b, backends.Database{})
	token := issue(b, tokens, arthur())
	b.ReportAllocs()
	for b.Loop() {
		if _, found, err := tokens.Read(b.Context(), token); !found || err != nil {
			b.Fatal(found, err)
		}
	}
}
