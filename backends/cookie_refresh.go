package backends

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// refreshCookies are a cookie with the access token and one with the refresh token,
// which browsers send to the auth group alone, and never from another site.
type refreshCookies struct {
	*cookieCarrier
	refresh attributes // without a path of its own, but for names that demand one
}

var (
	_ RefreshCarrier = (*refreshCookies)(nil)
	_ SideCookies    = (*refreshCookies)(nil)
)

// Refreshing implements [Refreshing].
func (k *cookieCarrier) Refreshing() RefreshCarrier {
	refresh := k.attributes
	refresh.name += "_refresh"
	refresh.sameSite, refresh.maxAge, refresh.path = http.SameSiteStrictMode, 0, ""
	if strings.HasPrefix(strings.ToLower(refresh.name), "__host-") {
		refresh.path = "/" // browsers refuse another (RFC 6265bis, section 5.6)
	}
	return &refreshCookies{k, refresh}
}

// cookie returns the cookie of the refresh token, for the auth group at path.
func (k *refreshCookies) at(path string) attributes {
	a := k.refresh
	a.path = cmp.Or(a.path, path, "/")
	return a
}

// Write implements [Carrier].
func (k *refreshCookies) Write(c *gin.Context, issued Issued) (any, error) {
	a := k.at(issued.RefreshPath)
	if issued.Remember {
		a.maxAge = int(min(issued.RefreshExpiresIn, maxCookieAge) / time.Second)
	}
	if _, err := k.cookieCarrier.Write(c, issued); err != nil {
		return nil, err
	}
	return nil, setCookie(c, a.cookie(a.name, issued.Refresh))
}

// Cookies implements [Carrier].
func (k *refreshCookies) Cookies() []string { return []string{k.attributes.name, k.refresh.name} }

// RefreshToken implements [RefreshCarrier].
func (k *refreshCookies) RefreshToken(c *gin.Context) string {
	return oneCookie(c.Request, k.refresh.name)
}

// ClearRefresh implements [RefreshCarrier].
func (k *refreshCookies) ClearRefresh(c *gin.Context, path string) error {
	a := k.at(path)
	return setCookie(c, a.cleared(a.name))
}
