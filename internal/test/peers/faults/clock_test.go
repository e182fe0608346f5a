package faults

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

const day = 24 * time.Hour

// status sends a request and returns the status only.
func (c client) status(method, path, body string) int {
	return c.send(context.Background(), method, path, body).status
}

func (w *world) logIn(password string) int {
	return w.as("").status("POST", "/auth/api/login", `{"username":"arthur@camelot.bt","password":"`+password+`"}`)
}

func wantStatus(t *testing.T, what string, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %d, want %d", what, got, want)
	}
}

// The clock jumps back: nothing that was used up or ended is good again.
func TestF26ClockJumpsBack(t *testing.T) {
	t.Parallel()
	for _, jump := range []time.Duration{time.Hour, day} {
		t.Run(jump.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, memory(t), nil)
			u := w.create("arthur@camelot.bt")
			reset, err := w.auth.Manager().ResetToken(u)
			if err != nil {
				t.Fatal(err)
			}
			ended, other := w.as(w.token("api", u)), w.as(w.token("jwt", u))
			resets := w.as("").request("POST", "/auth/reset-password", `{"token":"`+reset+`","password":"lady-of-the-lake"}`)
			callback := w.as("").callback("/auth/avalon", "n,new@camelot.bt")
			wantStatus(t, "log out", ended.status("POST", "/auth/api/logout", ""), 200)
			wantStatus(t, "reset", resets().status, 200)
			wantStatus(t, "sign in", callback().status, 200)

			w.clock.Advance(-jump)
			wantStatus(t, "ended session", ended.status("GET", "/users/me", ""), 401)
			wantStatus(t, "JWT of before the reset", other.status("GET", "/users/me", ""), 401)
			wantStatus(t, "reset again", resets().status, 400)
			wantStatus(t, "sign in again", callback().status, 400)
			wantStatus(t, "log in", w.logIn(another), 200)
		})
	}
}

// A session that renews itself does not outlive its absolute end, whatever the clock
// did in between.
func TestF26AbsoluteEndStays(t *testing.T) {
	t.Parallel()
	renewing := api
	renewing.Strategy = backends.Database{Lifetime: 2 * time.Hour, AbsoluteLifetime: day}
	w := newWorld(t, memory(t), func(c *ginauth.Config) { c.Backends = []backends.Backend{renewing, jwt, web} })
	c := w.as(w.token("api", w.create("arthur@camelot.bt")))
	use := func(want int) { t.Helper(); wantStatus(t, "use", c.status("GET", "/users/me", ""), want) }
	noted := func() { // off the request
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
			record, err := w.inner.TokenByHash(context.Background(), records.HashToken(c.bearer))
			if err == nil && record.LastSeenAt.Equal(w.clock.Now()) {
				return
			}
		}
		t.Fatal("the use was not noted")
	}
	for range 16 { // for 23 hours
		w.clock.Advance(86*time.Minute + 15*time.Second)
		use(200)
		noted()
		w.clock.Advance(-day)
		use(200)
		w.clock.Advance(day)
	}
	w.clock.Advance(time.Hour - time.Second)
	use(200)
	noted()
	w.clock.Advance(time.Second)
	use(401)
}

// The clock jumps forward and returns: sessions are refused meanwhile, and nothing was
// deleted for the time alone.
func TestF27ClockJumpsForward(t *testing.T) {
	t.Parallel()
	w := newWorld(t, memory(t), nil)
	u := w.create("arthur@camelot.bt")
	c, other := w.as(w.token("api", u)), w.as(w.token("jwt", u))
	w.clock.Advance(8 * day)
	wantStatus(t, "session", c.status("GET", "/users/me", ""), 401)
	wantStatus(t, "JWT", other.status("GET", "/users/me", ""), 401)
	w.clock.Advance(-8 * day)
	wantStatus(t, "session after the return", c.status("GET", "/users/me", ""), 200)
	wantStatus(t, "JWT after the return", other.status("GET", "/users/me", ""), 200)
}

