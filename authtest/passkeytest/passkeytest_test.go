package passkeytest_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/authtest/passkeytest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/passkeys"
)

// An application's test: a user with a passkey logs in with it, at every kind of backend.
func TestPasskey(t *testing.T) {
	t.Parallel()
	gin.SetMode(gin.TestMode)
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	const origin = "https://app.example"
	kit := authtest.New(t)
	auth := kit.Auth(ginauth.Config{Backends: []backends.Backend{web, api}})
	keys, err := passkeys.New(t.Context(), auth, passkeys.Config{RPID: "app.example", Name: "App", Origins: []string{origin}})
	if err != nil {
		t.Fatal(err)
	}
	engine := gin.New()
	for _, b := range []backends.Backend{web, api} {
		auth.AuthRoutes(b).Attach(engine.Group("/auth/" + b.Name))
		keys.Login(b).Attach(engine.Group("/auth/" + b.Name))
	}
	keys.Own().Attach(engine.Group("/users/me"))

	for _, b := range []backends.Backend{web, api} {
		app := passkeytest.App{Kit: kit, Engine: engine, Backend: b}
		device := app.Passkey(t, kit.User(), origin)
		for range 2 {
			if got := app.LogIn(t, device); got.StatusCode != http.StatusOK {
				t.Errorf("%s: got %d, want 200", b.Name, got.StatusCode)
			}
		}
		other := passkeytest.NewAuthenticator(origin, passkeytest.Synchronised(), passkeytest.WithoutUserVerification())
		if _, err := other.Get([]byte(`{"challenge":"AA"}`)); err == nil {
			t.Error("an authenticator without a passkey answers")
		}
	}
}
