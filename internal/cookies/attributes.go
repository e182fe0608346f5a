package cookies

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// MaxAge is the longest life of a cookie; browsers cut a longer one short (RFC 6265bis, section 5.5).
const MaxAge = 400 * 24 * time.Hour

// Config is what transports let applications choose, by the same names.
type Config struct {
	Name     string
	Path     string
	Domain   string
	MaxAge   time.Duration
	SameSite http.SameSite
	Insecure bool
}

// Attributes are what every cookie of a transport carries beside its value.
type Attributes struct {
	Name, Path, Domain string
	MaxAge             int // in seconds; 0 is no Max-Age
	SameSite           http.SameSite
	Secure             bool
}

// New fills in the defaults of a configuration that has a name, and returns all its
// mistakes joined.
func New(t Config) (Attributes, error) {
	if t.Path == "" {
		t.Path = "/"
	}
	if t.SameSite == 0 {
		t.SameSite = http.SameSiteLaxMode
	}
	problems := []error{checkName(t.Name), checkPath(t.Path), checkDomain(t.Domain), checkAge(t.MaxAge), checkSameSite(t), checkPrefix(t)}
	return Attributes{
		Name:     t.Name,
		Path:     t.Path,
		Domain:   t.Domain,
		MaxAge:   int(t.MaxAge / time.Second),
		SameSite: t.SameSite,
		Secure:   !t.Insecure,
	}, errors.Join(problems...)
}

// Cookie returns the cookie that carries value under one of the transport's names.
func (a Attributes) Cookie(name, value string) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: a.Path, Domain: a.Domain, MaxAge: a.MaxAge,
		HttpOnly: true, Secure: a.Secure, SameSite: a.SameSite,
	}
}

// Cleared returns the cookie that makes browsers forget the one of that name.
func (a Attributes) Cleared(name string) *http.Cookie {
	cookie := a.Cookie(name, "")
	cookie.MaxAge = -1 // net/http writes Max-Age=0
	return cookie
}

// Side returns the cookie "<name>_<suffix>" with a life of its own.
func (a Attributes) Side(suffix, value string, maxAge time.Duration) *http.Cookie {
	a.MaxAge = int(maxAge / time.Second)
	return a.Cookie(a.Name+"_"+suffix, value)
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
	case age > MaxAge:
		return fmt.Errorf("MaxAge is %v, want at most 400 days", age)
	case age%time.Second != 0:
		return fmt.Errorf("MaxAge is %v, want whole seconds", age)
	}
	return nil
}

func checkSameSite(t Config) error {
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
func checkPrefix(t Config) error {
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
