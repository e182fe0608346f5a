//go:build unix

package crash

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ginauth/ginauth/example/internal/program"
)

var (
	registrations = flag.Int("registrations", 60, "acknowledged registrations of TestKillRegistrations")
	kills         = flag.Int("kills", 2, "kills among them")
	soak          = flag.Duration("soak", 3*time.Second, "duration of TestSoak")
)

const (
	superuserEmail    = "merlin@camelot.bt"
	superuserPassword = "excalibur"
	password          = "guinevere"
	otherPassword     = "lady-of-the-lake"
	// patience is how long a test waits for what must happen.
	patience = 60 * time.Second
)

// built is the directory of the demonstration, if it was built.
var built string

// executable builds the demonstration, once for all tests.
var executable = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "ginauth-crash-")
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "example")
	command := exec.Command("go", "build", "-buildvcs=false", "-o", path, "..")
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, output)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv(serveURI) != "" {
		fmt.Fprintln(os.Stderr, serve())
		os.Exit(1)
	}
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

// process is the demonstration, which can be killed and started again at the same
// address over the same data.
type process struct {
	t     *testing.T
	addr  string
	env   []string
	limit string // a command of the shell that comes before, such as "ulimit -n 64"

	mu      sync.Mutex // guards command and ended where others than the test read them
	command *exec.Cmd
	ended   chan struct{}
	output  *bytes.Buffer
	err     error // of the end
}

// launch starts the demonstration with these settings more. It ends with the test.
func launch(t *testing.T, limit string, env ...string) *process {
	t.Helper()
	data := t.TempDir()
	p := &process{t: t, addr: program.FreeAddress(t), limit: limit}
	p.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + data, "DATA_DIR=" + data, "ADDR=" + p.addr, "LIMITS=off",
		"SECRET=a secret of at least thirty-two bytes", "SUPERUSER_EMAIL=" + superuserEmail, "SUPERUSER_PASSWORD=" + superuserPassword,
	}, env...)
	t.Cleanup(p.kill)
	p.start()
	return p
}

// start returns when the process answers.
func (p *process) start() {
	p.t.Helper()
	path, err := executable()
	if err != nil {
		p.t.Fatal(err)
	}
	command, output, ended := exec.Command(path), &bytes.Buffer{}, make(chan struct{})
	if p.limit != "" {
		command = exec.Command("sh", "-c", p.limit+" && exec "+path)
	}
	command.Env, command.Stdout, command.Stderr = p.env, output, output
	if err := command.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	p.command, p.output, p.ended = command, output, ended
	p.mu.Unlock()
	go func() {
		defer close(ended)
		p.err = command.Wait()
	}()
	p.waitForAnswer()
}

func (p *process) waitForAnswer() {
	p.t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	late := time.After(patience)
	for {
		if a, err := newClient(p).try(context.Background(), "GET", "/healthz", ""); err == nil && a.status == 200 {
			return
		}
		select {
		case <-again.C:
		case <-p.ended:
			p.t.Fatalf("the process has ended: %v\n%s", p.err, p.output)
		case <-late:
			p.t.Fatal("the process does not answer")
		}
	}
}

// kill ends the process as kill -9 does, and returns when it is gone. It may be called
// from any goroutine.
func (p *process) kill() {
	p.mu.Lock()
	command, ended := p.command, p.ended
	p.mu.Unlock()
	if command == nil { // it never started
		return
	}
	_ = command.Process.Kill()
	<-ended
}

// stop asks the process to end, and wants it to do so without complaint.
func (p *process) stop() {
	p.t.Helper()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatal("the process does not end")
	}
	if p.err != nil {
		p.t.Errorf("the process ended with %v:\n%s", p.err, p.output)
	}
}

// died reports whether the process was killed, or has ended by itself.
func (p *process) died() bool {
	select {
	case <-p.ended:
		var exit *exec.ExitError
		return errors.As(p.err, &exit)
	default:
		return false
	}
}

func unique(name string, n int) string {
	return fmt.Sprintf("%s.%d@camelot.bt", strings.ToLower(name), n)
}
