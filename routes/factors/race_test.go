package factors_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/user/usertest"
)

// failing is a plan in which every call of a method fails.
func failing(method string) usertest.FaultPlan {
	return func(_ context.Context, c usertest.Call) usertest.Fault {
		if c.Method == method {
			return usertest.FailBefore
		}
		return usertest.NoFault
	}
}

// Of many confirmations of one key one gets through, and its recovery codes work.
func TestConfirmationsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff)
	c := w.client("cookie").enter(arthur)
	k := c.begin("Phone")
	code := w.at(k, 0)
	answers := make([]answer, 50)
	if wins := fixture.Together(50, func(i int) bool {
		same := w.client("cookie")
		same.cookies["ginauth"] = c.cookies["ginauth"]
		answers[i] = same.confirm(k, code)
		return answers[i].status == 200
	}); wins != 1 {
		t.Fatalf("got %d confirmations, want 1", wins)
	}
	for _, got := range answers {
		if got.status == 200 {
			k.codes = decode[map[string][]string](t, got)["recovery_codes"]
		}
	}
	if len(k.codes) != 10 {
		t.Fatalf("got %d codes, want 10", len(k.codes))
	}
	for _, code := range k.codes {
		c := w.client("jwt")
		if got := c.answer(c.half(arthur), "recovery_code", code); got.status != 200 {
			t.Errorf("got %d %s, want 200", got.status, got.body)
		}
	}
}

// Two enrolments of one user at once, by two sessions: one wins, and what it got works.
func TestEnrolmentsAtOnce(t *testing.T) {
	t.Parallel()
	for round := range rounds {
		w := newWorld(t, limitsOff)
		var clients [2]*client
		var keys [2]key
		for i := range clients {
			clients[i] = w.client("cookie").enter(arthur)
		}
		fixture.Together(2, func(i int) bool {
			got := clients[i].call("POST", "/users/me/factors/totp", `{}`)
			if got.status != 201 {
				return false // the other one has won
			}
			k := decode[key](t, got)
			got = clients[i].confirm(k, w.at(k, 0))
			if got.status == 200 {
				k.codes = decode[map[string][]string](t, got)["recovery_codes"]
				keys[i] = k
			}
			return got.status == 200
		})
		w.Wait(30 * time.Second)
		wins := 0
		for _, k := range keys {
			if k.ID == "" {
				continue
			}
			wins++
			w.client("jwt").full(arthur, k)
			if len(k.codes) > 0 {
				c := w.client("jwt")
				if got := c.answer(c.half(arthur), "recovery_code", k.codes[0]); got.status != 200 {
					t.Fatalf("round %d: recovery code: got %d %s", round, got.status, got.body)
				}
			}
		}
		if u := w.User(arthur); wins > 1 || u.SecondFactor != (wins == 1) {
			t.Fatalf("round %d: %d enrolments won, second factor is %v", round, wins, u.SecondFactor)
		}
	}
}

// A login in flight while the factor is set up is dead, or came before.
func TestEnrolmentAgainstLogin(t *testing.T) {
	t.Parallel()
	for round := range rounds {
		w := newWorld(t, limitsOff)
		c := w.client("cookie").enter(arthur)
		k := c.begin("Phone")
		thief := w.client("stored")
		var entered bool
		fixture.Together(2, func(i int) bool {
			if i == 0 {
				return c.confirm(k, w.at(k, 0)).status == 200
			}
			entered = thief.call("POST", "/own/stored?email="+arthur, "").status == 200
			return entered
		})
		if !w.User(arthur).SecondFactor {
			t.Fatalf("round %d: no second factor", round)
		}
		if got := thief.call("GET", "/active", ""); got.status == 200 {
			t.Fatalf("round %d: a login without factor is alive (let in: %v)", round, entered)
		}
	}
}

// A removal of the last factor against a login: never a login that is asked for nothing
// and none that is asked for what is not there.
func TestRemovalAgainstLogin(t *testing.T) {
	t.Parallel()
	for round := range rounds {
		w := newWorld(t, limitsOff)
		k := w.client("jwt").enter(arthur).enrol("Phone")
		c := w.client("cookie").full(arthur, k)
		code := w.at(k, 0)
		other := w.client("stored")
		login := other.half(arthur)
		var removed, let answer
		fixture.Together(2, func(i int) bool {
			if i == 0 {
				removed = c.call("DELETE", "/users/me/factors/"+k.ID, "")
			} else {
				let = other.answer(login, "totp", code)
			}
			return true
		})
		if removed.status != 204 || w.User(arthur).SecondFactor {
			t.Fatalf("round %d: got %d %s, second factor is %v", round, removed.status, removed.body, w.User(arthur).SecondFactor)
		}
		if got := other.call("GET", "/active", ""); let.status == 200 && got.status == 200 {
			t.Fatalf("round %d: the login of before the removal is alive", round)
		}
		w.client("jwt").enter(arthur)
	}
}

// F05: an enrolment that dies at any write leaves a user who is not asked, or one who can
// answer, and can be repeated.
func TestF05EnrolmentCutShort(t *testing.T) {
	t.Parallel()
	for _, fault := range []usertest.Fault{usertest.FailBefore, usertest.FailAfter} {
		for at := 0; ; at++ {
			w := newWorld(t, limitsOff)
			c := w.client("cookie").enter(arthur)
			k := c.begin("Phone")
			code := w.at(k, 0)
			writes, hit := 0, false
			w.Store.Plan(func(_ context.Context, call usertest.Call) usertest.Fault {
				if !call.Writes || call.Method == "TouchToken" {
					return usertest.NoFault
				}
				writes++
				if writes > at { // the process is gone from here on
					hit = true
					if writes == at+1 {
						return fault
					}
					return usertest.FailBefore
				}
				return usertest.NoFault
			})
			cut := c.confirm(k, code)
			w.Store.Plan(nil)
			if !hit {
				break
			}
			w.Wait(30 * time.Second)
			what := fmt.Sprintf("fault %v at write %d, answered %d", fault, at, cut.status)
			if !w.User(arthur).SecondFactor {
				again := w.client("cookie").enter(arthur)
				if got := again.confirm(k, w.at(k, 0)); got.status != 200 {
					t.Errorf("%s: confirm again: got %d %s", what, got.status, got.body)
				}
				w.Wait(30 * time.Second)
			}
			w.client("jwt").full(arthur, k)
		}
	}
}
