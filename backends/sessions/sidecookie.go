package sessions

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/cookies"
)

// SideCookie implements [backends.SideCookies].
func (s *carrier) SideCookie(c *gin.Context, suffix string) string {
	return cookies.One(c.Request, s.attributes.Name+"_"+suffix)
}

// SetSideCookie implements [backends.SideCookies].
func (s *carrier) SetSideCookie(c *gin.Context, suffix, value string, maxAge time.Duration) error {
	return setCookie(c, s.attributes.Side(suffix, value, maxAge))
}

// ClearSideCookie implements [backends.SideCookies].
func (s *carrier) ClearSideCookie(c *gin.Context, suffix string) error {
	return setCookie(c, s.attributes.Cleared(s.attributes.Name+"_"+suffix))
}

// setCookie reports what a client would not get as a mistake of the configuration.
func setCookie(c *gin.Context, cookie *http.Cookie) error {
	if err := cookies.Set(c, cookie); err != nil {
		return fmt.Errorf("%w: %w", backends.ErrMisconfigured, err)
	}
	return nil
}
