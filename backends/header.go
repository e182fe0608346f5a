package backends

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// Header carries tokens in a header of its own, as X-API-Key does for API keys. It sets
// no cookie and sends no challenge with a 401.
type Header struct {
	// Name is the header's name, such as "X-API-Key". Required. Headers that mean
	// something else to HTTP, such as Authorization and Cookie, are refused.
	Name string
}

var _ Transport = Header{}

// occupied are headers that carry something else.
var occupied = []string{
	"Accept", "Authorization", "Connection", "Content-Length", "Content-Type", "Cookie", "Expect", "Forwarded", "Host", "Origin",
	"Proxy-Authorization", "Referer", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent", "X-Forwarded-For", "X-Real-Ip", "X-Request-Id",
}

// isOdd reports whether r is in no name of a header that is in use.
func isOdd(r rune) bool { return !isLetter(r) && (r < '0' || r > '9') && r != '-' && r != '_' }

// SetUp implements [Transport].
func (h Header) SetUp(Setup) (Carrier, error) {
	name := http.CanonicalHeaderKey(h.Name)
	switch {
	case h.Name == "":
		return nil, errors.New("Name is missing")
	case strings.ContainsFunc(h.Name, isOdd):
		return nil, fmt.Errorf("Name %q is no name of a header", h.Name)
	case slices.Contains(occupied, name):
		return nil, fmt.Errorf("Name %q is a header with a meaning of its own", h.Name)
	}
	return HeaderCarrier{h.Name, name}, nil
}

// HeaderCarrier is the [Carrier] of a [Header] that has been set up.
type HeaderCarrier struct{ name, canonical string }

var _ Carrier = HeaderCarrier{}

// Name returns the header's name as it was configured.
func (h HeaderCarrier) Name() string { return h.name }

// Token implements [Carrier]. Two such headers are none, as it is not known which of
// them another program in front of the application has looked at.
func (h HeaderCarrier) Token(c *gin.Context) (string, error) {
	values := c.Request.Header[h.canonical]
	if len(values) != 1 || strings.ContainsAny(values[0], " \t,") {
		return "", nil
	}
	return values[0], nil
}

// Write implements [Carrier]: the token is in the body, and its type is the header's name.
func (h HeaderCarrier) Write(_ *gin.Context, issued Issued) (any, error) {
	return BearerToken{AccessToken: issued.Access, TokenType: h.name}, nil
}

// Clear implements [Carrier]. The client keeps the token itself, so there is nothing to do.
func (HeaderCarrier) Clear(*gin.Context) error { return nil }

// Cookies implements [Carrier]: there are none.
func (HeaderCarrier) Cookies() []string { return nil }

// Attach puts a token into a request, for tests.
func (h HeaderCarrier) Attach(r *http.Request, token string) { r.Header.Set(h.name, token) }
