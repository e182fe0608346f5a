package user

// TokenKeeper turns a provider's token into what is stored of it. *[Sealer] is the
// one to use. It is called concurrently.
type TokenKeeper interface {
	// Keep returns what to store of token, a token of the account a.
	Keep(token Secret, a OAuthAccount) string
}

var (
	_ TokenKeeper = (*Sealer)(nil)
	_ TokenKeeper = PlainTokens{}
)

// Keep implements [TokenKeeper]: it seals the token for its provider, account and user.
func (s *Sealer) Keep(token Secret, a OAuthAccount) string {
	return s.Seal(token, tokenContext(a)...)
}

// OpenToken returns the provider's token that kept, the AccessToken or RefreshToken
// of a, holds, or [ErrSealed].
func (s *Sealer) OpenToken(kept string, a OAuthAccount) (Secret, error) {
	return s.Open(kept, tokenContext(a)...)
}

func tokenContext(a OAuthAccount) []string {
	return []string{"oauth-token", a.Provider, a.AccountID, string(a.UserID)}
}

// PlainTokens is the [TokenKeeper] that stores providers' tokens in clear: a reader of
// the database can act for the users at their providers.
type PlainTokens struct{}

// Keep implements [TokenKeeper].
func (PlainTokens) Keep(token Secret, _ OAuthAccount) string { return string(token) }
