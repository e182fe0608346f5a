package app

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// The demonstration shows the mails of all users, and lets everyone sign in as any user.
// Both are for a developer's own machine only.

// opensDemo reports whether the outbox and the demo provider may be served at all: if
// only this machine reaches the server, or if EXPOSE_DEMO allows it.
func (s Settings) opensDemo() bool { return s.isLocal() || s.ExposeDemo == "yes" }

// isLocal reports whether ADDR is a loopback address: false for an address that cannot be
// parsed and for any name but localhost, whatever it resolves to.
func (s Settings) isLocal() bool {
	host, _, err := net.SplitHostPort(s.Addr)
	return err == nil && isLoopback(strings.ToLower(host))
}

// showsOutbox reports whether /outbox is there.
func (s Settings) showsOutbox() bool { return s.SMTPURL == "" && s.opensDemo() }

// hasDemoProvider reports whether the demo provider is served, which does not check the
// address. With real mails and real providers it is off: its accounts would mix with real
// ones.
func (s Settings) hasDemoProvider() bool {
	isReal := s.SMTPURL != "" && len(s.Providers) > 0
	return s.opensDemo() && !isReal
}

// onlyKnownHosts refuses requests for other hosts than this machine and that of
// PUBLIC_URL, also those that name none. Without it a page whose name is made to lead
// to 127.0.0.1 (DNS rebinding) would have the origin of the demonstration, and
// could read its outbox. A server for other machines has no such list of names.
func (s Settings) onlyKnownHosts() gin.HandlerFunc {
	public := ""
	if u, err := url.Parse(s.PublicURL); err == nil {
		public = hostname(u.Host)
	}
	isLocal := s.isLocal()
	return func(c *gin.Context) {
		host := hostname(c.Request.Host)
		if !isLocal || isLoopback(host) || host != "" && host == public {
			return
		}
		c.String(http.StatusMisdirectedRequest, "This host is not the demonstration's. PUBLIC_URL names a further one.\n")
		c.Abort()
	}
}

// hostname returns the host without its port, as names are compared.
func hostname(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil { // there is no port
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// warning returns what clients on other machines can do here; empty if nothing special.
func (s Settings) warning() string {
	var open []string
	if s.showsOutbox() {
		open = append(open, "read everybody's mails and reset every password")
	}
	if s.hasDemoProvider() {
		open = append(open, "sign in with any address at the demo provider")
	}
	u, err := url.Parse(s.PublicURL)
	private := s.isLocal() && err == nil && isLoopback(hostname(u.Host))
	if private || len(open) == 0 {
		return ""
	}
	return fmt.Sprintf("Warning: everybody who can reach this server can %s.\n", strings.Join(open, ", and "))
}
