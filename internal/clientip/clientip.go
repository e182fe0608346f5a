// Package clientip finds out the address a request comes from.
//
// It is the peer of the connection. Headers are believed only where the application names
// the proxies in front of it, and then only as far as those proxies wrote them:
// everything else in X-Forwarded-For was written by the sender of the request.
package clientip

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
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

// String returns the address in its canonical text form, "" if it is unknown.
func (c Client) String() string {
	if !c.Addr.IsValid() {
		return ""
	}
	return c.Addr.String()
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

// From returns where r comes from.
func (e *Extractor) From(r *http.Request) Client {
	peer := parsePeer(r.RemoteAddr)
	if len(e.trusted) == 0 {
		return Client{Addr: peer, BehindUnknownProxy: local(peer) && forwarded(r.Header)}
	}
	if !e.trusts(peer) {
		return Client{Addr: peer}
	}
	return Client{Addr: e.walk(peer, r.Header["X-Forwarded-For"])}
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

// local also takes a peer without an address, which a Unix socket's is.
func local(peer netip.Addr) bool {
	return !peer.IsValid() || peer.IsPrivate() || peer.IsLoopback()
}

func forwarded(header http.Header) bool {
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip"} {
		if len(header[name]) > 0 {
			return true
		}
	}
	return false
}
