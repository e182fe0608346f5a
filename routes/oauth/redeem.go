package oauth

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/user/secrets"
)

// Limits of an account's ID and of an address from a provider, in bytes.
const (
	maxAccountID = 255
	maxEmail     = 1024
)

// redeem turns the code of an accepted answer into the account it is for: steps 4
// and 5 of the contract.
func (f *flow) redeem(c *gin.Context, a answer) (Identity, error) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), f.config.Timeout)
	defer cancel()
	discovery, err := f.discover(ctx)
	if err != nil {
		return Identity{}, f.providerFailed(c, err)
	}
	if discovery.SendsIssuer && a.issuer == "" {
		return Identity{}, errInvalidState
	}
	token, err := f.exchange(ctx, f.oauth2(c, discovery), a)
	if err != nil {
		return Identity{}, f.providerFailed(c, err)
	}
	account, err := f.account(ctx, token, a.state)
	if err != nil {
		return Identity{}, f.providerFailed(c, err)
	}
	if account.Email == "" || f.config.VerifiedEmailOnly && !account.EmailVerified {
		return Identity{}, errNoEmail
	}
	return Identity{
		Provider:      f.client.Name,
		AccountID:     account.ID,
		Email:         account.Email,
		EmailVerified: account.EmailVerified,
		Profile:       account.Profile,
		AccessToken:   secrets.Secret(token.AccessToken),
		RefreshToken:  secrets.Secret(token.RefreshToken),
		ExpiresAt:     f.expiry(token),
	}, nil
}

func (f *flow) exchange(ctx context.Context, config *oauth2.Config, a answer) (*oauth2.Token, error) {
	var params []oauth2.AuthCodeOption
	if !f.client.InsecureOmitVerifier {
		params = append(params, oauth2.VerifierOption(f.secrets.verifier(a.state)))
	}
	return config.Exchange(context.WithValue(ctx, oauth2.HTTPClient, f.tokens), a.code, params...)
}

func (f *flow) account(ctx context.Context, token *oauth2.Token, s state) (Account, error) {
	grant := Grant{Token: token, HTTP: f.http, Now: f.routes.Now}
	if f.openID != nil {
		grant.Nonce = f.secrets.nonce(s)
	}
	account, err := f.provider.Account(ctx, grant)
	if err != nil {
		return Account{}, err
	}
	account.Email = strings.TrimSpace(account.Email)
	switch {
	case account.ID == "":
		// It would be one account shared by all who have none.
		return Account{}, errors.New("oauth: provider named no account")
	case len(account.ID) > maxAccountID || len(account.Email) > maxEmail:
		return Account{}, errors.New("oauth: provider's account ID or e-mail is too long")
	}
	return account, nil
}

// expiry goes by the application's clock if the provider reports a time span.
func (f *flow) expiry(token *oauth2.Token) time.Time {
	if token.ExpiresIn > 0 {
		return f.routes.Now().Add(time.Duration(token.ExpiresIn) * time.Second)
	}
	return token.Expiry
}
