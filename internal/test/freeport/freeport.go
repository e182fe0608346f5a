// Package freeport finds addresses for servers that tests start by themselves, stop, and
// start again.
package freeport

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports below those that operating systems give out by themselves, so that nobody, not even
// a client that keeps looking for the stopped server, gets the port in the meantime.
const (
	first = 20_000
	last  = 29_999
)

// Address returns an address of this machine on which nothing listens.
func Address() (string, error) {
	var err error
	for range 100 {
		var listener net.Listener
		address := fmt.Sprintf("127.0.0.1:%d", first+rand.IntN(last-first+1))
		if listener, err = net.Listen("tcp", address); err == nil {
			return address, listener.Close()
		}
	}
	return "", fmt.Errorf("freeport: %w", err)
}
