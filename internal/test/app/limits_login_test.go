package app

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
)

const (
	arthur = "king.arthur@camelot.bt"
	merlin = "merlin@camelot.bt"
	nobody = "mordred@camelot.bt"
)

// fail lets n logins fail, each when its time has come.
func fail(t *testing.T, c client, email string, n int) {
	t.Helper()
	for i := range n {
		got := c.logIn(t, email, "wrong")
		if got.status == 429 {
			seconds, err := strconv.Atoi(got.header.Get("Retry-After"))
			if err != nil {
				t.Fatal(err)
			}
			c.app.clock.Advance(time.Duration(seconds) * time.Second)
			got = c.logIn(t, email, "wrong")
		}
		got.want(t, fmt.Sprintf("failure %d of %s", i+1, email), 400, bad)
	}
}

// Five failures are free, for known and unknown accounts alike; then each has to
// wait twice as long as the one before.
func TestLoginDelays(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		a := s.start(t)
		a.member(t, arthur)
		a.member(t, merlin)
		for _, email := range []string{arthur, nobody} {
			fail(t, a.local(), email, 5)
			for _, wait := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
				retry := strconv.Itoa(wait)
				a.local().logIn(t, email, "wrong").want(t, email, 429, retry)
				a.local().logIn(t, strings.ToUpper(email[:1])+email[1:], "guinevere").want(t, "the right password", 429, retry)
				a.clock.Advance(time.Duration(wait)*time.Second - time.Millisecond)
				a.local().logIn(t, email, "wrong").want(t, "just before", 429, "1")
				a.clock.Advance(time.Millisecond)
				a.local().logIn(t, email, "wrong").want(t, "in time", 400, bad)
			}
		}
		a.local().logIn(t, merlin, "guinevere").want(t, "somebody else", 200, "")
	})
}

// A hundred failures in a row end logins until the password is reset.
func TestLoginEnds(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		a := s.start(t, func(c *ginauth.Config) { c.Limits.MaxDelay = 4 * time.Second })
		u := a.member(t, arthur)
		fail(t, a.local(), arthur, 100)
		a.local().logIn(t, arthur, "guinevere").want(t, "at the end", 429, "4")
		a.clock.Advance(60 * 24 * time.Hour)
		a.local().logIn(t, arthur, "guinevere").want(t, "two months later", 429, "4")
		if got, want := strings.Count(a.log.String(), "too many failed logins in a row"), 1; got != want {
			t.Errorf("logged %d times, want %d", got, want)
		}

		token, err := a.instances[0].Manager().ResetToken(u)
		if err != nil {
			t.Fatal(err)
		}
		a.local().send(t, "POST", "/auth/reset-password", `{"token":"`+token+`","password":"excalibur"}`).want(t, "reset", 200, "")
		a.local().logIn(t, arthur, "excalibur").want(t, "after the reset", 200, "")
	})
}

// A success ends the row of its own account, and of no other.
func TestLoginSuccessEndsTheRow(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		a := s.start(t)
		a.member(t, arthur)
		fail(t, a.local(), nobody, 4)
		for range 3 {
			fail(t, a.local(), arthur, 4)
			a.local().logIn(t, arthur, "guinevere").want(t, "login", 200, "")
		}
		fail(t, a.local(), nobody, 1)
		a.local().logIn(t, nobody, "wrong").want(t, "another account", 429, "1")
	})
}

// What was forgotten: failures of a month ago.
func TestLoginFailuresAreForgotten(t *testing.T) {
	t.Parallel()
	a := alone.start(t)
	fail(t, a.local(), nobody, 10)
	a.clock.Advance(30*24*time.Hour + time.Second)
	fail(t, a.local(), nobody, 5)
	a.local().logIn(t, nobody, "wrong").want(t, "after five more", 429, "1")
}

