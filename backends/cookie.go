package backends

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/internal/cookies"
)

// Cookie carries tokens in a cookie that scripts cannot read, for browsers. The
// zero value is the safe one: ginauth=…; Path=/; HttpOnly; Secure; SameSite=Lax.
type Cookie struct {
	// Name is the cookie's name. "__Host-ginauth" keeps other hosts of the domain
	// from setting it. Defaults to "ginauth".
	Name string
	// Path is the path below which browsers send the cookie. Defaults to "/".
	Path string
	// Domain makes the cookie visible to all hosts of a domain. Defaults to the
	// host that set it alone.
	Domain string
	// MaxAge is how long browsers keep the cookie, in whole seconds and at most 400 days;
	// how long the token is valid is the strategy's business. Defaults to 0: as long as
	// the browser runs.
	MaxAge time.Duration
	// SameSite is http.SameSiteStrictMode, http.SameSiteLaxMode or, where a page of
	// another site must be logged in, http.SameSiteNoneMode. Defaults to Lax.
	SameSite http.SameSite
	// Insecure lets browsers send the cookie over plain HTTP, for development.
	// Defaults to false.
	Insecure bool
}

var _ Transport = Cookie{}

// SetUp implements [Transport].
func (t Cookie) SetUp(Setup) (Carrier, error) {
	if t.Name == "" {
		t.Name = "ginauth"
	}
	attributes, err := cookies.New(cookies.Config(t))
	if err != nil {
		return nil, err
	}
	return &cookieCarrier{attributes}, nil
}

type cookieCarrier struct{ attributes cookies.Attributes }

var _ Carrier = (*cookieCarrier)(nil)

// Token implements [Carrier]. Two cookies of the name are no token: either may have been
// planted by another application of the domain.
func (k *cookieCarrier) Token(c *gin.Context) (string, error) {
	return cookies.One(c.Request, k.attributes.Name), nil
}

// Write implements [Carrier].
func (k *cookieCarrier) Write(c *gin.Context, issued Issued) (any, error) {
	return nil, setCookie(c, k.attributes.Cookie(k.attributes.Name, issued.Access))
}

// Clear implements [Carrier]. A cookie is only deleted by one of the same attributes.
func (k *cookieCarrier) Clear(c *gin.Context) error {
	return setCookie(c, k.attributes.Cleared(k.attributes.Name))
}

// Cookies implements [Carrier].
func (k *cookieCarrier) Cookies() []string { return []string{k.attributes.Name} }

// setCookie reports what a client would not get as a mistake of the configuration.
func setCookie(c *gin.Context, cookie *http.Cookie) error {
	if err := cookies.Set(c, cookie); err != nil {
		return fmt.Errorf("%w: %w", ErrMisconfigured, err)
	}
	return nil
}
