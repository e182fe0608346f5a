package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/routes/apikeys"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// permitted is what the role of the rows permits.
var permitted = map[string][]string{"editor": {"posts:read", "posts:write"}}

// keyed is a backend whose tokens are API keys.
func keyed() backends.Backend {
	return backends.Backend{Name: "key", Transport: backends.Bearer{}, Strategy: apikey.Strategy{}}
}

// rightsGuards are pairs of a guard with a demand beside a login, and the same by hand.
func rightsGuards() map[string][]contestant {
	store := usertest.NewStore()
	u := addUser(store, "arthur@camelot.bt")
	u = must(store.Update(context.Background(), u.ID, user.Update{Roles: &[]string{"editor"}}))
	auth := newAuth(ginauth.Config{Store: store, Backends: []backends.Backend{api(), keyed()}, Roles: permitted})
	room := must(apikeys.New(context.Background(), auth, apikeys.Config{Scopes: map[string]apikeys.Scope{"orders:read": {}}}))
	token, _ := logIn(auth, api(), u)
	key := makeKey(room, token)
	pair := func(token string, own, hand gin.HandlerFunc, more ...gin.HandlerFunc) []contestant {
		return []contestant{
			{"ginauth", serve(guarded(own), bearer(token), http.StatusNoContent)},
			{"by hand", serve(guarded(append([]gin.HandlerFunc{hand}, more...)...), bearer(token), http.StatusNoContent)},
		}
	}
	hand := byHand(jwtKey(), inMemory(store))
	return map[string][]contestant{
		"Role":           pair(token, auth.ActiveUser(ginauth.Role("editor")), hand, handRole("editor")),
		"Can":            pair(token, auth.ActiveUser(ginauth.Can("posts:write")), hand, handCan("posts:write")),
		"Scope":          pair(token, auth.ActiveUser(ginauth.Scope("orders:read")), hand), // people have no scopes to test
		"Scope, API key": pair(key, auth.ActiveUser(ginauth.Scope("orders:read")), handKey(store, "orders:read")),
	}
}

// makeKey makes an API key as a client does.
func makeKey(room *apikeys.APIKeys, token string) string {
	engine := gin.New()
	room.Own().Attach(engine.Group("/users/me"))
	request := httptest.NewRequest(http.MethodPost, "/users/me/api-keys", bytes.NewReader([]byte(`{"name":"Mill","scopes":["orders:read"]}`)))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	recorder := httptest.NewRecorder()
	engine.ServeHTTP(recorder, request)
	var made struct {
		Key string `json:"key"`
	}
	check(json.Unmarshal(recorder.Body.Bytes(), &made))
	return made.Key
}

func handRole(role string) gin.HandlerFunc {
	return func(c *gin.Context) {
		if u := c.MustGet("user").(*account); !u.IsSuperuser && !slices.Contains(u.Roles, role) {
			c.AbortWithStatus(http.StatusForbidden)
		}
	}
}

func handCan(permission string) gin.HandlerFunc {
	return func(c *gin.Context) {
		u := c.MustGet("user").(*account)
		can := func(role string) bool { return slices.Contains(permitted[role], permission) }
		if !u.IsSuperuser && !slices.ContainsFunc(u.Roles, can) {
			c.AbortWithStatus(http.StatusForbidden)
		}
	}
}

// handKey is the guard for API keys as one writes it: the checksum, one SHA-256, one
// look-up for key and user, then what ends a key, and its scopes.
func handKey(store user.CredentialUserStore, scope string) gin.HandlerFunc {
	const sumLength = 6
	return func(c *gin.Context) {
		key, isBearer := cutBearer(c)
		if !isBearer || !strings.HasPrefix(key, "gak_") || base62Sum(key[:len(key)-sumLength]) != key[len(key)-sumLength:] {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		sum := sha256.Sum256([]byte(key))
		found, u, err := store.CredentialWithUser(c.Request.Context(), apikey.Kind, hex.EncodeToString(sum[:]))
		if err != nil || u == nil || !u.IsActive || !found.ExpiresAt.IsZero() && !time.Now().Before(found.ExpiresAt) {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		var data struct {
			Scopes     []string `json:"scopes"`
			KeyVersion int64    `json:"key_version"`
		}
		if err := json.Unmarshal(found.Data, &data); err != nil || data.KeyVersion != u.KeyVersion || found.OwnerVersion != u.OwnerVersion {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		if !slices.Contains(data.Scopes, scope) {
			c.AbortWithStatus(http.StatusForbidden)
			return
		}
		c.Set("user", u)
	}
}

// base62Sum is the end of a key: the CRC-32 of what is before it, in base 62.
func base62Sum(text string) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var out [6]byte
	rest := crc32.ChecksumIEEE([]byte(text))
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = digits[rest%62]
		rest /= 62
	}
	return string(out[:])
}

func rightsRows(out *report) {
	pairs := rightsGuards()
	for _, name := range []string{"Role", "Can", "Scope", "Scope, API key"} {
		timings := compare(out.rounds, pairs[name]...)
		what := "guard with " + name + ", JWT, user from memory"
		if name == "Scope, API key" {
			what = "guard with Scope, API key, key and user from memory"
		}
		out.add(what, "", timings[0], timings[1])
	}
}
