package clientip

import (
	"fmt"
	"net/netip"
	"strings"
)

// parseHop reads one entry of X-Forwarded-For. Some proxies add the port, which
// needs brackets around an IPv6 address, and some write those without one.
func parseHop(entry string) netip.Addr {
	entry = strings.Trim(entry, " \t")
	if inner, bracketed := strings.CutPrefix(entry, "["); bracketed {
		if inner, closed := strings.CutSuffix(inner, "]"); closed {
			if addr, err := netip.ParseAddr(inner); err == nil && addr.Is6() {
				return addr.Unmap().WithZone("")
			}
			return netip.Addr{}
		}
	}
	return parsePeer(entry)
}

// parseProxy reads an address or network of the configuration.
func parseProxy(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if !strings.Contains(text, "/") {
		var addr netip.Addr
		if addr, err = netip.ParseAddr(text); err == nil {
			if addr.Zone() != "" {
				return netip.Prefix{}, fmt.Errorf("%q has a zone, which requests' addresses are compared without", text)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
	}
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a network in CIDR notation", text)
	}
	if prefix.Addr().Is4In6() {
		if prefix.Bits() < 96 {
			return netip.Prefix{}, fmt.Errorf("%q is wider than all of IPv4", text)
		}
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	if prefix.Bits() == 0 {
		return netip.Prefix{}, fmt.Errorf("%q trusts everybody, so that every client could choose its address", text)
	}
	if prefix != prefix.Masked() {
		return netip.Prefix{}, fmt.Errorf("%q has bits after the network's: want %q for the network", text, prefix.Masked())
	}
	return prefix, nil
}
