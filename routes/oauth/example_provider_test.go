package oauth_test

import (
	"context"
	"fmt"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user/secrets"
)

// Avalon is a provider of one's own.
type Avalon struct{ ClientID, ClientSecret string }

// Client tells what the application is to the provider.
func (p Avalon) Client() oauth.Client {
	return oauth.Client{
		Name: "avalon", ID: p.ClientID, Secret: secrets.Secret(p.ClientSecret),
		Endpoint: oauth2.Endpoint{AuthURL: "https://id.avalon.example/authorize", TokenURL: "https://id.avalon.example/token"},
		Scopes:   []string{"email"},
	}
}

// Account asks the provider who has signed in.
func (p Avalon) Account(ctx context.Context, grant oauth.Grant) (oauth.Account, error) {
	var me struct {
		ID        string `json:"id"`
		Email     string `json:"email"`
		Confirmed bool   `json:"email_confirmed"`
	}
	if err := grant.JSON(ctx, "https://api.avalon.example/me", &me); err != nil {
		return oauth.Account{}, err
	}
	return oauth.Account{ID: me.ID, Email: me.Email, EmailVerified: me.Confirmed}, nil
}

func ExampleProvider() {
	var provider oauth.Provider = Avalon{ClientID: "your-client-id", ClientSecret: "your-client-secret"}
	fmt.Println(provider.Client().Name)
	// Output: avalon
}
