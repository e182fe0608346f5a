package backends

import (
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// Bearer carries tokens in the Authorization header (RFC 6750, section 2.1), for
// mobile apps and other API clients. A token in a query or form is not looked at.
type Bearer struct{}

var (
	_ Transport      = Bearer{}
	_ RefreshCarrier = Bearer{}
	_ Refreshing     = Bearer{}
	_ Challenger     = Bearer{}
)

// BearerToken is the answer to a login (RFC 6749, section 5.1).
type BearerToken struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
}

// BearerTokens is the answer to a login or a refresh of a backend with refresh tokens.
type BearerTokens struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	// ExpiresIn and RefreshExpiresIn are how long the two are valid, in seconds.
	ExpiresIn        int64  `json:"expires_in"`
	RefreshToken     string `json:"refresh_token"`
	RefreshExpiresIn int64  `json:"refresh_expires_in"`
}

// SetUp implements [Transport].
func (b Bearer) SetUp(Setup) (Carrier, error) { return b, nil }

// Token implements [Carrier].
func (Bearer) Token(c *gin.Context) (string, error) {
	return bearerToken(c), nil
}

// Write implements [Carrier]: the tokens are in the body.
func (Bearer) Write(_ *gin.Context, issued Issued) (any, error) {
	if issued.Refresh != "" {
		return BearerTokens{
			AccessToken: issued.Access, TokenType: "bearer", ExpiresIn: int64(issued.ExpiresIn / time.Second),
			RefreshToken: issued.Refresh, RefreshExpiresIn: int64(issued.RefreshExpiresIn / time.Second),
		}, nil
	}
	return BearerToken{AccessToken: issued.Access, TokenType: "bearer"}, nil
}

// Clear implements [Carrier]. The client keeps the token itself, so there is nothing to do.
func (Bearer) Clear(*gin.Context) error { return nil }

// Cookies implements [Carrier]: there are none.
func (Bearer) Cookies() []string { return nil }

// Refreshing implements [Refreshing].
func (b Bearer) Refreshing() RefreshCarrier { return b }

// RefreshToken implements [RefreshCarrier]: clients send it in the body.
func (Bearer) RefreshToken(*gin.Context) string { return "" }

// ClearRefresh implements [RefreshCarrier]: the client keeps the token itself.
func (Bearer) ClearRefresh(*gin.Context, string) error { return nil }

// Challenge implements [Challenger] as RFC 6750, section 3, says. What was sent in
// the place of a token and cannot be one is an invalid token.
func (Bearer) Challenge(c *gin.Context) string {
	for _, header := range c.Request.Header.Values("Authorization") {
		if credentials(header) != "" {
			return `Bearer error="invalid_token"`
		}
	}
	return "Bearer"
}

// bearerToken returns the token of the request. Two headers are none, as a proxy in front
// may have looked at either.
func bearerToken(c *gin.Context) string {
	headers := c.Request.Header["Authorization"]
	if len(headers) != 1 {
		return ""
	}
	return parseBearer(headers[0])
}

// parseBearer returns the token of an Authorization header: the scheme in any
// letter case, spaces, and one token without spaces. Anything else is no token.
func parseBearer(header string) string {
	token := credentials(header)
	for _, separator := range []byte(" \t,") { // each search is a fast one, unlike that for any of them
		if strings.IndexByte(token, separator) >= 0 {
			return ""
		}
	}
	return token
}

// credentials returns what follows the scheme and its spaces in an Authorization
// header, "" if the scheme is not Bearer.
func credentials(header string) string {
	scheme, rest, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimLeft(rest, " ")
}
