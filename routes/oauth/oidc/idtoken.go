package oidc

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"

	"github.com/ginauth/ginauth/routes/oauth"
)

// issuedAtLeeway is how far a provider's clock may be ahead.
const issuedAtLeeway = 5 * time.Minute

// algorithms are those an ID token may be signed with: never "none", and never one
// with a key that the client knows too.
var algorithms = []string{
	gooidc.RS256, gooidc.RS384, gooidc.RS512, gooidc.PS256, gooidc.PS384, gooidc.PS512,
	gooidc.ES256, gooidc.ES384, gooidc.ES512, gooidc.EdDSA,
}

// verify checks the ID token (OpenID Connect Core, section 3.1.3.7) and returns its claims.
func (p *Provider) verify(ctx context.Context, m metadata, grant oauth.Grant) (claims, error) {
	raw, _ := grant.Token.Extra("id_token").(string)
	if raw == "" {
		return claims{}, errors.New("oidc: no ID token")
	}
	// The library also takes the other form of RFC 7515, which no ID token has.
	if strings.Count(raw, ".") != 2 || strings.ContainsAny(raw, "{ \t\r\n") {
		return claims{}, errors.New("oidc: malformed ID token")
	}
	token, err := p.verifier(m, grant).Verify(ctx, raw)
	if err != nil {
		return claims{}, err
	}
	var payload json.RawMessage
	if err := token.Claims(&payload); err != nil {
		return claims{}, err
	}
	told, err := readClaims(payload)
	if err != nil {
		return claims{}, err
	}
	return told, errors.Join(
		p.checkIssuer(m, token, told),
		checkAudience(token, told, p.config.ClientID),
		p.checkNonce(token, grant.Nonce),
		checkTimes(token, grant.Now()),
		checkSubject(told),
		checkAccessToken(token, grant.Token.AccessToken))
}

func (p *Provider) verifier(m metadata, grant oauth.Grant) *gooidc.IDTokenVerifier {
	allowed := slices.DeleteFunc(slices.Clone(m.Algorithms), func(name string) bool { return !slices.Contains(algorithms, name) })
	if len(allowed) == 0 {
		allowed = []string{gooidc.RS256}
	}
	return gooidc.NewVerifier(p.config.Issuer, keySet{p, grant.HTTP, m.KeysURL}, &gooidc.Config{
		ClientID:             p.config.ClientID,
		SupportedSigningAlgs: allowed,
		SkipIssuerCheck:      p.habits.tenants, // checkIssuer does it
		Now:                  grant.Now,
	})
}

// checkIssuer compares the issuer where it depends on the tenant. A tenant that is
// not one word could make the one issuer look like another.
func (p *Provider) checkIssuer(m metadata, token *gooidc.IDToken, told claims) error {
	if !p.habits.tenants {
		return nil // the library has compared it
	}
	if told.Tenant == "" || strings.ContainsAny(told.Tenant, "/{}") {
		return errors.New("oidc: ID token names no tenant")
	}
	issuer := ofTenant(m.Issuer, told.Tenant)
	if token.Issuer != issuer || !strings.Contains(issuer, "/"+told.Tenant+"/") {
		return errors.New("oidc: ID token of another issuer")
	}
	return nil
}

// ofTenant returns an issuer with the tenant in its place.
func ofTenant(issuer, tenant string) string { return strings.ReplaceAll(issuer, tenantPlace, tenant) }

// checkAudience refuses a token that was issued to another client, even if it may be
// shown to this one.
func checkAudience(token *gooidc.IDToken, told claims, client string) error {
	if told.AuthorizedParty != "" && told.AuthorizedParty != client {
		return errors.New("oidc: ID token was issued to another client")
	}
	if told.AuthorizedParty == "" && len(token.Audience) > 1 {
		return errors.New("oidc: ID token has several audiences and does not say to whom it was issued")
	}
	return nil
}

func (p *Provider) checkNonce(token *gooidc.IDToken, nonce string) error {
	if token.Nonce == "" && p.habits.noNonce {
		return nil
	}
	if nonce == "" || subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1 {
		return errors.New("oidc: ID token is of another flow: wrong nonce")
	}
	return nil
}

func checkTimes(token *gooidc.IDToken, now time.Time) error {
	if token.IssuedAt.IsZero() || token.IssuedAt.After(now.Add(issuedAtLeeway)) {
		return errors.New("oidc: ID token was not issued yet")
	}
	return nil
}

func checkSubject(told claims) error {
	if told.Subject == "" {
		return errors.New("oidc: ID token has no subject")
	}
	return nil
}

func checkAccessToken(token *gooidc.IDToken, accessToken string) error {
	if token.AccessTokenHash == "" {
		return nil
	}
	return token.VerifyAccessToken(accessToken)
}

// userInfo asks the userinfo endpoint, where providers may tell what the ID token
// leaves out (OpenID Connect Core, section 5.4).
func (p *Provider) userInfo(ctx context.Context, m metadata, grant oauth.Grant, subject string) (claims, error) {
	var answered json.RawMessage
	if err := grant.JSON(ctx, m.UserInfoURL, &answered); err != nil {
		return claims{}, err
	}
	told, err := readClaims(answered)
	if err != nil {
		return claims{}, err
	}
	if told.Subject != subject {
		return claims{}, errors.New("oidc: userinfo is about somebody else")
	}
	return told, nil
}

// verified reads the flag. Nothing but the boolean true is a yes.
func (p *Provider) verified(flag json.RawMessage) (bool, error) {
	switch {
	case p.habits.neverVerified:
		return false, nil
	case len(flag) == 0, string(flag) == "null", string(flag) == "false":
		return false, nil
	case string(flag) == "true":
		return true, nil
	case p.habits.textFlag:
		return false, nil
	}
	return false, errors.New("oidc: email_verified is no boolean")
}
