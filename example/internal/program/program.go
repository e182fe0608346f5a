// Package program runs the example programs in tests, as a reader of the
// documentation would: as processes of their own, talked to by HTTP.
package program

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/example/embedded"
	"github.com/ginauth/ginauth/internal/test/freeport"
)

// Address is where the example programs listen.
const Address = "127.0.0.1:8081"

const secret = "a secret of at least thirty-two bytes"

// Start builds the program in the test's own folder, starts it over an empty database,
// and returns the address it listens on when it does. It listens on a free port, not on
// the one in its source: tests run at the same time, and beside a reader's own tries.
// The program ends with the test.
func Start(t *testing.T) (address string) {
	t.Helper()
	address = FreeAddress(t)
	server, err := embedded.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })

	var output bytes.Buffer
	command := exec.Command(build(t, address))
	command.Env = append(os.Environ(), "MONGODB_URI="+server.URI(), "SECRET="+secret, "GIN_MODE=release")
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait()
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("the program said:\n%s", &output)
		}
	})
	waitFor(t, address, ended)
	return address
}

// FreeAddress returns an address of this machine on which nothing listens. Port 0
// would leave the test without a way to learn the port.
func FreeAddress(t *testing.T) string {
	t.Helper()
	address, err := freeport.Address()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// build compiles the program with another address in the place of its own.
func build(t *testing.T, address string) (executable string) {
	t.Helper()
	source, err := filepath.Abs("main.go")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), Address) != 1 {
		t.Fatalf("%s does not listen on %s", source, Address)
	}
	dir := t.TempDir()
	changed, overlay := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json")
	write(t, changed, []byte(strings.Replace(string(text), Address, address, 1)))
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{source: changed}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, overlay, replace)

	executable = filepath.Join(dir, "program.exe") // Windows needs the suffix, other systems ignore it
	command := exec.Command("go", "build", "-buildvcs=false", "-overlay", overlay, "-o", executable, ".")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return executable
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// waitFor returns when the address takes connections. Another process cannot say so
// in any other way.
func waitFor(t *testing.T, address string, ended <-chan struct{}) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	late := time.After(30 * time.Second)
	for {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			_ = connection.Close()
			return
		}
		select {
		case <-again.C:
		case <-ended:
			t.Fatal("the program has ended")
		case <-late:
			t.Fatal("the program does not listen: ", err)
		}
	}
}
