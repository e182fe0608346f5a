package main

import (
	"context"
	"errors"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/golang-jwt/jwt/v5"
)

// GinJWT is a strategy that reads the tokens gin-jwt has issued, until they expire.
// It issues none.
type GinJWT struct {
	// Key is the Key of GinJWTMiddleware.
	Key secrets.Secret
	// IdentityKey is the claim in which PayloadFunc put the user's ID.
	IdentityKey string
}

// SetUp implements backends.Strategy.
func (g GinJWT) SetUp(setup backends.Setup) (backends.Tokens, error) {
	if len(g.Key) < 32 {
		return nil, errors.New("Key has less than 32 bytes")
	}
	return ginJWTTokens{g, setup}, nil
}

type ginJWTTokens struct {
	GinJWT
	setup backends.Setup
}

// Read implements backends.Tokens.
func (t ginJWTTokens) Read(_ context.Context, token string) (backends.Identity, bool, error) {
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return []byte(t.Key), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(t.setup.Now))
	text, isText := claims[t.IdentityKey].(string)
	loggedIn, _ := claims["orig_iat"].(float64)
	if err != nil || !isText || time.Unix(int64(loggedIn), 0).Before(t.setup.TokensValidFrom) {
		return backends.Identity{}, false, nil
	}
	id, err := t.setup.ParseID(text)
	if err != nil {
		return backends.Identity{}, false, nil
	}
	// Version 0 falls with everything that ends a user's tokens.
	return backends.Identity{UserID: id, TokenHash: records.HashToken(token)}, true, nil
}

// Write implements backends.Tokens.
func (ginJWTTokens) Write(context.Context, user.Login) (backends.Issued, error) {
	return backends.Issued{}, errors.New("gin-jwt's tokens are only read")
}

// Destroy implements backends.Tokens.
func (ginJWTTokens) Destroy(context.Context, string) error { return nil }
