//go:build unix

package crash

import (
	"encoding/json"
	"flag"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/internal/test/wirefault"
)

var rotations = flag.Int("rotations", 20, "rounds of TestKillRotations")

// rotation is a client with a refresh token, and the process that dies.
type rotation struct {
	*server

	proxy *wirefault.Proxy
}

// TestKillRotations: F23. The process is killed between the write that replaces a refresh
// token and its answer, in every fourth round before the write. Within the grace the
// client's repeats get the one successor; in another fourth of the rounds it comes too
// late, logs in again, and has no other valid token.
func TestKillRotations(t *testing.T) {
	t.Parallel()
	database := mongotest.Database(t).Name()
	proxy := wirefault.Mongo(t, mongotest.Host(t))
	uri, err := url.Parse(mongotest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	uri.Host, uri.Path, uri.RawQuery = proxy.Addr(), "/", "directConnection=true"
	s := &server{t: t, env: []string{serveURI + "=" + uri.String(), serveDatabase + "=" + database}}
	t.Cleanup(func() { s.kill() })
	r := &rotation{server: s, proxy: proxy}
	began := time.Now()
	now := began // of the process: it takes no time to start again, however slow the machine is
	s.start(now)
	late := 0
	for round := range *rotations {
		parent := r.tokenOf(200, "/enter", "")
		r.killDuring(parent, round%4 == 1)
		if round%4 == 3 {
			late++
			now = now.Add(time.Minute) // the clock never goes back
			s.start(now)
			r.refused(parent)
			again := r.tokenOf(200, "/enter", "")
			r.tokenOf(200, "/auth/app/refresh", again)
			continue
		}
		s.start(now)
		child := r.tokenOf(200, "/auth/app/refresh", parent)
		if twin := r.tokenOf(200, "/auth/app/refresh", parent); twin != child || child == parent {
			t.Fatalf("round %d: two valid successors", round)
		}
		grandchild := r.tokenOf(200, "/auth/app/refresh", child)
		if round%4 == 2 { // the parent is older than one step now: the login ends
			r.refused(parent)
			r.refused(grandchild)
		}
	}
	took := time.Since(began)
	t.Logf("%d rounds in %v, %v each; in %d the client came too late", *rotations, took.Round(time.Millisecond),
		(took / time.Duration(max(1, *rotations))).Round(time.Millisecond), late)
}

// killDuring refreshes, and kills the process when the store has answered the write, or
// before it gets it.
func (r *rotation) killDuring(token string, before bool) {
	r.t.Helper()
	var writes atomic.Int64
	r.proxy.Set(func(e wirefault.Exchange) wirefault.Verdict {
		if e.Target != "access_tokens" || !isWrite(e) || writes.Add(1) != 1 {
			return wirefault.Verdict{}
		}
		if before {
			r.kill()
			return wirefault.Verdict{Fault: wirefault.Refuse}
		}
		return wirefault.Verdict{Fault: wirefault.Lose, Answered: r.kill}
	})
	a, err := r.post("/auth/app/refresh", token)
	if writes.Load() == 0 {
		r.t.Fatalf("nothing was written: got %d %s, %v", a.status, a.body, err)
	}
	<-r.ended
	r.proxy.Set(nil)
	if err == nil {
		r.t.Fatalf("the process was killed and answered %d %s", a.status, a.body)
	}
}

func (r *rotation) post(path, token string) (answer, error) {
	body := ""
	if token != "" {
		body = `{"refresh_token":"` + token + `"}`
	}
	return newClient(&process{addr: r.addr}).try(r.t.Context(), "POST", path, body)
}

// tokenOf returns the refresh token that a request is answered with.
func (r *rotation) tokenOf(status int, path, token string) string {
	r.t.Helper()
	a, err := r.post(path, token)
	if err != nil || a.status != status {
		r.t.Fatalf("POST %s: got %d %s, %v, want %d", path, a.status, a.body, err, status)
	}
	return refreshTokenIn(r.t, a)
}

func (r *rotation) refused(token string) {
	r.t.Helper()
	if a, err := r.post("/auth/app/refresh", token); err != nil || a.status != 401 {
		r.t.Fatalf("got %d %s, %v, want 401", a.status, a.body, err)
	}
}

func refreshTokenIn(t *testing.T, a answer) string {
	t.Helper()
	var granted struct {
		Token string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(a.body), &granted); err != nil || granted.Token == "" {
		t.Fatalf("got %d %s, want a refresh token", a.status, a.body)
	}
	return granted.Token
}
