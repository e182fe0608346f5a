package main

import (
	"context"
	"errors"
	"net/http"
	"strings"

	ginjwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/user"
)

// account is what code written by hand knows of a user.
type account struct {
	ID           string `bson:"-"`
	Email        string `bson:"email"`
	IsActive     bool   `bson:"is_active"`
	IsSuperuser  bool   `bson:"is_superuser"`
	IsVerified   bool   `bson:"is_verified"`
	TokenVersion int64  `bson:"token_version"`

	Roles []string `bson:"roles"`
}

// finder loads an account; it stands for one FindOne.
type finder func(ctx context.Context, id string) (*account, error)

// inMemory finds accounts where ginauth finds its users.
func inMemory(store user.Store) finder {
	return func(ctx context.Context, id string) (*account, error) {
		u, err := store.ByID(ctx, user.ID(id))
		if err != nil {
			return nil, err
		}
		return &account{
			ID: id, Email: u.Email, IsActive: u.IsActive, IsSuperuser: u.IsSuperuser,
			IsVerified: u.IsVerified, TokenVersion: u.TokenVersion, Roles: u.Roles,
		}, nil
	}
}

// claims of the tokens that ginauth issues.
type claims struct {
	jwt.RegisteredClaims

	Version int64 `json:"tv"`
}

// byHand is the guard as one writes it with golang-jwt: the token's signature,
// algorithm, audience and times, then the user, who must be active and whose
// tokens must not have been ended.
func byHand(key []byte, find finder) gin.HandlerFunc {
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithAudience("ginauth:auth"), jwt.WithExpirationRequired(), jwt.WithIssuedAt())
	keyFunc := func(*jwt.Token) (any, error) { return key, nil }
	return func(c *gin.Context) {
		token, isBearer := cutBearer(c)
		if !isBearer {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		var own claims
		if _, err := parser.ParseWithClaims(token, &own, keyFunc); err != nil {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		u, err := find(c.Request.Context(), own.Subject)
		switch {
		case errors.Is(err, user.ErrNotFound):
			c.AbortWithStatus(http.StatusUnauthorized)
		case err != nil:
			c.AbortWithStatus(http.StatusServiceUnavailable)
		case !u.IsActive || u.TokenVersion != own.Version:
			c.AbortWithStatus(http.StatusUnauthorized)
		default:
			c.Set("user", u)
		}
	}
}

// ginJWT is gin-jwt's guard; with find it loads the user as its documentation does.
func ginJWT(key []byte, find finder) gin.HandlerFunc {
	middleware := &ginjwt.GinJWTMiddleware{
		Key: key, IdentityKey: "user",
		Authenticator: func(*gin.Context) (any, error) { return nil, ginjwt.ErrFailedAuthentication },
		IdentityHandler: func(c *gin.Context) any {
			subject, _ := ginjwt.ExtractClaims(c)["sub"].(string)
			if find == nil {
				return subject
			}
			u, err := find(c.Request.Context(), subject)
			if err != nil {
				return nil
			}
			return u
		},
		Authorizator: func(data any, _ *gin.Context) bool {
			u, loaded := data.(*account)
			return find == nil || loaded && u.IsActive
		},
	}
	made := must(ginjwt.New(middleware))
	return made.MiddlewareFunc()
}

func cutBearer(c *gin.Context) (token string, found bool) {
	return strings.CutPrefix(c.GetHeader("Authorization"), "Bearer ")
}
