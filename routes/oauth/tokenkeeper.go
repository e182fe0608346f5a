package oauth

import (
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// TokenKeeper turns a provider's token into what is stored of it. [SealedTokens] is the
// one to use. It is called concurrently.
type TokenKeeper interface {
	// Keep returns what to store of token, a token of the account a.
	Keep(token secrets.Secret, a records.OAuthAccount) string
}

var (
	_ TokenKeeper = SealedTokens{}
	_ TokenKeeper = PlainTokens{}
)

// SealedTokens is the [TokenKeeper] that seals tokens, for their provider, account and
// user.
type SealedTokens struct {
	// Sealer has the keys. Required.
	Sealer *secrets.Sealer
}

// Keep implements [TokenKeeper].
func (s SealedTokens) Keep(token secrets.Secret, a records.OAuthAccount) string {
	return s.Sealer.Seal(token, sealContext(a)...)
}

// Open returns the provider's token that kept, the AccessToken or RefreshToken of a,
// holds, or [secrets.ErrSealed].
func (s SealedTokens) Open(kept string, a records.OAuthAccount) (secrets.Secret, error) {
	return s.Sealer.Open(kept, sealContext(a)...)
}

func sealContext(a records.OAuthAccount) []string {
	return []string{"oauth-token", a.Provider, a.AccountID, string(a.UserID)}
}

// PlainTokens is the [TokenKeeper] that stores providers' tokens in clear: a reader of
// the database can act for the users at their providers.
type PlainTokens struct{}

// Keep implements [TokenKeeper].
func (PlainTokens) Keep(token secrets.Secret, _ records.OAuthAccount) string { return string(token) }
