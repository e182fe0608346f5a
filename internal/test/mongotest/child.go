package mongotest

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

// child is the example's server while it runs as a child process.
type child struct {
	cmd *exec.Cmd
	uri string

	// The child, which is asked to watch it, ends when nothing can come any more:
	// the operating system closes our side when this process ends.
	stdin io.WriteCloser
}

// launch builds the command when it has to and starts it.
func launch(args ...string) (*child, error) {
	path, err := build()
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
		return nil, fmt.Errorf("start the embedded server: %w", err)
	}

	c := &child{cmd: cmd, stdin: stdin}
	overdue := time.AfterFunc(startTimeout, c.kill)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if !overdue.Stop() || err != nil {
		c.kill()
		_ = cmd.Wait() // also completes stderr
		return nil, fmt.Errorf("the embedded server did not start: %s", &stderr)
	}
	c.uri = strings.TrimSuffix(line, "\n")
	return c, nil
}

// kill ends the child as a crash would.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
}
