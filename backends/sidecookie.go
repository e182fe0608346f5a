package backends

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/internal/cookies"
)

// SideCookies is an optional interface of a [Carrier] that carries tokens in cookies:
// it has further cookies beside its own, with the same attributes, for a login that is
// not complete. Where it is missing such values are in the response body.
type SideCookies interface {
	// SideCookie returns the value of the cookie "<name>_<suffix>" of the request, or ""
	// where there is none or there are several.
	SideCookie(c *gin.Context, suffix string) string

	// SetSideCookie sets the cookie "<name>_<suffix>" for maxAge, in whole seconds.
	SetSideCookie(c *gin.Context, suffix, value string, maxAge time.Duration) error

	// ClearSideCookie makes the client forget the cookie.
	ClearSideCookie(c *gin.Context, suffix string) error
}

var _ SideCookies = (*cookieCarrier)(nil)

// SideCookie implements [SideCookies].
func (k *cookieCarrier) SideCookie(c *gin.Context, suffix string) string {
	return cookies.One(c.Request, k.attributes.Name+"_"+suffix)
}

// SetSideCookie implements [SideCookies].
func (k *cookieCarrier) SetSideCookie(c *gin.Context, suffix, value string, maxAge time.Duration) error {
	return setCookie(c, k.attributes.Side(suffix, value, maxAge))
}

// ClearSideCookie implements [SideCookies].
func (k *cookieCarrier) ClearSideCookie(c *gin.Context, suffix string) error {
	return setCookie(c, k.attributes.Cleared(k.attributes.Name+"_"+suffix))
}