// Whatever refuses a login, it counts alike; what is no attempt does not.
func TestLoginFailures(t *testing.T) {
	t.Parallel()
	a := alone.start(t)
	inactive, oauthOnly := a.member(t, "inactive@camelot.bt"), a.member(t, "oauth@camelot.bt")
	no, empty := false, ""
	for _, change := range []struct {
		u      *user.User
		update user.Update
	}{{inactive, user.Update{IsActive: &no}}, {oauthOnly, user.Update{HashedPassword: &empty}}} {
		if _, err := a.store.Update(t.Context(), change.u.ID, change.update); err != nil {
			t.Fatal(err)
		}
	}
	for _, email := range []string{"inactive@camelot.bt", "oauth@camelot.bt", "no address", "x@y@z", "a@b"} {
		for range 5 {
			a.local().logIn(t, email, "guinevere").want(t, email, 400, bad)
		}
		a.local().logIn(t, email, "guinevere").want(t, email, 429, "1")
	}
	for range 10 {
		a.local().send(t, "POST", "/auth/login", "username="+arthur).want(t, "no password", 422, "")
	}
	fail(t, a.local(), arthur, 5)
	a.local().logIn(t, arthur, "wrong").want(t, "after five", 429, "1")
	a.local().send(t, "POST", "/auth/login", "username="+arthur).want(t, "the body comes first", 422, "")
}

// A password that nobody can have costs no hash, and is no try.
func TestLongPasswordsAreNotHashed(t *testing.T) {
	t.Parallel()
	a := alone.start(t)
	a.member(t, arthur)
	for range 10 {
		a.local().logIn(t, arthur, strings.Repeat("x", 1025)).want(t, "1025 bytes", 400, bad)
	}
	if got := a.hashes.verified.Load(); got != 0 {
		t.Errorf("got %d hashes verified, want none", got)
	}
	a.local().logIn(t, arthur, strings.Repeat("x", 1024)).want(t, "1024 bytes", 400, bad)
	if got := a.hashes.verified.Load(); got != 1 {
		t.Errorf("got %d hashes verified of 1024 bytes, want 1", got)
	}
}

// leftHash is a hash whose computation outlasts the clients that are to leave.
type leftHash struct {
	countedHash
	leave chan leaving
}

// leaving is how a client hangs up, and when its request is over.
type leaving struct {
	hangUp func()
	over   chan struct{}
}

func (h *leftHash) Verify(encoded, password string) (bool, error) {
	select {
	case l := <-h.leave:
		l.hangUp()
		<-l.over
	default:
	}
	return h.countedHash.Verify(encoded, password)
}

// Who hangs up before the answer has had a try all the same.
func TestLoginsLeftEarlyCount(t *testing.T) {
	t.Parallel()
	h := &leftHash{leave: make(chan leaving, 1)}
	a := alone.start(t, func(c *ginauth.Config) { c.Hasher.Verifiers = []password.Verifier{h} })
	a.member(t, arthur)
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		l := leaving{cancel, make(chan struct{})}
		h.leave <- l
		r := httptest.NewRequestWithContext(ctx, "POST", "/auth/login", strings.NewReader("username="+arthur+"&password=wrong"))
		r.RemoteAddr = "127.0.0.1:1234"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		a.engines[0].ServeHTTP(httptest.NewRecorder(), r)
		close(l.over)
	}
	a.local().logIn(t, arthur, "guinevere").want(t, "the sixth", 429, "1")
}

// However many guess at once, over however many instances, no more than the free
// attempts get as far as the hash.
func TestLoginGuessesAtOnce(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		many := 1000
		if s.slow {
			many = 200
		}
		a := s.start(t)
		a.member(t, arthur)
		answers := atOnce(many, func(i int) answer { return a.at(fmt.Sprintf("10.0.%d.%d", i/250, i%250)).logIn(t, arthur, "wrong") })
		counts := map[int]int{}
		for _, got := range answers {
			counts[got.status]++
		}
		if got := a.hashes.verified.Load(); got > 5 || counts[400] != int(got) || counts[400]+counts[429]+counts[503] != many {
			t.Errorf("%d hashes were verified, want at most 5; answers: %v", got, counts)
		}
		fail(t, a.local(), arthur, 5-counts[400])
		a.local().logIn(t, arthur, "guinevere").want(t, "afterwards", 429, "1")
	})
}

// Who knows the password may log in as often, and as often at once, as he likes.
func TestLoginsAtOnce(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		a := s.start(t, func(c *ginauth.Config) { c.Limits.CountLoopback = true })
		a.local().register(t, arthur).want(t, "register", 201, "")
		fail(t, a.local(), arthur, 3)
		for i, got := range atOnce(12, func(int) answer { return a.local().logIn(t, arthur, "guinevere") }) {
			got.want(t, fmt.Sprintf("login %d", i), 200, "")
		}
		fail(t, a.local(), arthur, 5)
		a.local().logIn(t, arthur, "wrong").want(t, "after five failures", 429, "1")
	})
}

