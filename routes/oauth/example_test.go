package oauth_test

import (
	"fmt"
	"os"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/oauth/oidc"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

func newAuth(b ...backends.Backend) *ginauth.Auth {
	auth, err := ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: secret, Backends: b})
	if err != nil {
		panic(err)
	}
	return auth
}

func printRoutes(r *gin.Engine) {
	for _, route := range r.Routes() {
		fmt.Println(route.Method, route.Path)
	}
}

func ExampleRoutes() {
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	auth := newAuth(web)
	r := gin.New()

	google := oidc.Google(oidc.Config{
		ClientID:     os.Getenv("GOOGLE_CLIENT_ID"),
		ClientSecret: secrets.Secret(os.Getenv("GOOGLE_CLIENT_SECRET")),
	})
	oauth.Routes(auth, google, web, oauth.Config{
		RedirectURL: "https://app.example.com/auth/google/callback",
		RedirectTo:  []string{"/", "/welcome"},
	}).Attach(r.Group("/auth/google"))

	printRoutes(r)
	// Output:
	// GET /auth/google/authorize
	// GET /auth/google/callback
}

func ExampleAssociateRoutes() {
	web := backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
	auth := newAuth(web)
	r := gin.New()
	google := oidc.Google(oidc.Config{ClientID: "your-client-id", ClientSecret: "your-client-secret"})

	oauth.AssociateRoutes(auth, google, oauth.Config{
		RedirectURL: "https://app.example.com/auth/associate/google/callback",
		RedirectTo:  []string{"/account"},
	}).Attach(r.Group("/auth/associate/google"))
	oauth.AccountsRoutes(auth).Attach(r.Group("/users/me"))

	printRoutes(r)
	// Output:
	// GET /auth/associate/google/authorize
	// GET /auth/associate/google/callback
	// GET /users/me/oauth-accounts
	// DELETE /users/me/oauth-accounts/:account
}

// Providers' tokens are kept only where that is asked for, and sealed.
func ExampleConfig_keepTokens() {
	currentKey, formerKey := secret, secret
	sealer, err := secrets.NewSealer(currentKey, formerKey)
	if err != nil {
		panic(err)
	}
	sealed := oauth.SealedTokens{Sealer: sealer}
	config := oauth.Config{
		RedirectURL: "https://app.example.com/auth/google/callback",
		KeepTokens:  sealed,
	}

	account := records.OAuthAccount{Provider: "google", AccountID: "1094", UserID: "7d0f"} // of Accounts.Of
	account.RefreshToken = config.KeepTokens.Keep("the provider's token", account)
	token, err := sealed.Open(account.RefreshToken, account)
	fmt.Println(token == "the provider's token", err)
	// Output: true <nil>
}
