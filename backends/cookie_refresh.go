package backends

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/internal/cookies"
)

// refreshCookies are a cookie with the access token and one with the refresh token,
// which browsers send to the auth group alone, and never from another site.
type refreshCookies struct {
	*cookieCarrier
	refresh cookies.Attributes // without a path of its own, but for names that demand one
}

var (
	_ RefreshCarrier = (*refreshCookies)(nil)
	_ SideCookies    = (*refreshCookies)(nil)
)

// Refreshing implements [Refreshing].
func (k *cookieCarrier) Refreshing() RefreshCarrier {
	refresh := k.attributes
	refresh.Name += "_refresh"
	refresh.SameSite, refresh.MaxAge, refresh.Path = http.SameSiteStrictMode, 0, ""
	if strings.HasPrefix(strings.ToLower(refresh.Name), "__host-") {
		refresh.Path = "/" // browsers refuse another (RFC 6265bis, section 5.6)
	}
	return &refreshCookies{k, refresh}
}

// cookie returns the cookie of the refresh token, for the auth group at path.
func (k *refreshCookies) at(path string) cookies.Attributes {
	a := k.refresh
	a.Path = cmp.Or(a.Path, path, "/")
	return a
}

// Write implements [Carrier].
func (k *refreshCookies) Write(c *gin.Context, issued Issued) (any, error) {
	a := k.at(issued.RefreshPath)
	if issued.Remember {
		a.MaxAge = int(min(issued.RefreshExpiresIn, cookies.MaxAge) / time.Second)
	}
	if _, err := k.cookieCarrier.Write(c, issued); err != nil {
		return nil, err
	}
	if issued.Refresh == "" { // an impersonated login has none; the superuser's own stays
		return nil, nil
	}
	return nil, setCookie(c, a.Cookie(a.Name, issued.Refresh))
}

// Cookies implements [Carrier].
func (k *refreshCookies) Cookies() []string { return []string{k.attributes.Name, k.refresh.Name} }

// RefreshToken implements [RefreshCarrier].
func (k *refreshCookies) RefreshToken(c *gin.Context) string {
	return cookies.One(c.Request, k.refresh.Name)
}

// ClearRefresh implements [RefreshCarrier].
func (k *refreshCookies) ClearRefresh(c *gin.Context, path string) error {
	a := k.at(path)
	return setCookie(c, a.Cleared(a.Name))
}
