// Package child runs small servers of the example as child processes of tests, so that
// the library does not require the modules they are made of. A command is built with
// "go build" when its sources have changed. A child ends with the test binary, even when
// that is killed.
package child

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// startTimeout is how long the server may take until it accepts clients. It
// takes some ten milliseconds on a machine that has nothing else to do.
const startTimeout = 30 * time.Second

// Child is a server of the example while it runs as a child process.
type Child struct {
	URI string // its connection string

	cmd *exec.Cmd

	// The child, which is asked to watch it, ends when nothing can come any more:
	// the operating system closes our side when this process ends.
	stdin io.WriteCloser
}

// Start builds a command of the folder example/cmd if it has to, starts it and returns when
// clients can connect. The command prints its connection string when they can, and takes
// the flag -watch-stdin.
func Start(command string, args ...string) (*Child, error) {
	path, err := build(command)
	if err != nil {
		return nil, err
	}
	var stderr bytes.Buffer
	cmd := exec.Command(path, append([]string{"-watch-stdin"}, args...)...)
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command, err)
	}

	c := &Child{cmd: cmd, stdin: stdin}
	overdue := time.AfterFunc(startTimeout, func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if !overdue.Stop() || err != nil {
		c.Kill() // also completes stderr
		return nil, fmt.Errorf("%s did not start: %s", command, &stderr)
	}
	c.URI = strings.TrimSuffix(line, "\n")
	return c, nil
}

// Kill ends the child as a crash would, and returns when it has ended.
func (c *Child) Kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait() // says that it was killed
}
