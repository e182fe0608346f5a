// Package endpoint checks the URLs of other people's services that secrets are
// sent to.
package endpoint

import (
	"fmt"
	"net/netip"
	"net/url"
)

// Check returns what is wrong with the URL text of the endpoint called name: that
// it is no absolute https URL, or an http URL of another host than this one where
// insecure does not allow that.
func Check(name, text string, insecure bool) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("the provider's %s %q is not an absolute http or https URL", name, text)
	}
	if u.Scheme == "http" && !insecure && !IsLoopback(u) {
		return fmt.Errorf("the provider's %s %q is plain HTTP, which takes InsecureHTTP", name, text)
	}
	return nil
}

// IsLoopback reports whether u names this host.
func IsLoopback(u *url.URL) bool {
	address, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && address.IsLoopback()
}
