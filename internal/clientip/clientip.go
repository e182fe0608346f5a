// Package clientip finds out the address a request comes from.
//
// It is the peer of the connection. Headers are believed only where the application names
// the proxies in front of it, and then only as far as those proxies wrote them:
// everything else in X-Forwarded-For was written by the sender of the request.
package clientip

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/ginauth/ginauth/limits"
)

// Extractor finds out clients' addresses. It is immutable.
type Extractor struct{ trusted []netip.Prefix }

// Client is where a request comes from.
type Client struct {
	// Addr is the client's address: without a zone, and IPv4 as IPv4. It is not valid if
	// it is unknown, for example with a Unix socket.
	Addr netip.Addr
	// BehindUnknownProxy reports that the address is most likely that of a proxy that is
	// not configured: the peer is on a private network, on this machine or on a Unix
	// socket, it says that it forwards, and no proxy is trusted.
	BehindUnknownProxy bool
}

// New returns an extractor that believes the given proxies: addresses, and networks
// in CIDR notation. The error joins all mistakes, each naming TrustedProxies[i].
func New(trustedProxies []string) (*Extractor, error) {
	e := &Extractor{}
	var problems []error
	for i, text := range trustedProxies {
		prefix, err := parseProxy(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("TrustedProxies[%d]: %w", i, err))
		}
		e.trusted = append(e.trusted, prefix)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return e, nil
}

// Text returns the address that r comes from in its canonical text form, "" if it is
// unknown.
func (e *Extractor) Text(r *http.Request) string {
	addr := e.From(r).Addr
	if !addr.IsValid() {
		return ""
	}
	return addr.String()
}

// From returns where r comes from.
func (e *Extractor) From(r *http.Request) Client {
	peer := parsePeer(r.RemoteAddr)
	if len(e.trusted) == 0 {
		local := !peer.IsValid() || peer.IsPrivate() || peer.IsLoopback() // a Unix socket has no address
		return Client{Addr: peer, BehindUnknownProxy: local && forwarded(r.Header)}
	}
	if !e.trusts(peer) {
		return Client{Addr: peer}
	}
	return Client{Addr: e.walk(peer, r.Header["X-Forwarded-For"])}
}

// parsePeer reads the address of a connection. IPv4 never is IPv6 in it, and it has no zone.
func parsePeer(remote string) netip.Addr {
	peer, err := netip.ParseAddrPort(remote)
	addr := peer.Addr()
	if err != nil {
		addr, _ = netip.ParseAddr(remote) // middleware may have cut off the port
	}
	return addr.Unmap().WithZone("")
}

// walk follows the hops from the nearest to the farthest, for as long as the one
// that wrote an entry is trusted. An entry that is no address ends the walk: the
// client is then the last hop that is known.
func (e *Extractor) walk(hop netip.Addr, lines []string) netip.Addr {
	list := strings.Join(lines, ",")
	for list != "" && e.trusts(hop) {
		var entry string
		list, entry = cutLast(list)
		next := parseHop(entry)
		if !next.IsValid() {
			return hop
		}
		hop = next
	}
	return hop
}

// cutLast returns what is before the last comma, and what is after it.
func cutLast(list string) (before, last string) {
	i := strings.LastIndexByte(list, ',')
	if i < 0 {
		return "", list
	}
	return list[:i], list[i+1:]
}

func (e *Extractor) trusts(addr netip.Addr) bool {
	for _, prefix := range e.trusted {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

func forwarded(header http.Header) bool {
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip"} {
		if len(header[name]) > 0 {
			return true
		}
	}
	return false
}

// Sources finds the network of a request, for the limits by source.
type Sources struct {
	Extractor *Extractor
	// CountLoopback limits requests from the machine itself, too.
	CountLoopback bool
	// Logger gets one warning about a proxy that is not configured.
	Logger *slog.Logger

	warn sync.Once
}

// Of returns the source of r: the network whose addresses one client may change at will, a
// single IPv4 address or 64 bits of an IPv6 address. It is none for the machine itself,
// where a limit would do harm. Behind a proxy that is not configured all clients are one
// source: a proxy's header exempts from no limit, and the application does not throttle
// itself on its first day there.
func (s *Sources) Of(r *http.Request) limits.Source {
	client := s.Extractor.From(r)
	shared := client.BehindUnknownProxy
	if shared {
		s.warn.Do(func() { warnOfProxy(s.Logger, client) })
	}
	switch {
	case shared && !client.Addr.IsValid():
		return limits.Source{Network: unixSocket, Shared: true}
	case !client.Addr.IsValid(), client.Addr.IsLoopback() && !shared && !s.CountLoopback:
		return limits.Source{}
	}
	bits := 64
	if client.Addr.Is4() {
		bits = 32
	}
	network, _ := client.Addr.Prefix(bits) // fails only for more bits than the address has
	return limits.Source{Network: network.String(), Shared: shared}
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
		"add to ginauth.Config the line TrustedProxies: []string{%q},", proxy.Addr))
}