// An account that was locked while the clock was ahead is open again not later than
// the lock takes, once somebody has looked.
func TestF27LockEndsAfterReturn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, memory(t), limited)
	w.create("arthur@camelot.bt")
	w.clock.Advance(day)
	tries := 0
	for w.logIn(another) != 429 {
		if tries++; tries > 20 {
			t.Fatal("the account was not locked")
		}
	}
	w.clock.Advance(-day)
	wantStatus(t, "at once", w.logIn(password), 429)
	w.clock.Advance(15*time.Minute + time.Second) // no lock is longer
	wantStatus(t, "after the lock", w.logIn(password), 200)

	// The same for mails: the last one seems to have been sent tomorrow.
	w.clock.Advance(day)
	ask := w.as("").request("POST", "/auth/forgot-password", `{"email":"arthur@camelot.bt"}`)
	wantStatus(t, "ask", ask().status, 202)
	if !w.mails.wait(1) {
		t.Fatal("no mail came")
	}
	w.clock.Advance(-day)
	wantStatus(t, "ask too early", ask().status, 202)
	w.shutdown(t) // now the limit has been asked, and the mail not sent
	if got := len(w.mails.all()); got != 1 {
		t.Errorf("got %d mails, want 1", got)
	}
	later := newWorld(t, w.inner, limited)
	later.clock.Set(w.clock.Now().Add(time.Minute + time.Second))
	wantStatus(t, "ask later", later.as("").status("POST", "/auth/forgot-password", `{"email":"arthur@camelot.bt"}`), 202)
	if !later.mails.wait(1) {
		t.Error("no mail came")
	}
}

// F25: a process is killed between the comparison of a password and the note of its
// failure: the attempt was counted before, so that no guess is ever free.
func TestF25KillBetweenCompareAndCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, memory(t), limited)
	w.create("arthur@camelot.bt")
	guesses := 0
	for range 5 { // as many as are free
		found := false
		w.store.Plan(func(_ context.Context, c usertest.Call) usertest.Fault {
			found = found || c.Method == "ByEmail"
			return when(found && c.Writes, usertest.FailBefore) // what was reserved before stays
		})
		if w.logIn(another) == 400 {
			guesses++
		}
		w.store.Plan(nil)
		w.clock.Advance(time.Millisecond)
	}
	if guesses != 5 {
		t.Errorf("got %d guesses, want 5", guesses)
	}
	w.clock.Advance(2 * time.Minute) // what nobody told the outcome of is a failure now
	wantStatus(t, "one more", w.logIn(another), 400)
	wantStatus(t, "and another", w.logIn(another), 429)
}

// Two instances whose clocks differ by what tokens allow for, and by more.
func TestF28ClocksOfInstances(t *testing.T) {
	t.Parallel()
	for _, apart := range []time.Duration{25 * time.Second, 90 * time.Second} {
		t.Run(apart.String(), func(t *testing.T) {
			t.Parallel()
			store := memory(t)
			ahead, behind := newWorld(t, store, nil), newWorld(t, store, nil)
			ahead.clock.Advance(apart)
			behind.clock.Set(ahead.clock.Now().Add(-apart))
			u := ahead.create("arthur@camelot.bt")
			want := 200
			if apart > 30*time.Second {
				want = 401
			}
			a := behind.as(ahead.token("jwt", u)).send(context.Background(), "GET", "/users/me", "")
			wantStatus(t, "JWT", a.status, want)
			if challenge := a.header.Get("WWW-Authenticate"); want == 401 && challenge != `Bearer error="invalid_token"` {
				t.Errorf("got the challenge %q", challenge)
			}
			// Stored tokens are compared with their own expiry only.
			wantStatus(t, "session", behind.as(ahead.token("api", u)).status("GET", "/users/me", ""), 200)
			wantStatus(t, "the other way round", ahead.as(behind.token("jwt", u)).status("GET", "/users/me", ""), 200)
		})
	}
}
