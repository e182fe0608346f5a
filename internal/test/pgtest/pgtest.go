// Package pgtest starts a PostgreSQL server for tests. It needs no driver: it returns a
// URL.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/internal/test/freeport"
)

// Server is a server in a folder of its own.
type Server struct {
	// URL is that of its database, with the rights of a superuser.
	URL string

	folder, data string
	port         string
	binaries     string
	settings     []string
	process      *exec.Cmd
	ended        chan struct{} // closed when the process has ended
}

// ErrNone reports that there is no PostgreSQL on this machine.
var ErrNone = errors.New("pgtest: there is no PostgreSQL on this machine")

// startTimeout is how long a new server may take.
const startTimeout = time.Minute

// Fast are settings for servers whose data need not survive anything.
var Fast = []string{"fsync=off", "synchronous_commit=off", "full_page_writes=off"}

// Start makes and starts a server with these settings, on a free port of this machine.
// [Server.Stop] ends it and removes its folder.
func Start(settings ...string) (_ *Server, err error) {
	binaries, err := find()
	if err != nil {
		return nil, err
	}
	s := &Server{binaries: binaries, settings: settings}
	if s.folder, err = os.MkdirTemp("", "pgtest-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.Stop()
		}
	}()
	if err := giveAway(s.folder); err != nil {
		return nil, err
	}
	s.data = filepath.Join(s.folder, "data")
	if err := s.run("initdb", "-D", s.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"); err != nil {
		return nil, err
	}
	address, err := freeport.Address()
	if err != nil {
		return nil, err
	}
	_, s.port, _ = net.SplitHostPort(address)
	s.URL = "postgres://postgres@" + address + "/postgres?sslmode=disable"
	return s, s.Resume()
}

// Kill ends the server as a power failure would, but for the disk.
func (s *Server) Kill() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		<-s.ended
		s.process = nil
	}
}

// Resume starts the server again on the same port. It refuses to start while processes of
// one that was killed still have its memory, so it may take several tries.
func (s *Server) Resume() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		if err := s.start(); err != nil {
			return err
		}
		switch err := s.await(ctx); {
		case errors.Is(err, errEnded) && ctx.Err() == nil:
		case err != nil:
			text, _ := os.ReadFile(filepath.Join(s.folder, "log"))
			return fmt.Errorf("pgtest: %w: %s", err, text)
		default:
			return nil
		}
	}
}

func (s *Server) start() error {
	log, err := os.OpenFile(filepath.Join(s.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	args := []string{"-D", s.data, "-p", s.port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=300"}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	process, ended := s.command("postgres", args...), make(chan struct{})
	process.Stdout, process.Stderr = log, log
	if err := process.Start(); err != nil {
		return err
	}
	s.process, s.ended = process, ended
	go func() {
		defer close(ended)
		_ = process.Wait()
	}()
	return nil
}

var errEnded = errors.New("the server did not start")

// await returns when the server answers queries, and not only its port.
func (s *Server) await(ctx context.Context) error {
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		ready := exec.CommandContext(ctx, filepath.Join(s.binaries, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", s.port)
		if ready.Run() == nil {
			return nil
		}
		select {
		case <-poll.C:
		case <-s.ended:
			return errEnded
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() {
	if s.process != nil {
		_ = s.process.Process.Signal(stopSignal)
		<-s.ended
		s.process = nil
	}
	_ = os.RemoveAll(s.folder)
}

func (s *Server) run(name string, args ...string) error {
	var output bytes.Buffer
	command := s.command(name, args...)
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		return fmt.Errorf("pgtest: %s: %w: %s", name, err, output.String())
	}
	return nil
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(s.binaries, name), args...)
	command.Dir = s.folder
	command.Env = append(os.Environ(), "LC_ALL=C")
	asOther(command)
	return command
}

// find returns the folder of the server's programs, of the newest version that is there.
func find() (string, error) {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(folders, func(a, b string) int { return versionOf(b) - versionOf(a) })
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			folders = append(folders, filepath.Dir(path))
		}
	}
	for _, folder := range folders {
		if has(folder, "initdb") && has(folder, "postgres") && has(folder, "pg_isready") {
			return folder, nil
		}
	}
	return "", ErrNone
}

func versionOf(folder string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
	return n
}

func has(folder, name string) bool {
	_, err := os.Stat(filepath.Join(folder, name))
	return err == nil
}

var shared struct {
	sync.Mutex
	url    string
	err    error
	server *Server
	atEnd  []func()
}

// AtEnd makes [Run] call do after the tests, if their server is not one of its own.
func AtEnd(do func()) {
	shared.Lock()
	defer shared.Unlock()
	shared.atEnd = append(shared.atEnd, do)
}

// URL returns the URL of the server that the tests of this process share: POSTGRES_URL
// where it is set, else one that is started at the first call. It skips the test where
// there is no PostgreSQL. The test's package calls [Run] in TestMain.
func URL(t testing.TB) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.url == "" && shared.err == nil {
		if shared.url = os.Getenv("POSTGRES_URL"); shared.url == "" {
			if shared.server, shared.err = Start(Fast...); shared.err == nil {
				shared.url = shared.server.URL
			}
		}
	}
	switch {
	case errors.Is(shared.err, ErrNone):
		t.Skip(shared.err.Error() + "; POSTGRES_URL names another")
	case shared.err != nil:
		t.Fatal(shared.err)
	}
	return shared.url
}

// Run runs the tests and stops the server.
func Run(m *testing.M) int {
	defer func() {
		shared.Lock()
		defer shared.Unlock()
		if shared.server != nil {
			shared.server.Stop()
			return
		}
		for _, do := range shared.atEnd {
			do()
		}
	}()
	return m.Run()
}

// InSchema returns url with another schema in the search path.
func InSchema(url, schema string) string {
	joint := "?"
	if strings.Contains(url, "?") {
		joint = "&"
	}
	return url + joint + "search_path=" + schema
}
