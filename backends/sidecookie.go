package backends

import (
	"time"

	"github.com/gin-gonic/gin"
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

var (
	_ SideCookies = (*cookieCarrier)(nil)
	_ SideCookies = (*sessionCarrier)(nil)
)

// SideCookie implements [SideCookies].
func (k *cookieCarrier) SideCookie(c *gin.Context, suffix string) string {
	return oneCookie(c.Request, k.attributes.name+"_"+suffix)
}

// SetSideCookie implements [SideCookies].
func (k *cookieCarrier) SetSideCookie(c *gin.Context, suffix, value string, maxAge time.Duration) error {
	return k.attributes.setSide(c, suffix, value, maxAge)
}

// ClearSideCookie implements [SideCookies].
func (k *cookieCarrier) ClearSideCookie(c *gin.Context, suffix string) error {
	return setCookie(c, k.attributes.cleared(k.attributes.name+"_"+suffix))
}

// SideCookie implements [SideCookies].
func (s *sessionCarrier) SideCookie(c *gin.Context, suffix string) string {
	return oneCookie(c.Request, s.attributes.name+"_"+suffix)
}

// SetSideCookie implements [SideCookies].
func (s *sessionCarrier) SetSideCookie(c *gin.Context, suffix, value string, maxAge time.Duration) error {
	return s.attributes.setSide(c, suffix, value, maxAge)
}

// ClearSideCookie implements [SideCookies].
func (s *sessionCarrier) ClearSideCookie(c *gin.Context, suffix string) error {
	return setCookie(c, s.attributes.cleared(s.attributes.name+"_"+suffix))
}

func (a attributes) setSide(c *gin.Context, suffix, value string, maxAge time.Duration) error {
	a.maxAge = int(maxAge / time.Second)
	return setCookie(c, a.cookie(a.name+"_"+suffix, value))
}
