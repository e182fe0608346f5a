// Package embedded is a small MongoDB-compatible server inside the process,
// so that the example runs on a machine that has no MongoDB.
//
// FerretDB with SQLite does the work; a proxy in front of it makes updates
// atomic, as ginauth needs them. It is meant for demonstrations, development
// and tests. It has no TTL indexes, no transactions, no replication and no
// authentication: use a real MongoDB in production.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/ginauth/ginauth/internal/filelock"
)

// anyPort listens on a free port, and only for programs of this machine.
const anyPort = "127.0.0.1:0"

// Server is a running server. Its methods may be called by many goroutines.
type Server struct {
	proxy  *proxy
	engine *engine
	lock   *filelock.Lock

	closeOnce sync.Once
	closeErr  error
}

// Start starts a server with its data in the folder dir, which is created
// when there is none, and returns when clients can connect. The server listens
// on a free port of 127.0.0.1 and runs until Close; ctx bounds the start
// only.
//
// The error is [ErrInUse] when another server has the folder open.
func Start(ctx context.Context, dir string) (*Server, error) {
	return StartAt(ctx, dir, anyPort)
}

// StartAt is [Start] with the address to listen on, such as "127.0.0.1:27017".
// Every client that can connect can read and change everything.
func StartAt(ctx context.Context, dir, addr string) (*Server, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	dir, err := prepareFolder(dir)
	if err != nil {
		return nil, err
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	// Steps that may fail come first: the engine cannot release its files before
	// it has run.
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("embedded: %w", err), lock.Release())
	}
	engine, err := startEngine(dir)
	if err != nil {
		return nil, errors.Join(err, listener.Close(), lock.Release())
	}
	return &Server{proxy: serveProxy(listener, engine.addr), engine: engine, lock: lock}, nil
}

// URI returns the connection string for clients. It names no database.
func (s *Server) URI() string {
	uri := url.URL{
		Scheme:   "mongodb",
		Host:     s.proxy.listener.Addr().String(),
		Path:     "/",
		RawQuery: "directConnection=true", // there are no other members to look for
	}
	return uri.String()
}

// Close ends the server and every connection to it. When it returns, the data
// is on disk, the folder may be opened again, and nothing is running. A command
// in progress is given three seconds. Calls after the first one wait for it
// and return the same.
func (s *Server) Close() error {
	s.closeOnce.Do(func() {
		err := s.proxy.close()
		s.engine.stop()
		s.closeErr = errors.Join(err, s.lock.Release())
	})
	return s.closeErr
}

// prepareFolder creates the folder and returns its absolute name, which stays
// right when the process changes its working directory.
func prepareFolder(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("embedded: %w", err)
	}
	// The engine takes the name for a URI in one place and for a pattern in
	// another. With one of these in it, the data would seem to be gone.
	if strings.ContainsAny(dir, `?#%*[]`) {
		return "", fmt.Errorf("embedded: folder %q: the name may not contain any of ? # %% * [ ]", dir)
	}
	// There are password hashes in it.
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("embedded: %w", err)
	}
	return dir, nil
}
