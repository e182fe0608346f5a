//go:build unix

package crash

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
)

// TestRestart: F29. After a restart logins are still valid, ended logins are not, and
// tokens that were used cannot be used again.
func TestRestart(t *testing.T) {
	t.Parallel()
	p := launch(t, "")
	const email = "galahad@camelot.bt"
	newClient(p).register(t, email)
	jwt := newClient(p).logIn(t, "jwt", email, password)
	cookie := newClient(p).logIn(t, "cookie", email, password)
	session := newClient(p).logIn(t, "session", email, password)
	ended := newClient(p)
	a := newClient(p).logIn(t, "cookie", email, password)
	ended.http.Jar = copyOf(t, a)
	a.want(t, 200, "POST", "/auth/cookie/logout", "")
	c := newClient(p)
	c.want(t, 202, "POST", "/auth/request-verify-token", `{"email":"`+email+`"}`)
	verify := c.mail(t, "verify", email)
	c.want(t, 200, "POST", "/auth/verify", `{"token":"`+verify+`"}`)
	callback := signInAtProvider(t, c, "tristan@camelot.bt")
	c.want(t, 200, "GET", callback, "")

	p.stop()
	p.start()
	for _, kept := range []*client{jwt, cookie, session} {
		kept.me(t)
	}
	ended.want(t, 401, "GET", "/users/me", "")
	c.want(t, 400, "POST", "/auth/verify", `{"token":"`+verify+`"}`)
	c.want(t, 400, "GET", callback, "")
}

// TestStopUnderLoad: F30. A process that is asked to end while many register finishes
// what it has begun: every request has a whole answer or was never taken.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	p := launch(t, "")
	acknowledged, unanswered, sent := &list{}, &list{}, &atomic.Int64{}
	var workers sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 8 {
		workers.Go(func() {
			for ctx.Err() == nil {
				email := unique("squire", int(sent.Add(1)))
				a, err := newClient(p).try(ctx, "POST", "/auth/register", credentials("email", email, password))
				switch {
				case err == nil && a.status == 201:
					acknowledged.add(email)
				case err == nil && a.status == 503: // a busy machine's queue of hashes
				case err == nil:
					t.Errorf("got %d %s, want 201, 503 or no answer", a.status, a.body)
				default:
					unanswered.add(email)
					return
				}
			}
		})
	}
	acknowledged.wait(20)
	p.stop()
	workers.Wait()
	p.start()
	stored := superuser(t, p).emails(t, "squire.")
	for _, email := range acknowledged.all() {
		if stored[email] != 1 {
			t.Errorf("%s: got %d accounts, want 1", email, stored[email])
		}
	}
	for _, email := range unanswered.all() {
		if stored[email] != 0 {
			t.Errorf("%s: has an account, but was never told", email)
		}
	}
}
