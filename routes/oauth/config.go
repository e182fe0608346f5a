package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/endpoint"
)

// Config are the choices of one group of one provider.
type Config struct {
	// RedirectURL is where the provider sends the browser back: the absolute URL of
	// this group's /callback or, where a page of the application calls that, of the
	// page. It must be registered with the provider. Required, unless
	// RedirectFromHost is set.
	RedirectURL string
	// RedirectFromHost derives RedirectURL from the Host header of each request, which
	// the client chooses. Only a provider that compares redirect URLs exactly keeps
	// that from sending codes elsewhere. A path prefix that a proxy takes off is not
	// in the request, so behind one RedirectURL is needed. Defaults to false.
	RedirectFromHost bool

	// RedirectTo turns on redirect mode: the callback answers 303 to one of these
	// URLs instead of JSON, with "error" in its query where it fails. The first is the
	// default, another is chosen by the parameter redirect_to of /authorize, which
	// must be equal to it. Each is absolute or a path. Defaults to none: JSON mode.
	RedirectTo []string

	// AssociateByEmail, at a login, links an account without a user to the existing user
	// with its address, if the provider says that the address is verified; see
	// [Policy]. The owner of an address at the provider becomes the owner of
	// the user here. Defaults to false.
	AssociateByEmail bool
	// IsVerifiedByDefault makes new users verified, whatever the provider says: set it
	// together with VerifiedEmailOnly. Defaults to false: new users are not verified, also
	// where the provider calls the address verified.
	IsVerifiedByDefault bool
	// VerifiedEmailOnly treats an address that the provider does not call verified as
	// none, so that no one signs up with another's. Defaults to false: such a user is
	// created, too.
	VerifiedEmailOnly bool

	// KeepTokens is how the provider's tokens are stored: [SealedTokens] seals them.
	// Defaults to not at all.
	KeepTokens TokenKeeper

	// StateLifetime is how long a user may take to sign in at the provider, in whole
	// seconds. Defaults to 1 hour.
	StateLifetime time.Duration
	// Cookie is the cookie that binds a flow to its browser, one for each flow: to its
	// Name is added "_" and 8 characters that the state decides. Name defaults to
	// "__Host-ginauth_oauth", or to "ginauth_oauth" with Insecure, a Domain or another
	// Path than "/"; MaxAge to 10 minutes or a shorter StateLifetime; the rest as
	// [backends.Cookie] says. Set Insecure for development over plain HTTP.
	Cookie backends.Cookie

	// Timeout is how long all requests to the provider for one callback may take
	// together. Defaults to 10 seconds.
	Timeout time.Duration
	// Transport makes the requests to the provider. Defaults to one of ginauth's own,
	// which takes at most 3 seconds to connect.
	Transport http.RoundTripper
}

const (
	defaultCookieName = "ginauth_oauth"
	hostPrefix        = "__Host-"
	defaultCookieAge  = 10 * time.Minute
	defaultLifetime   = time.Hour
	defaultTimeout    = 10 * time.Second
)

func (c Config) withDefaults() Config {
	c.RedirectTo = slices.Clone(c.RedirectTo)
	if c.StateLifetime == 0 {
		c.StateLifetime = defaultLifetime
	}
	if c.Cookie.Name == "" {
		c.Cookie.Name = defaultCookieName
		if !c.Cookie.Insecure && c.Cookie.Domain == "" && (c.Cookie.Path == "" || c.Cookie.Path == "/") {
			c.Cookie.Name = hostPrefix + defaultCookieName
		}
	}
	if c.Cookie.MaxAge == 0 {
		c.Cookie.MaxAge = min(c.StateLifetime, defaultCookieAge)
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Transport == nil {
		c.Transport = newTransport()
	}
	return c
}

// check returns all mistakes of a completed configuration.
func (c Config) check() []error {
	problems := []error{c.checkRedirectURL(), c.checkCookie()}
	for i, target := range c.RedirectTo {
		if err := checkTarget(target); err != nil {
			problems = append(problems, fmt.Errorf("Config.RedirectTo[%d] %w", i, err))
		}
	}
	if c.StateLifetime < time.Second || c.StateLifetime%time.Second != 0 {
		problems = append(problems, fmt.Errorf("Config.StateLifetime is %v, want whole seconds", c.StateLifetime))
	}
	if sealed, ok := c.KeepTokens.(SealedTokens); ok && sealed.Sealer == nil {
		problems = append(problems, errors.New("Config.KeepTokens.Sealer is missing"))
	}
	if c.Timeout < 0 {
		problems = append(problems, fmt.Errorf("Config.Timeout is %v, want more than 0", c.Timeout))
	}
	return problems
}

func (c Config) checkRedirectURL() error {
	switch {
	case c.RedirectURL == "" && c.RedirectFromHost:
		return nil
	case c.RedirectURL == "":
		return errors.New("Config.RedirectURL is missing; RedirectFromHost would derive it from each request")
	case c.RedirectFromHost:
		return errors.New("Config.RedirectFromHost is set besides RedirectURL")
	}
	u, err := url.Parse(c.RedirectURL)
	switch {
	case err != nil || u.Scheme == "" || strings.Contains(c.RedirectURL, "#"):
		return fmt.Errorf("Config.RedirectURL %q is not an absolute URL without fragment (RFC 6749, section 3.1.2)", c.RedirectURL)
	case u.Scheme == "https" && u.Host == "", u.Scheme == "http" && u.Host == "":
		return fmt.Errorf("Config.RedirectURL %q has no host", c.RedirectURL)
	case u.Scheme == "http" && !endpoint.IsLoopback(u) && !c.Cookie.Insecure:
		return fmt.Errorf("Config.RedirectURL %q is plain HTTP, which takes Cookie.Insecure", c.RedirectURL)
	}
	return nil
}

func (c Config) checkCookie() error {
	if c.Cookie.SameSite == http.SameSiteStrictMode && len(c.RedirectTo) > 0 {
		return errors.New("Config.Cookie.SameSite is Strict: browsers would not send the cookie when they come back from the provider")
	}
	return nil
}

// checkTarget accepts http and https URLs and paths that browsers cannot take for
// a URL of another host.
func checkTarget(target string) error {
	u, err := url.Parse(target)
	switch {
	case err != nil || strings.ContainsFunc(target, notInURL):
		return fmt.Errorf("%q is not a URL", target)
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "//"):
		return nil
	case (u.Scheme == "https" || u.Scheme == "http") && u.Host != "":
		return nil
	}
	return fmt.Errorf("%q is neither an absolute http or https URL nor a path", target)
}

// notInURL reports what RFC 3986 has no place for. Browsers read "\" as "/".
func notInURL(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }

// check returns all that is wrong with a client.
func (cl Client) check(discovers bool) []error {
	var problems []error
	if cl.Name == "" || strings.ContainsFunc(cl.Name, notInName) {
		problems = append(problems, fmt.Errorf("the provider's Name is %q, want ASCII letters, digits, \"-\", \"_\" and \".\"", cl.Name))
	}
	if cl.ID == "" {
		problems = append(problems, errors.New("the provider's client ID is missing"))
	}
	if discovers && cl.Issuer != "" {
		problems = append(problems, endpoint.Check("issuer", cl.Issuer, cl.InsecureHTTP))
	}
	if !discovers {
		problems = append(problems,
			endpoint.Check("AuthURL", cl.Endpoint.AuthURL, cl.InsecureHTTP),
			endpoint.Check("TokenURL", cl.Endpoint.TokenURL, cl.InsecureHTTP))
	}
	return problems
}

func notInName(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r))
}
