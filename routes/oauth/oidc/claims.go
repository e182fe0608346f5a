package oidc

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/ginauth/ginauth/internal/strictjson"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
)

// claims are what ginauth reads of an ID token or userinfo answer.
type claims struct {
	Issuer        string          `json:"iss"`
	Subject       string          `json:"sub"`
	Email         string          `json:"email"`
	EmailVerified json.RawMessage `json:"email_verified"`
	// AuthorizedParty is the client an ID token was issued to.
	AuthorizedParty string `json:"azp"`
	// Tenant is Microsoft's.
	Tenant string `json:"tid"`

	Name    json.RawMessage `json:"name"`
	Picture json.RawMessage `json:"picture"`
	Locale  json.RawMessage `json:"locale"`

	all []strictjson.Member
}

// readClaims reads claims as signed or answered.
func readClaims(text json.RawMessage) (told claims, err error) {
	if err = strictjson.Unmarshal(text, &told); err != nil {
		return claims{}, err
	}
	told.all, err = strictjson.Members(text)
	return told, err
}

// Account implements [oauth.Provider].
func (p *Provider) Account(ctx context.Context, grant oauth.Grant) (oauth.Account, error) {
	m, err := p.discovered(ctx, grant.HTTP)
	if err != nil {
		return oauth.Account{}, err
	}
	signed, err := p.verify(ctx, m, grant)
	if err != nil {
		return oauth.Account{}, err
	}
	account := oauth.Account{ID: signed.Subject}
	if p.habits.tenants {
		// A subject is unique within its issuer, and every tenant is an issuer.
		account.ID = signed.Tenant + "/" + signed.Subject
	}
	told := signed
	if m.UserInfoURL != "" && p.incomplete(signed) {
		answered, err := p.userInfo(ctx, m, grant, signed.Subject)
		if err != nil {
			return oauth.Account{}, err
		}
		told = signed.with(answered)
	}
	account.Email = told.Email
	if account.EmailVerified, err = p.verified(told.EmailVerified); err != nil {
		return oauth.Account{}, err
	}
	account.Profile, err = told.profile()
	return account, err
}

// incomplete reports whether the ID token leaves out what was asked for.
func (p *Provider) incomplete(signed claims) bool {
	return signed.Email == "" || len(signed.Name) == 0 && slices.Contains(p.config.Scopes, "profile")
}

// with adds what the userinfo endpoint has answered. What is signed stays, and an
// address and the flag for it come from one place.
func (c claims) with(answered claims) claims {
	if c.Email == "" {
		c.Email, c.EmailVerified = answered.Email, answered.EmailVerified
	}
	for _, pair := range []struct{ to, from *json.RawMessage }{
		{&c.Name, &answered.Name}, {&c.Picture, &answered.Picture}, {&c.Locale, &answered.Locale},
	} {
		if len(*pair.to) == 0 {
			*pair.to = *pair.from
		}
	}
	all := slices.Clone(c.all)
	for _, m := range answered.all {
		if !slices.ContainsFunc(c.all, func(own strictjson.Member) bool { return own.Name == m.Name }) {
			all = append(all, m)
		}
	}
	c.all = all
	return c
}

// profile returns what nothing depends on. A claim of another type than it should
// have is none.
func (c claims) profile() (user.OAuthProfile, error) {
	object, err := strictjson.Object(c.all)
	return user.OAuthProfile{Name: strictjson.Text(c.Name), Picture: strictjson.Text(c.Picture), Locale: strictjson.Text(c.Locale), Claims: object}, err
}
