//go:build linux

package crash

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestFewFiles: F48. A process that may open few files refuses what it cannot take and
// goes on when there are some again.
func TestFewFiles(t *testing.T) {
	t.Parallel()
	p := launch(t, "ulimit -n 256")
	newClient(p).register(t, "gareth@camelot.bt")
	var held []net.Conn
	for range 400 {
		conn, err := net.DialTimeout("tcp", p.addr, time.Second)
		if err != nil {
			break // the queue of those who wait to be accepted is full
		}
		held = append(held, conn)
	}
	if len(held) < 256 {
		t.Errorf("got %d connections, want more than there are files", len(held))
	}
	for _, conn := range held {
		_ = conn.Close()
	}
	p.waitForAnswer()
	newClient(p).logIn(t, "cookie", "gareth@camelot.bt", password).me(t)
	if p.died() {
		t.Errorf("the process has ended: %v\n%s", p.err, p.output)
	}
}

// TestLittleMemory: F47. 500 logins at once and 50 bodies of 10 MiB take less than
// 256 MiB: they wait for each other, or are refused. The process has the GOMEMLIMIT that the
// documentation wants where memory is limited: without it, how much finished hashes leave
// behind is up to the garbage collector.
func TestLittleMemory(t *testing.T) {
	t.Parallel()
	p := launch(t, "", "GOMEMLIMIT=128MiB")
	newClient(p).register(t, "bors@camelot.bt")
	big := `{"email":"` + strings.Repeat("a", 10<<20) + `"}`
	var statuses sync.Map
	count := func(kind string, a answer, err error) {
		key := fmt.Sprintf("%s %d", kind, a.status)
		if err != nil {
			key = kind + " no answer"
		}
		n, _ := statuses.LoadOrStore(key, &atomic.Int64{})
		n.(*atomic.Int64).Add(1)
	}
	var clients sync.WaitGroup
	for n := range 500 {
		clients.Go(func() {
			a, err := newClient(p).try(t.Context(), "POST", "/auth/cookie/login", credentials("username", "bors@camelot.bt", password))
			count("login", a, err)
		})
		if n%10 == 0 {
			clients.Go(func() {
				a, err := newClient(p).try(t.Context(), "POST", "/auth/register", big)
				count("big body", a, err)
			})
		}
	}
	clients.Wait()
	peak := p.status(t, "VmHWM") << 10
	seen := map[string]int64{}
	statuses.Range(func(key, n any) bool { seen[key.(string)] = n.(*atomic.Int64).Load(); return true })
	t.Logf("at most %d MiB; answers: %v", peak>>20, seen)
	if peak > 256<<20 {
		t.Errorf("got %d MiB, want at most 256", peak>>20)
	}
	// A server that refuses a body may hang up before the client has sent it all.
	for _, good := range []string{"login 200", "login 503", "big body 413", "big body no answer"} {
		delete(seen, good)
	}
	if len(seen) > 0 {
		t.Errorf("got the answers %v beside those foreseen", seen)
	}
	newClient(p).logIn(t, "cookie", "bors@camelot.bt", password).me(t)
}

// status returns a figure of /proc/<pid>/status, of memory in KiB.
func (p *process) status(t *testing.T, name string) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			figure, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return figure
		}
	}
	t.Fatalf("/proc tells no %s", name)
	return 0
}

// files returns how many files and sockets the process has open.
func (p *process) files(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}

// TestSoak: F49. After a mixed load the process has no more files, sockets and threads
// open than after its beginning, and no more memory but for noise.
func TestSoak(t *testing.T) {
	t.Parallel()
	p := launch(t, "")
	newClient(p).register(t, "percival@camelot.bt")
	round := func(until time.Time) (requests int64) {
		var sent atomic.Int64
		var workers sync.WaitGroup
		for n := range 4 {
			workers.Go(func() { // at least once
				for first := true; first || time.Now().Before(until); first = false {
					sent.Add(mixedRound(t, p, fmt.Sprintf("soak.%d.%d@camelot.bt", n, time.Now().UnixNano())))
				}
			})
		}
		workers.Wait()
		return sent.Load()
	}
	round(time.Now().Add(*soak / 4)) // pools fill, the heap finds its size
	files, threads, memory := p.files(t), p.status(t, "Threads"), p.status(t, "VmRSS")<<10
	requests := round(time.Now().Add(*soak))
	newFiles, newThreads, newMemory := p.files(t), p.status(t, "Threads"), p.status(t, "VmRSS")<<10
	t.Logf("%d requests in %v: files %d, then %d; threads %d, then %d; memory %d MiB, then %d MiB",
		requests, *soak, files, newFiles, threads, newThreads, memory>>20, newMemory>>20)
	// Connections to the databases, which their pools open and close. A database that is
	// embedded has both ends of each.
	const noise = 12
	if newFiles > files+2*noise {
		t.Errorf("got %d open files, want about %d", newFiles, files)
	}
	if newThreads > threads+noise {
		t.Errorf("got %d threads, want about %d", newThreads, threads)
	}
	if newMemory > memory+memory/2+32<<20 {
		t.Errorf("got %d MiB, want about %d", newMemory>>20, memory>>20)
	}
}

// mixedRound makes the requests of one user, valid and invalid ones, and returns how many
// they were. The user is deleted at the end, so that the data does not grow.
func mixedRound(t *testing.T, p *process, email string) (requests int64) {
	c := newClient(p)
	for _, r := range []struct {
		status             int
		method, path, body string
	}{
		{201, "POST", "/auth/register", credentials("email", email, password)},
		{400, "POST", "/auth/register", credentials("email", email, password)},
		{422, "POST", "/auth/register", `{"email":`},
		{400, "POST", "/auth/cookie/login", credentials("username", email, otherPassword)},
		{200, "POST", "/auth/cookie/login", credentials("username", email, password)},
		{200, "POST", "/auth/session/login", credentials("username", email, password)},
		{200, "GET", "/users/me", ""},
		{200, "PATCH", "/users/me", `{"first_name":"x"}`},
		{202, "POST", "/auth/forgot-password", `{"email":"nobody@camelot.bt"}`},
		{400, "POST", "/auth/reset-password", credentials("token", "x", password)},
		{403, "GET", "/users/" + email, ""},
		{200, "GET", "/users/me/sessions", ""},
		{200, "POST", "/auth/cookie/logout", ""},
		{200, "POST", "/auth/session/logout", ""},
		{401, "GET", "/users/me", ""},
	} {
		c.want(t, r.status, r.method, r.path, r.body)
		requests++
	}
	id := c.logIn(t, "jwt", email, password).me(t)
	superuser(t, p).want(t, 204, "DELETE", "/users/"+id, "")
	return requests + 4
}
