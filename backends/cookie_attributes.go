package backends

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Browsers cut a longer life short (RFC 6265bis, section 5.5).
const maxCookieAge = 400 * 24 * time.Hour

// attributes are what every cookie of a transport carries beside its value.
type attributes struct {
	name, path, domain string
	maxAge             int // in seconds; 0 is no Max-Age
	sameSite           http.SameSite
	secure             bool
}

// newAttributes fills in the defaults of a configuration that has a name, and
// returns all its mistakes joined.
func newAttributes(t Cookie) (attributes, error) {
	if t.Path == "" {
		t.Path = "/"
	}
	if t.SameSite == 0 {
		t.SameSite = http.SameSiteLaxMode
	}
	problems := []error{checkName(t.Name), checkPath(t.Path), checkDomain(t.Domain), checkAge(t.MaxAge), checkSameSite(t), checkPrefix(t)}
	return attributes{
		name:     t.Name,
		path:     t.Path,
		domain:   t.Domain,
		maxAge:   int(t.MaxAge / time.Second),
		sameSite: t.SameSite,
		secure:   !t.Insecure,
	}, errors.Join(problems...)
}

// cookie returns the cookie that carries value under one of the transport's names.
func (a attributes) cookie(name, value string) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: a.path, Domain: a.domain, MaxAge: a.maxAge,
		HttpOnly: true, Secure: a.secure, SameSite: a.sameSite,
	}
}

// cleared returns the cookie that makes browsers forget the one of that name.
func (a attributes) cleared(name string) *http.Cookie {
	cookie := a.cookie(name, "")
	cookie.MaxAge = -1 // net/http writes Max-Age=0
	return cookie
}

func checkName(name string) error {
	if (&http.Cookie{Name: name}).Valid() != nil {
		return fmt.Errorf("Name %q is not the name of a cookie", name)
	}
	return nil
}

func checkPath(path string) error {
	if path[0] != '/' || (&http.Cookie{Name: "x", Path: path}).Valid() != nil {
		return fmt.Errorf("Path %q is not a path that begins with / and has only printable ASCII characters without ;", path)
	}
	return nil
}

func checkDomain(domain string) error {
	if (&http.Cookie{Name: "x", Domain: domain}).Valid() != nil {
		return fmt.Errorf("Domain %q is not a domain", domain)
	}
	return nil
}

func checkAge(age time.Duration) error {
	switch {
	case age < 0:
		return fmt.Errorf("MaxAge is %v, want 0 or more", age)
	case age > maxCookieAge:
		return fmt.Errorf("MaxAge is %v, want at most 400 days", age)
	case age%time.Second != 0:
		return fmt.Errorf("MaxAge is %v, want whole seconds", age)
	}
	return nil
}

func checkSameSite(t Cookie) error {
	switch t.SameSite {
	case http.SameSiteLaxMode, http.SameSiteStrictMode:
		return nil
	case http.SameSiteNoneMode:
		if t.Insecure {
			return errors.New("SameSite is None with Insecure: browsers refuse such a cookie")
		}
		return nil
	}
	return fmt.Errorf("SameSite is %d, want Lax, Strict or None of net/http", t.SameSite)
}

// checkPrefix applies what browsers demand of cookies with these prefixes, which
// they know in any letter case (RFC 6265bis, section 5.6).
func checkPrefix(t Cookie) error {
	name := strings.ToLower(t.Name)
	host := strings.HasPrefix(name, "__host-")
	var problems []error
	refuse := func(field, value string) {
		problems = append(problems, fmt.Errorf("Name %q does not go with %s %s: browsers refuse such a cookie", t.Name, field, value))
	}
	if t.Insecure && (host || strings.HasPrefix(name, "__secure-") || strings.HasPrefix(name, "__http-")) {
		refuse("Insecure", "true")
	}
	if host && t.Domain != "" {
		refuse("Domain", t.Domain)
	}
	if host && t.Path != "/" {
		refuse("Path", t.Path)
	}
	return errors.Join(problems...)
}
