package migrate_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore/fastapiusers/migrate"
)

const (
	// killedUsers are how many users the command copies; GINAUTH_MIGRATE_USERS says
	// another number.
	killedUsers = 1000
	kills       = 5
	// maxPeak is what the command may need whatever their number, and maxPeakPerUser
	// what each user may add to that: some hashes and no documents.
	maxPeak        = 64 << 20
	maxPeakPerUser = 150
)

// The command is killed, again and again, at whatever it is just doing. Then one run
// finishes it: nothing is lost, nothing is there twice, and it took little memory.
func TestKilled(t *testing.T) {
	t.Parallel()
	n := killedUsers
	if text := os.Getenv("GINAUTH_MIGRATE_USERS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	c, source, _ := config(t, migrate.Beanie)
	c.Batch = max(50, n/200)
	fill(t, source, migrate.Beanie, n)
	command := buildCommand(t)
	// What the command notes between two batches tells roughly how far it is.
	markers := c.To.Collection("ginauth_migration")
	copied := func() int {
		note, err := markers.FindOne(t.Context(), bson.D{}).Raw()
		if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
			t.Errorf("FindOne: %v", err)
		}
		done, _ := note.Lookup("done").AsInt64OK()
		return int(done)
	}

	peak := int64(0)
	for range kills {
		before := copied()
		at := min(n, before+1+rand.IntN(max(1, (n-before)/2)))
		run := start(t, command, c)
		run.watch(func() bool { return copied() >= at })
		peak = max(peak, run.peak)
		t.Logf("killed after %v with %d users copied, %d before", run.took, copied(), before)
		if !run.killed && run.err != nil {
			t.Fatalf("the command has failed: %v\n%s", run.err, &run.stderr)
		}
	}
	run := start(t, command, c)
	run.watch(func() bool { return false })
	peak = max(peak, run.peak)
	t.Logf("finished in %v; %d users, peak memory %d KiB", run.took, n, peak>>10)
	if run.err != nil || run.stdout.Len() > 0 || !strings.Contains(run.stderr.String(), "compared: 0 missing, 0 that differ, 0 kept out by others") {
		t.Errorf("got %v, %s\n%s", run.err, &run.stdout, &run.stderr)
	}
	if limit := int64(maxPeak + n*maxPeakPerUser); peak > limit {
		t.Errorf("got a peak of %d bytes, want at most %d", peak, limit)
	}
	checkCopied(t, c.To, migrate.Beanie, n)
}

// buildCommand returns the path of ginauth-migrate.
func buildCommand(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ginauth-migrate.exe")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", path, "github.com/ginauth/ginauth/cmd/ginauth-migrate")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the command: %v\n%s", err, output)
	}
	return path
}

// process is one run of the command.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	started        time.Time

	took   time.Duration
	killed bool
	peak   int64 // bytes; 0 where the system does not tell
	err    error
}

func start(t *testing.T, command string, c migrate.Config) *process {
	t.Helper()
	p := &process{cmd: exec.CommandContext(t.Context(), command, "-from", c.From.Name(), "-to", c.To.Name(),
		"-apply", "-batch", strconv.Itoa(c.Batch)), started: time.Now()}
	p.cmd.Env = append(os.Environ(), "MONGODB_URI="+mongotest.URI(t))
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// watch waits for the end of the command, which it brings about as soon as over says so.
func (p *process) watch(over func() bool) {
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case p.err = <-ended:
			p.took = time.Since(p.started)
			return
		case <-ticker.C:
			p.peak = max(p.peak, peakMemory(p.cmd.Process.Pid))
			if !p.killed && over() {
				p.killed = p.cmd.Process.Kill() == nil
			}
		}
	}
}

// peakMemory returns the most memory that a process had, as Linux tells it.
func peakMemory(pid int) int64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	_, _ = fmt.Sscan(rest, &kib)
	return kib << 10
}
