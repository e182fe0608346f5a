package clientip

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"

	"github.com/ginauth/ginauth/limits"
)

// Sources finds the network of a request, for the limits by source.
type Sources struct {
	Extractor *Extractor
	// CountLoopback limits requests from the machine itself, too.
	CountLoopback bool
	// Logger gets one warning about a proxy that is not configured.
	Logger *slog.Logger

	warn sync.Once
}

// Of returns the source of r. It is none for the machine itself, where a limit would do
// harm. Behind a proxy that is not configured all clients are one source: a proxy's
// header exempts from no limit, and the application does not throttle itself on its first
// day there.
func (s *Sources) Of(r *http.Request) limits.Source {
	client := s.Extractor.From(r)
	if client.BehindUnknownProxy {
		s.warn.Do(func() { warnOfProxy(s.Logger, client) })
		if !client.Addr.IsValid() {
			return limits.Source{Network: unixSocket, Shared: true}
		}
		return limits.Source{Network: Prefix(client.Addr).String(), Shared: true}
	}
	if !client.Addr.IsValid() || client.Addr.IsLoopback() && !s.CountLoopback {
		return limits.Source{}
	}
	return limits.Source{Network: Prefix(client.Addr).String()}
}

// unixSocket stands for the peers without an address.
const unixSocket = "unix socket"

func warnOfProxy(logger *slog.Logger, proxy Client) {
	if !proxy.Addr.IsValid() {
		logger.Warn("ginauth: requests come through a proxy on a Unix socket, so all clients are limited as one: " +
			"let the proxy connect over TCP and name its address in Config.TrustedProxies")
		return
	}
	logger.Warn(fmt.Sprintf("ginauth: requests come through a proxy that is not configured, so all clients are limited as one: "+
		"add to ginauth.Config the line TrustedProxies: []string{%q},", proxy.String()))
}

// Prefix returns the network whose addresses one client may change at will, which
// limits count together: a single IPv4 address, or 64 bits of an IPv6 address. It
// is the zero value for an address that is not valid.
func Prefix(addr netip.Addr) netip.Prefix {
	addr = canonical(addr)
	if !addr.IsValid() {
		return netip.Prefix{}
	}
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // only for more bits than the address has
	}
	return prefix
}
