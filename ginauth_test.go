package ginauth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

const secret secrets.Secret = "0123456789abcdef0123456789abcdef"

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

func TestNewReportsAllMistakes(t *testing.T) {
	t.Parallel()
	bearer := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	_, err := ginauth.New(ginauth.Config{
		Store:           usertest.NewStore(),
		Secret:          "short",
		PreviousSecrets: []secrets.Secret{"shorter"},
		Backends: []backends.Backend{
			bearer,
			{Name: "a-p-i", Transport: backends.Bearer{}, Strategy: backends.JWT{}},
			{Name: "123"},
			{Name: "web", Transport: backends.Cookie{SameSite: http.SameSiteNoneMode, Insecure: true}, Strategy: backends.Database{Lifetime: -5}},
		},
		Wire:            7,
		ResetLifetime:   -1,
		TokensValidFrom: time.Now().Add(time.Hour),
		Hasher:          password.Config{Memory: 8},
		TrustedOrigins:  []string{"example.com"},
		TrustedProxies:  []string{"everybody"},
	})
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{
		"Config.Secret has 5 bytes, want at least 32",
		"Config.PreviousSecrets[0] has 7 bytes, want at least 32",
		`Config.Backends[1].Name is "api", as that of Backends[0]`,
		`Config.Backends[2].Name "123" has no letter to begin with`,
		"Config.Backends[2].Transport is missing",
		"Config.Backends[2].Strategy is missing",
		"Config.Backends[3].Transport",
		"Config.Backends[3].Strategy",
		"Config.Wire is 7",
		"Config.ResetLifetime",
		"Config.TokensValidFrom is",
		"Config.Hasher",
		"Config.TrustedOrigins[0]",
		"Config.TrustedProxies[0]",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
}

func TestNewWantsWhatIsRequired(t *testing.T) {
	t.Parallel()
	_, err := ginauth.New(ginauth.Config{})
	for _, want := range []string{"Config.Store is missing", "Config.Secret has 0 bytes", "Config.Backends is empty"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
