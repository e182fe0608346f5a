// Package cookies reads and writes the cookies of transports, strictly.
package cookies

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// Browsers silently drop a cookie whose name and value are longer together.
const maxCookieSize = 4096

// One returns the value of the one cookie of exactly that name: "" where
// there is none, where there are several, or where the value is malformed. A quoted
// value is unquoted; percent signs mean nothing.
func One(r *http.Request, name string) string {
	values := Values(r, name)
	if len(values) != 1 {
		return ""
	}
	parsed, err := http.ParseCookie("x=" + values[0])
	if err != nil || len(parsed) != 1 {
		return ""
	}
	return parsed[0].Value
}

// Values returns the raw values of all cookies of exactly that name.
// Unlike net/http it does not pass over malformed ones: they count as copies.
func Values(r *http.Request, name string) []string {
	var values []string
	Each(r, func(found, value string) {
		if found == name {
			values = append(values, value)
		}
	})
	return values
}

// Each calls visit with name and raw value of every cookie of the request.
func Each(r *http.Request, visit func(name, value string)) {
	for _, line := range r.Header["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(pair, "=")
			visit(trimSpace(name), trimSpace(value))
		}
	}
}

// trimSpace removes what HTTP calls white space. Unicode's other spaces belong to
// the name: a cookie that is called differently for browsers is another cookie.
func trimSpace(text string) string { return strings.Trim(text, " \t") }

// Set puts cookie into the response in the place of an earlier one of its
// name. It refuses what a client would not get.
func Set(c *gin.Context, cookie *http.Cookie) error {
	if c.Writer.Written() {
		return fmt.Errorf("the response had begun before the cookie %q was set", cookie.Name)
	}
	if cookie.MaxAge >= 0 {
		if err := checkValue(cookie); err != nil {
			return err
		}
	}
	header := c.Writer.Header()
	header["Set-Cookie"] = slices.DeleteFunc(header["Set-Cookie"], func(line string) bool {
		return strings.HasPrefix(line, cookie.Name+"=")
	})
	http.SetCookie(c.Writer, cookie)
	return nil
}

// checkValue never quotes the value: it is a secret.
func checkValue(cookie *http.Cookie) error {
	switch {
	case cookie.Value == "":
		return fmt.Errorf("the token for the cookie %q is empty", cookie.Name)
	case len(cookie.Name)+len(cookie.Value) > maxCookieSize:
		return fmt.Errorf("the cookie %q has %d bytes, want at most %d: browsers drop longer ones",
			cookie.Name, len(cookie.Name)+len(cookie.Value), maxCookieSize)
	case cookie.Valid() != nil:
		return fmt.Errorf("the token has characters that the cookie %q cannot carry", cookie.Name)
	}
	return nil
}
