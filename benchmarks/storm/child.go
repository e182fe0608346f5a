package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// serverVariable tells a process that it is to be the server, and of how many
// hashes at once.
const serverVariable = "GINAUTH_STORM_SERVER"

// server is the process under attack.
type server struct {
	url, token string
	limit      string // what limits its memory, for the reader
	command    *exec.Cmd
	stdin      io.Closer
	ended      chan error
	group      *memoryGroup
}

// start starts this program again as the server, within its limits.
func start(p plan) (*server, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.Command(executable)
	command.Env = append(os.Environ(), fmt.Sprint(serverVariable, "=", p.hashes), fmt.Sprint("GOMAXPROCS=", p.cpus))
	if p.goMemLimit != "" {
		command.Env = append(command.Env, "GOMEMLIMIT="+p.goMemLimit)
	}
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &server{command: command, stdin: stdin, ended: make(chan error, 1)}
	s.group, s.limit = limitMemory(command.Process.Pid, p.memory)
	// The server waits for this line, so that all it does is within the limit.
	if _, err := io.WriteString(stdin, "go\n"); err != nil {
		return nil, errors.Join(err, command.Wait())
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the server says nothing: %w", err), command.Wait())
	}
	s.url, s.token, _ = strings.Cut(strings.TrimSpace(line), " ")
	go func() { s.ended <- command.Wait() }()
	return s, nil
}

// alive reports whether the server still runs.
func (s *server) alive() bool {
	select {
	case err := <-s.ended:
		s.ended <- err
		return false
	default:
		return true
	}
}

// stop ends the server, which ends when its input does.
func (s *server) stop() {
	s.stdin.Close()
	<-s.ended
	s.group.remove()
}

// resident is the memory the server has now, in MiB, 0 where nobody knows.
func (s *server) resident() int { return statusMiB(s.command.Process.Pid, "VmRSS:") }

// peak is the most it ever had.
func (s *server) peak() int { return statusMiB(s.command.Process.Pid, "VmHWM:") }

// statusMiB reads a line of /proc/<pid>/status.
func statusMiB(pid int, name string) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, name); found {
			var kib int
			if _, err := fmt.Sscan(rest, &kib); err == nil {
				return kib / 1024
			}
		}
	}
	return 0
}
