package backends

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/ginauth/ginauth/internal/cookies"
)

// CrossOrigin refuses unsafe requests that a page of another origin makes with
// cookies of ours. It is safe for concurrent use.
type CrossOrigin struct {
	protection *http.CrossOriginProtection
	names      map[string]struct{}
}

// NewCrossOrigin returns the check for the cookies of the given backends. Pages of
// trustedOrigins, each "scheme://host[:port]" as browsers send it, are not refused.
// The error joins all mistakes, each naming TrustedOrigins[i].
func NewCrossOrigin(running []*Running, trustedOrigins []string) (*CrossOrigin, error) {
	o := &CrossOrigin{protection: http.NewCrossOriginProtection(), names: make(map[string]struct{})}
	for _, b := range running {
		for _, name := range b.Carrier.Cookies() {
			o.names[name] = struct{}{}
		}
	}
	var problems []error
	for i, origin := range trustedOrigins {
		err := checkOrigin(origin)
		if err == nil {
			err = o.protection.AddTrustedOrigin(origin)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("TrustedOrigins[%d]: %w", i, err))
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return o, nil
}

// Allows reports whether a request may go on. It is judged if it is unsafe and carries a
// cookie of a backend, whatever its value, or is for a route that would set one: a page
// elsewhere must not log its visitor in as another user either. A request with neither
// Sec-Fetch-Site nor Origin does not come from a browser, and may go on.
func (o *CrossOrigin) Allows(r *http.Request, setsCookie bool) bool {
	judged := setsCookie
	cookies.Each(r, func(name, _ string) {
		if _, ours := o.names[name]; ours {
			judged = true
		}
	})
	return !judged || o.protection.Check(r) == nil
}

// checkOrigin refuses what no browser ever sends as Origin, and would so be
// trusted in vain.
func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil {
		return fmt.Errorf("%q is no URL", origin)
	}
	plain := u.Scheme + "://" + u.Host
	defaultPort := u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80"
	switch {
	case u.Scheme == "" || u.Hostname() == "" || origin != plain || strings.HasSuffix(u.Host, ":"):
		return fmt.Errorf("%q is not of the form scheme://host[:port]", origin)
	case defaultPort:
		return fmt.Errorf("%q names the port that browsers leave out", origin)
	case strings.Contains(origin, "*"):
		return fmt.Errorf("%q has a wildcard: name each origin", origin)
	case origin != strings.ToLower(origin) || !isASCII(origin):
		return fmt.Errorf("%q is not in lower-case ASCII, as browsers send it", origin)
	}
	return nil
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
