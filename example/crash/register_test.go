//go:build unix

package crash

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth/internal/test/pgtest"
)

// TestKillRegistrations: F20, F29. The process is killed at random moments while many
// register. Every registration that was answered with success has one account.
func TestKillRegistrations(t *testing.T) {
	t.Parallel()
	killRegistrations(t, launch(t, ""))
}

// TestKillRegistrationsPostgres is the same over PostgreSQL.
func TestKillRegistrationsPostgres(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrNone) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	p := launch(t, "", "DATABASE_URL="+server.URL)
	t.Cleanup(server.Stop)
	killRegistrations(t, p)
}

func killRegistrations(t *testing.T, p *process) {
	t.Helper()
	acknowledged, sent := &list{}, &atomic.Int64{}
	started := time.Now()
	for k := range *kills + 1 {
		until := *registrations * (k + 1) / (*kills + 1)
		ctx, cancel := context.WithCancel(t.Context())
		var workers sync.WaitGroup
		for range 4 {
			workers.Go(func() { registerUntil(ctx, p, acknowledged, sent, until) })
		}
		if k == *kills {
			workers.Wait()
		} else {
			acknowledged.wait(until)
			// Somewhere within the next registrations, whose number is not the same each time.
			<-time.After(time.Duration(rand.Int64N(int64(60 * time.Millisecond))))
			p.kill()
			cancel()
			workers.Wait()
			p.start()
		}
		cancel()
	}
	took := time.Since(started)

	stored := superuser(t, p).emails(t, "knight.")
	lost, twice := 0, 0
	for _, email := range acknowledged.all() {
		if stored[email] == 0 {
			lost++
		}
	}
	for _, n := range stored {
		if n > 1 {
			twice++
		}
	}
	t.Logf("%d registrations sent, %d acknowledged, %d stored, %d kills in %v: %d lost, %d twice",
		sent.Load(), len(acknowledged.all()), len(stored), *kills, took.Round(time.Second), lost, twice)
	if lost > 0 || twice > 0 || len(acknowledged.all()) < *registrations {
		t.Errorf("got %d acknowledged, %d lost, %d twice, want %d, none, none", len(acknowledged.all()), lost, twice, *registrations)
	}
	// The last user acknowledged before each kill can do what other users can.
	email := acknowledged.all()[len(acknowledged.all())-1]
	c := newClient(p)
	c.want(t, 202, "POST", "/auth/request-verify-token", `{"email":"`+email+`"}`)
	c.want(t, 200, "POST", "/auth/verify", `{"token":"`+c.mail(t, "verify", email)+`"}`)
	c.logIn(t, "jwt", email, password).me(t)
}

// registerUntil registers one after another until so many are acknowledged, and a
// few more, which the kill hits.
func registerUntil(ctx context.Context, p *process, acknowledged *list, sent *atomic.Int64, until int) {
	c := newClient(p)
	for ctx.Err() == nil && acknowledged.len() < until+16 {
		email := unique("knight", int(sent.Add(1)))
		a, err := c.try(ctx, "POST", "/auth/register", credentials("email", email, password))
		if err == nil && a.status == 201 {
			acknowledged.add(email)
		}
	}
}

// list is a list that many add to.
type list struct {
	mu    sync.Mutex
	texts []string
	grown chan struct{}
}

func (l *list) add(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts = append(l.texts, text)
	if l.grown != nil {
		close(l.grown)
		l.grown = nil
	}
}

func (l *list) len() int { return len(l.all()) }

func (l *list) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.texts
}

// wait returns when there are at least n.
func (l *list) wait(n int) {
	for {
		l.mu.Lock()
		if len(l.texts) >= n {
			l.mu.Unlock()
			return
		}
		if l.grown == nil {
			l.grown = make(chan struct{})
		}
		grown := l.grown
		l.mu.Unlock()
		<-grown
	}
}
