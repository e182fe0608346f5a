package mails

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// base checks AppURL. The errors do not repeat it: a mistaken one may hold a password.
func (c Config) base() (*url.URL, error) {
	if c.AppURL == "" {
		return nil, errors.New("Config.AppURL is missing")
	}
	u, err := url.Parse(c.AppURL)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("Config.AppURL is not an absolute URL with https:// or http://")
	}
	if u.User != nil || strings.ContainsAny(c.AppURL, "?#") {
		return nil, errors.New("Config.AppURL has more than scheme, host and path")
	}
	if u.Scheme == "http" && !c.InsecureAppURL && !isLoopback(u.Hostname()) {
		return nil, errors.New("Config.AppURL is http://, want https:// (InsecureAppURL allows it)")
	}
	return u, nil
}

// link returns the link to a page of the application, without its token. A nil
// base means that AppURL was invalid, which has been reported.
func link(base *url.URL, field, path string) (string, error) {
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#") {
		return "", fmt.Errorf("Config.%s is %q, want a path that begins with / and has neither ? nor #", field, path)
	}
	if base == nil {
		return "", nil
	}
	u, err := url.Parse(strings.TrimRight(base.String(), "/") + path)
	if err != nil {
		return "", fmt.Errorf("Config.%s is %q, which is not a path", field, path)
	}
	return u.String(), nil
}

// linkWithToken puts the token into the fragment, which no browser sends to a
// server: neither an access log nor a Referer header can give it away. Pages that work
// without scripts cannot read it there; inQuery is for them.
func linkWithToken(link, token string, inQuery bool) string {
	before := "#token="
	if inQuery {
		before = "?token="
	}
	return link + before + url.QueryEscape(token)
}

// isLoopback reports whether a host is certainly this machine: false for a name that
// would have to be resolved.
func isLoopback(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
