package passkeys

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user/records"
)

const (
	// ceremonyCookie is the suffix of the cookie that binds a login to its browser.
	ceremonyCookie = "ceremony"
	browserBytes   = 32
)

// browserText is the spelling of the cookie's value; Strict allows one spelling for each value.
var browserText = base64.RawURLEncoding.Strict()

// side returns what holds the cookie of logins at b.
func (p *Passkeys) side(b *backends.Running) backends.SideCookies {
	if side, ok := b.Carrier.(backends.SideCookies); ok {
		return side
	}
	return p.cookie.(backends.SideCookies) // [backends.Cookie]'s has them
}

// isBrowser reports whether a browser sends r: all send one of these with a POST.
func isBrowser(r *http.Request) bool {
	return r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != ""
}

// bind returns the hash of the cookie that binds a login to its browser, and sets it. A
// cookie that the browser has is kept: several tabs may have begun a login. It returns ""
// if the request is not sent by a browser.
func (p *Passkeys) bind(c *gin.Context, b *backends.Running) (string, error) {
	if !isBrowser(c.Request) {
		return "", nil
	}
	side := p.side(b)
	value := side.SideCookie(c, ceremonyCookie)
	if decoded, err := browserText.DecodeString(value); err != nil || len(decoded) != browserBytes {
		random := make([]byte, browserBytes)
		rand.Read(random) // never fails: it ends the process instead
		value = browserText.EncodeToString(random)
	}
	if err := side.SetSideCookie(c, ceremonyCookie, value, ceremonyTime); err != nil {
		return "", fmt.Errorf("passkeys: bind login to browser: %w", err)
	}
	return records.HashToken(value), nil
}

// bound reports whether the login that hash was made for was begun by the client that
// sends the request. Without this check a page could log its visitor in as
// another user, with an answer of that user's authenticator.
func (p *Passkeys) bound(c *gin.Context, b *backends.Running, hash string) bool {
	if hash == "" {
		return !isBrowser(c.Request)
	}
	value := p.side(b).SideCookie(c, ceremonyCookie)
	return value != "" && records.HashToken(value) == hash
}

// unbind makes the browser forget the cookie.
func (p *Passkeys) unbind(c *gin.Context, b *backends.Running) error {
	side := p.side(b)
	if side.SideCookie(c, ceremonyCookie) == "" {
		return nil
	}
	return side.ClearSideCookie(c, ceremonyCookie)
}
