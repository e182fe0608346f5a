package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// asCommand makes the test binary behave as the command itself.
const asCommand = "EMBEDDED_MONGO_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// command is the command while it runs.
type command struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr bytes.Buffer
	uri    string
	tmp    string // where it puts temporary folders
}

// launch starts the command with a pipe as its standard input, as a program does
// that wants to be watched.
func launch(t *testing.T, args ...string) *command {
	t.Helper()
	c := newCommand(t, args...)
	var err error
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	c.start(t)
	return c
}

func newCommand(t *testing.T, args ...string) *command {
	t.Helper()
	c := &command{cmd: exec.Command(os.Args[0], args...), tmp: t.TempDir()}
	c.cmd.Env = append(os.Environ(), asCommand+"=1", "TMPDIR="+c.tmp)
	c.cmd.Stderr = &c.stderr
	return c
}

func (c *command) start(t *testing.T) {
	t.Helper()
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stdout = bufio.NewReader(stdout)
	if err := c.cmd.Start(); err != nil {
		t.Fatalf("start: got error %v, want none", err)
	}
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	})
}

// ready waits for the connection string.
func (c *command) ready(t *testing.T) {
	t.Helper()
	line, err := c.stdout.ReadString('\n')
	if err != nil {
		_ = c.cmd.Wait()
		t.Fatalf("connection string: got error %v, want none; standard error: %s", err, &c.stderr)
	}
	c.uri = strings.TrimSuffix(line, "\n")
}

// ended waits for the end and checks that the command said nothing more.
func (c *command) ended(t *testing.T) {
	t.Helper()
	rest, err := io.ReadAll(c.stdout)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("exit: got %v, want none", err)
	}
	if len(rest) != 0 {
		t.Errorf("standard output after the connection string: got %q, want nothing", rest)
	}
	if c.stderr.Len() != 0 {
		t.Errorf("standard error: got %q, want nothing", &c.stderr)
	}
	left, err := os.ReadDir(c.tmp)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 0 {
		t.Errorf("left in the temporary folder: got %v, want nothing", left)
	}
}

func (c *command) collection(t *testing.T) *mongo.Collection {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(c.uri))
	if err != nil {
		t.Fatalf("Connect %q: got error %v, want none", c.uri, err)
	}
	t.Cleanup(func() {
		// The server may be gone, and the client would look for it to say goodbye.
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = client.Disconnect(ctx)
	})
	return client.Database("test").Collection("things")
}

func insert(t *testing.T, coll *mongo.Collection, id string) {
	t.Helper()
	if _, err := coll.InsertOne(t.Context(), bson.M{"_id": id}); err != nil {
		t.Fatalf("InsertOne: got error %v, want none", err)
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		end  func(c *command) error
	}{
		{"standard input ends", []string{"-watch-stdin"}, func(c *command) error { return c.stdin.Close() }},
		{"SIGTERM", nil, func(c *command) error { return c.cmd.Process.Signal(syscall.SIGTERM) }},
		{"interrupt", nil, func(c *command) error { return c.cmd.Process.Signal(os.Interrupt) }},
		{"SIGTERM while watching", []string{"-watch-stdin"}, func(c *command) error { return c.cmd.Process.Signal(syscall.SIGTERM) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := launch(t, test.args...)
			c.ready(t)
			insert(t, c.collection(t), "a")
			if err := test.end(c); err != nil {
				t.Fatal(err)
			}
			c.ended(t)
		})
	}
}

// A shell's background job, a container and a service manager give it no standard
// input, or one that has ended.
func TestServesWithoutStandardInput(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		stdin func(t *testing.T, c *command)
	}{
		{"the null device", func(*testing.T, *command) {}}, // which exec gives where nothing is said
		{"a pipe that has ended", func(t *testing.T, c *command) {
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			_ = write.Close()
			t.Cleanup(func() { _ = read.Close() })
			c.cmd.Stdin = read
		}},
		{"closed", func(_ *testing.T, c *command) {
			c.cmd.Path, c.cmd.Args = "/bin/sh", []string{"sh", "-c", `exec "$0" <&-`, os.Args[0]}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCommand(t)
			test.stdin(t, c)
			c.start(t)
			c.ready(t)
			insert(t, c.collection(t), "a")
			if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			c.ended(t)
		})
	}
}

func TestDataAndAddressAreKept(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")

	first := launch(t, "-watch-stdin", "-data", data)
	first.ready(t)
	insert(t, first.collection(t), "a")
	if err := first.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	first.ended(t)

	uri, err := url.Parse(first.uri)
	if err != nil {
		t.Fatal(err)
	}
	second := launch(t, "-watch-stdin", "-data", data, "-listen", uri.Host)
	second.ready(t)
	if second.uri != first.uri {
		t.Errorf("connection string: got %s, want %s", second.uri, first.uri)
	}
	if err := second.collection(t).FindOne(t.Context(), bson.M{"_id": "a"}).Err(); err != nil {
		t.Errorf("FindOne: got error %v, want none", err)
	}
	if err := second.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	second.ended(t)
}

func TestKilledLosesNothing(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")

	first := launch(t, "-data", data)
	first.ready(t)
	insert(t, first.collection(t), "a")
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.cmd.Wait() // says that it was killed

	second := launch(t, "-data", data)
	second.ready(t)
	if err := second.collection(t).FindOne(t.Context(), bson.M{"_id": "a"}).Err(); err != nil {
		t.Errorf("FindOne: got error %v, want none", err)
	}
}

func TestFails(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	used := launch(t, "-data", filepath.Join(t.TempDir(), "data"))
	used.ready(t)

	tests := []struct {
		name string
		args []string
		code int
		says string
	}{
		{"address taken", []string{"-listen", taken.Addr().String()}, 1, taken.Addr().String()},
		{"folder in use", []string{"-data", used.cmd.Args[2]}, 1, "in use by another server"},
		{"unknown flag", []string{"-nonsense"}, 2, "-nonsense"},
		{"argument", []string{"data"}, 2, `"data"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := launch(t, test.args...)
			out, err := io.ReadAll(c.stdout)
			if err != nil {
				t.Fatal(err)
			}
			_ = c.cmd.Wait() // the exit code says it
			if got := c.cmd.ProcessState.ExitCode(); got != test.code {
				t.Errorf("exit code: got %d, want %d", got, test.code)
			}
			if len(out) != 0 {
				t.Errorf("standard output: got %q, want nothing", out)
			}
			if !strings.Contains(c.stderr.String(), test.says) {
				t.Errorf("standard error: got %q, want %q in it", &c.stderr, test.says)
			}
			left, err := os.ReadDir(c.tmp)
			if err != nil || len(left) != 0 {
				t.Errorf("left in the temporary folder: got %v (error %v), want nothing", left, err)
			}
		})
	}
}
