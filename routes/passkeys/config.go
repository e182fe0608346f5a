package passkeys

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"golang.org/x/net/publicsuffix"
)

const (
	maxName   = 64
	localhost = "localhost"
	// maxLabels is how many domains browsers read from the list of related origins.
	maxLabels = 5
	// androidOrigin is how the origins of Android applications begin.
	androidOrigin = "android:apk-key-hash:"
	androidHash   = 43 // characters
)

// problems returns what is wrong with c.
func (c Config) problems() (problems []error) {
	note := func(wrong bool, text string) {
		if wrong {
			problems = append(problems, errors.New(text))
		}
	}
	note(strings.TrimSpace(c.Name) == "", "Config.Name is missing")
	note(utf8.RuneCountInString(c.Name) > maxName, "Config.Name has more than 64 characters")
	note(!utf8.ValidString(c.Name) || strings.ContainsFunc(c.Name, unicode.IsControl), "Config.Name has characters that cannot be shown")
	note(c.Limit < 0 || c.Limit > maxLimit, fmt.Sprintf("Config.Limit is %d, want 1 to %d", c.Limit, maxLimit))
	note(c.Fresh < 0, "Config.Fresh is negative")
	note(c.UserVerificationAtRegistration != UserVerificationPreferred && c.UserVerificationAtRegistration != UserVerificationRequired,
		fmt.Sprintf("Config.UserVerificationAtRegistration is %q, want %q or %q", c.UserVerificationAtRegistration, UserVerificationPreferred, UserVerificationRequired))
	note(len(c.Origins)+len(c.AppOrigins) == 0, "Config.Origins is missing")
	if err := checkRPID(c.RPID); err != nil {
		problems = append(problems, fmt.Errorf("Config.RPID %w", err))
	}
	for i, origin := range c.Origins {
		if err := checkOrigin(origin, c.RPID); err != nil {
			problems = append(problems, fmt.Errorf("Config.Origins[%d] %w", i, err))
		}
	}
	problems = append(problems, c.relatedProblems()...)
	for i, origin := range c.AppOrigins {
		if hash, ok := strings.CutPrefix(origin, androidOrigin); !ok || len(hash) != androidHash || strings.ContainsFunc(hash, notBase64URL) {
			problems = append(problems, fmt.Errorf("Config.AppOrigins[%d] %q is not %q and the SHA-256 of a certificate in base64url", i, origin, androidOrigin))
		}
	}
	return problems
}

func notBase64URL(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
}

// checkRPID refuses domains that browsers refuse, or that would let other sites use the
// application's passkeys.
func checkRPID(id string) error {
	_, ipErr := netip.ParseAddr(strings.Trim(id, "[]"))
	suffix, _ := publicsuffix.PublicSuffix(id)
	switch {
	case id == "":
		return errors.New("is missing")
	case ipErr == nil:
		return fmt.Errorf("%q is an IP address, want a domain", id)
	case protocol.ValidateRPID(id) != nil || strings.ContainsFunc(id, notDomain):
		return fmt.Errorf("%q is not a domain in lower-case ASCII, without scheme, port and path", id)
	case suffix == id && id != localhost:
		return fmt.Errorf("%q is a domain under which everybody can have one", id)
	}
	return nil
}

func notDomain(r rune) bool {
	return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '.')
}

// checkOrigin checks an origin of the relying party's own pages.
func checkOrigin(origin, rpID string) error {
	host, err := originHost(origin)
	if err == nil && host != rpID && !strings.HasSuffix(host, "."+rpID) {
		err = fmt.Errorf("%q is not on RPID %q or a sub-domain: where it is wanted, it belongs into RelatedOrigins", origin, rpID)
	}
	return err
}

// relatedProblems checks the related origins and how many domains they have: browsers
// silently ignore those over maxLabels.
func (c Config) relatedProblems() (problems []error) {
	labels := map[string]bool{}
	for i, origin := range c.RelatedOrigins {
		host, err := originHost(origin)
		switch {
		case err != nil:
		case checkOrigin(origin, c.RPID) == nil:
			err = fmt.Errorf("%q is on RPID: it belongs into Origins", origin)
		case strings.HasPrefix(origin, "http:"):
			err = fmt.Errorf("%q is not https", origin)
		default:
			label, labelErr := labelOf(host)
			if err = labelErr; err == nil {
				labels[label] = true
			}
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("Config.RelatedOrigins[%d] %w", i, err))
		}
	}
	if len(labels) > maxLabels {
		problems = append(problems, fmt.Errorf("Config.RelatedOrigins has %d different domains, want at most %d: browsers ignore more", len(labels), maxLabels))
	}
	return problems
}

// labelOf returns the label that browsers count of a host: "example" of
// "www.example.co.uk".
func labelOf(host string) (string, error) {
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return "", fmt.Errorf("%q has no domain of its own", host)
	}
	label, _, _ := strings.Cut(domain, ".")
	return label, nil
}

// originHost returns the host of an origin as browsers send it: a secure one, as
// browsers have passkeys only there.
func originHost(origin string) (host string, err error) {
	u, err := url.Parse(origin)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || origin != u.Scheme+"://"+u.Host || strings.HasSuffix(u.Host, ":") {
		return "", fmt.Errorf("%q is not of the form https://host[:port]", origin)
	}
	host = u.Hostname()
	defaultPort := u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80"
	switch _, ipErr := netip.ParseAddr(host); {
	case defaultPort:
		return "", fmt.Errorf("%q names the port that browsers leave out", origin)
	case ipErr == nil:
		return "", fmt.Errorf("%q is an IP address, where browsers have no passkeys", origin)
	case strings.ContainsFunc(host, notDomain):
		return "", fmt.Errorf("%q is not in lower-case ASCII, as browsers send it", origin)
	case u.Scheme == "http" && host != localhost && !strings.HasSuffix(host, "."+localhost):
		return "", fmt.Errorf("%q is not https, which only localhost need not be", origin)
	}
	return host, nil
}
