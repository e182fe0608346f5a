package contract

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/oauth"
)

// attachGrail mounts the OAuth groups.
func attachGrail(t *testing.T, r *gin.Engine, auth *ginauth.Auth) {
	grail := newGrail(t)
	config := oauth.Config{RedirectURL: "https://camelot.bt/callback", Cookie: backends.Cookie{Insecure: true}}
	redirecting := config
	redirecting.RedirectTo = []string{"/", "https://camelot.bt/account"}
	oauth.Routes(auth, grail, backends.Backend{Name: "jwt"}, config).Attach(r.Group("/auth/grail"))
	oauth.Routes(auth, grail, backends.Backend{Name: "cookie"}, redirecting).Attach(r.Group("/auth/grail-web"))
	oauth.AssociateRoutes(auth, grail, config).Attach(r.Group("/auth/associate/grail"))
	oauth.AccountsRoutes(auth).Attach(r.Group("/users/me"))
}

// grail is a provider at which a code is the name of an account.
type grail struct{ tokenURL string }

func newGrail(t *testing.T) grail {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"bearer"}`, r.FormValue("code"))
	}))
	t.Cleanup(server.Close)
	return grail{server.URL}
}

func (g grail) Client() oauth.Client {
	return oauth.Client{
		Name: "grail", ID: "id", Secret: "client-secret", AllowedScopes: []string{"quest"},
		Endpoint: oauth2.Endpoint{AuthURL: "https://grail.example/authorize", TokenURL: g.tokenURL},
	}
}

func (grail) Account(_ context.Context, grant oauth.Grant) (oauth.Account, error) {
	return map[string]oauth.Account{
		"galahads":     {ID: "1094", Email: "galahad@camelot.bt", EmailVerified: true},
		"arthurs":      {ID: "2000", Email: "king.arthur@camelot.bt", EmailVerified: true},
		"mordreds":     {ID: "3000", Email: "mordred@camelot.bt", EmailVerified: true},
		"without-mail": {ID: "4000"},
		"bad-mail":     {ID: "5000", Email: "King Arthur <king.arthur@camelot.bt>", EmailVerified: true},
		"homograph":    {ID: "6000", Email: "\u212aing.arthur@camelot.bt", EmailVerified: true},
	}[grant.Token.AccessToken], nil
}
