package mongotest

import (
	"testing"

	"github.com/ginauth/ginauth/internal/test/child"
	"github.com/ginauth/ginauth/internal/test/freeport"
)

// Server is a server for one test, which may stop it and start it again. It
// is always the example's server, also when MONGODB_URI is set. Its methods
// must be called by the test's goroutine.
type Server struct {
	t     testing.TB
	dir   string
	addr  string
	uri   string
	child *child.Child // nil while stopped
}

// NewServer starts a server with no data in it, which ends with the test.
func NewServer(t testing.TB) *Server {
	t.Helper()
	addr, err := freeport.Address()
	if err != nil {
		t.Fatalf("mongotest: %v", err)
	}
	s := &Server{t: t, dir: t.TempDir(), addr: addr}
	t.Cleanup(s.Stop)
	s.Start()
	return s
}

// URI returns the connection string, which remains the same for the server's
// whole life. It names no database.
func (s *Server) URI() string {
	return s.uri
}

// Stop ends the server the way a crash would: connections break, commands in
// progress get no answer, and then connecting is refused. What was
// acknowledged is kept. Stopping a stopped server does nothing.
func (s *Server) Stop() {
	if s.child == nil {
		return
	}
	s.child.Kill()
	s.child = nil
}

// Start starts the server again, with the data it had and at the address it
// had, and returns when clients can connect. Starting a running server does
// nothing.
func (s *Server) Start() {
	s.t.Helper()
	if s.child != nil {
		return
	}
	started, err := child.Start(command, "-data", s.dir, "-listen", s.addr)
	if err != nil {
		s.t.Fatalf("mongotest: %v", err)
	}
	s.child, s.uri = started, started.URI
}
