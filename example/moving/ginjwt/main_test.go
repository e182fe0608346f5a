package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

const (
	secret = "0123456789abcdef0123456789abcdef"
	key    = "the key of gin-jwt, long enough for HS256"
	arthur = user.ID("c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b")
)

// signed returns a token as gin-jwt makes them.
func signed(t *testing.T, method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestMovedGroup(t *testing.T) {
	t.Parallel()
	gin.SetMode(gin.TestMode)
	store := usertest.NewStore()
	u := &user.User{ID: arthur, Email: "king.arthur@camelot.bt", EmailKey: "king.arthur@camelot.bt", IsActive: true}
	if err := store.Create(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	r, err := application(store, secret, key, func(c *gin.Context) { c.AbortWithStatus(http.StatusTeapot) })
	if err != nil {
		t.Fatal(err)
	}
	soon, ago := time.Now().Add(time.Hour).Unix(), time.Now().Add(-time.Hour).Unix()
	good := jwt.MapClaims{"id": string(arthur), "exp": soon, "orig_iat": ago}
	tests := []struct {
		name, path, token string
		want              int
	}{
		{"of gin-jwt", "/orders", signed(t, jwt.SigningMethodHS256, []byte(key), good), 200},
		{"of nobody", "/orders", "", 401},
		{"expired", "/orders", signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": string(arthur), "exp": ago}), 401},
		{"without an end", "/orders", signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": string(arthur)}), 401},
		{"another key", "/orders", signed(t, jwt.SigningMethodHS256, []byte(secret), good), 401},
		{"another algorithm", "/orders", signed(t, jwt.SigningMethodHS512, []byte(key), good), 401},
		{"unsigned", "/orders", signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good), 401},
		{"a number for the ID", "/orders", signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"id": 1, "exp": soon}), 401},
		{"no ID", "/orders", signed(t, jwt.SigningMethodHS256, []byte(key), jwt.MapClaims{"exp": soon}), 401},
		{"a group that has not moved", "/reports", "", http.StatusTeapot},
	}
	check := func(name, path, token string, want int) {
		t.Helper()
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, strings.NewReader(""))
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		answer := httptest.NewRecorder()
		r.ServeHTTP(answer, request)
		if answer.Code != want {
			t.Errorf("%s: got %d %s, want %d", name, answer.Code, answer.Body, want)
		}
	}
	for _, test := range tests {
		check(test.name, test.path, test.token, test.want)
	}
	if _, err := store.Update(t.Context(), arthur, user.Update{EndTokens: true, UpdatedAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	check("after all sessions were ended", "/orders", tests[0].token, 401)
}

// What ends all tokens from before a time ends those of gin-jwt, by their login.
func TestTokensValidFrom(t *testing.T) {
	t.Parallel()
	now := time.Now()
	tokens, err := GinJWT{Key: key, IdentityKey: "id"}.SetUp(backends.Setup{
		ParseID: usertest.NewStore().ParseID, Now: time.Now, TokensValidFrom: now.Add(-time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		loggedIn any
		want     bool
	}{
		{"after it", now.Add(-time.Minute).Unix(), true},
		{"before it", now.Add(-2 * time.Hour).Unix(), false},
		{"never", nil, false},
	}
	for _, test := range tests {
		claims := jwt.MapClaims{"id": string(arthur), "exp": now.Add(time.Hour).Unix(), "orig_iat": test.loggedIn}
		_, found, err := tokens.Read(t.Context(), signed(t, jwt.SigningMethodHS256, []byte(key), claims))
		if err != nil || found != test.want {
			t.Errorf("%s: got found %v, %v, want %v", test.name, found, err, test.want)
		}
	}
}