// Strangers lock out strangers, not the owner where he has been before.
func TestKnownNetworks(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		a := s.start(t)
		a.member(t, arthur)
		home, home6 := a.at("203.0.113.7"), a.at("2001:db8:1:2::7")
		stranger := a.at("198.51.100.1")
		home.logIn(t, arthur, "guinevere").want(t, "first login", 200, "")
		home6.logIn(t, arthur, "guinevere").want(t, "first login over IPv6", 200, "")
		fail(t, stranger, arthur, 8)
		stranger.logIn(t, arthur, "guinevere").want(t, "stranger", 429, "8")

		for _, same := range []string{"203.0.113.200", "2001:db8:1:2:ffff::1"} {
			a.at(same).logIn(t, arthur, "guinevere").want(t, same, 200, "")
		}
		for _, other := range []string{"203.0.114.7", "2001:db8:1:3::7"} {
			a.at(other).logIn(t, arthur, "guinevere").want(t, other, 429, "8")
		}
		fail(t, home, arthur, 5)
		home.logIn(t, arthur, "guinevere").want(t, "home is limited, too", 429, "1")
		home6.logIn(t, arthur, "guinevere").want(t, "by itself", 200, "")
		stranger.logIn(t, arthur, "guinevere").want(t, "who still waits", 429, "8")
		a.clock.Advance(8 * time.Second)
		stranger.logIn(t, arthur, "guinevere").want(t, "and then is known", 200, "")
	})
}

// A network is known for thirty days after the last login.
func TestKnownNetworksAreForgotten(t *testing.T) {
	t.Parallel()
	a := alone.start(t)
	a.member(t, arthur)
	home := a.at("203.0.113.7")
	home.logIn(t, arthur, "guinevere").want(t, "first login", 200, "")
	a.clock.Advance(29 * 24 * time.Hour)
	fail(t, a.at("198.51.100.1"), arthur, 8)
	home.logIn(t, arthur, "guinevere").want(t, "after 29 days", 200, "")
	a.clock.Advance(30*24*time.Hour + time.Second)
	fail(t, a.at("198.51.100.1"), arthur, 5)
	home.logIn(t, arthur, "guinevere").want(t, "after 30 more", 429, "1")
}

// A store remembers a bounded number of networks, and no address in clear.
func TestKnownNetworksAreBounded(t *testing.T) {
	t.Parallel()
	kept := &recordedLimits{Memory: limits.NewMemory()}
	a := alone.start(t, func(c *ginauth.Config) { c.Limits.Store = kept })
	a.member(t, arthur)
	for i := range 40 {
		a.at(fmt.Sprintf("203.0.%d.7", i)).logIn(t, arthur, "guinevere").want(t, "login", 200, "")
	}
	fail(t, a.at("198.51.100.1"), arthur, 8)
	a.at("203.0.39.8").logIn(t, arthur, "guinevere").want(t, "the last network", 200, "")
	a.at("203.0.0.8").logIn(t, arthur, "guinevere").want(t, "the first", 429, "8")
	for _, text := range kept.all() {
		if len(text) > 8<<10 {
			t.Errorf("got a record of %d bytes", len(text))
		}
		for _, secret := range []string{"203.0", "198.51", "camelot", "guinevere", "wrong"} {
			if strings.Contains(text, secret) {
				t.Errorf("got %q in %s", secret, text)
			}
		}
	}
}

// recordedLimits remembers keys and records.
type recordedLimits struct {
	*limits.Memory
	mu   sync.Mutex
	seen []string
}

func (r *recordedLimits) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.seen...)
}

// atOnce calls f n times at the same moment.
func atOnce(n int, f func(i int) answer) []answer {
	answers := make([]answer, n)
	ready := make(chan struct{})
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() {
			<-ready
			answers[i] = f(i)
		})
	}
	close(ready)
	done.Wait()
	return answers
}

// SwapLimit implements [limits.Store].
func (r *recordedLimits) SwapLimit(ctx context.Context, key, before, after string, keep time.Duration) (bool, error) {
	r.mu.Lock()
	r.seen = append(r.seen, key+" "+after)
	r.mu.Unlock()
	return r.Memory.SwapLimit(ctx, key, before, after, keep)
}
