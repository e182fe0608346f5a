package faults

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user/usertest"
)

// long reports whether the long form was asked for.
func long() bool { return os.Getenv("GINAUTH_LONG") != "" }

// request is one request of a client, which he may send again.
type request func(ctx context.Context) answer

// operation is something that a client or a program asks for.
type operation struct {
	name   string
	config func(*ginauth.Config)
	// people brings in who is concerned.
	people func(w *world)
	// prepare returns the request. Where it is prepared again, it is begun anew.
	prepare func(w *world) request
	// again are the refusals that a repetition may get: what it asks for is done.
	again []string
	// anew says that a repetition may be refused although nothing is done, because
	// a one-time value was used up; then the operation has to be begun anew.
	anew bool
	// between are further states in which a failure may leave things. Each says why
	// it gives nobody anything.
	between []string
}

// faultMode is a way in which a call, or several, fail.
type faultMode struct {
	name string
	// fault decides on call n, if the k-th is to fail.
	fault func(n, k int, c usertest.Call) usertest.Fault
}

var faultModes = []faultMode{
	{"fails before", func(n, k int, _ usertest.Call) usertest.Fault { return when(n == k, usertest.FailBefore) }},
	{failsAfter, func(n, k int, _ usertest.Call) usertest.Fault { return when(n == k, usertest.FailAfter) }},
	// As if the process had been killed there, or the store had gone down.
	{"all fail from here", func(n, k int, _ usertest.Call) usertest.Fault { return when(n >= k, usertest.FailBefore) }},
	{doneThenDown, func(n, k int, _ usertest.Call) usertest.Fault {
		if n == k {
			return usertest.FailAfter
		}
		return when(n > k, usertest.FailBefore)
	}},
	{driverRepeats, func(n, k int, _ usertest.Call) usertest.Fault { return when(n == k, usertest.Twice) }},
}

// differs reports whether the mode means anything new for a call: reading has no effect
// that an answer could come after.
func (m faultMode) differs(c usertest.Call) bool {
	switch m.name {
	case failsAfter, doneThenDown:
		return c.Writes
	case driverRepeats:
		return slices.Contains(repeatable, c.Method)
	}
	return true
}

const (
	// failsAfter is the mode in which an operation may find out that it is done.
	failsAfter = "fails after"
	// doneThenDown is failsAfter, and nothing answers from then on.
	doneThenDown = "done, and all fail from here"
	// driverRepeats is the mode only for methods that may be repeated.
	driverRepeats = "driver repeats"
)

// repeatable are the methods whose contract says that a repetition succeeds, or
// whose repetition means the same.
var repeatable = []string{
	"Create", "CreateToken", "DeleteToken", "DeleteTokensOf", "LinkAccount", "ReserveAccount", "RefreshAccount", "UnlinkAccountsOf",
	"CreateCredential", "SwapCredential", "DeleteCredentialsOf", "PutPending", "SetPending", "DeletePendingOf",
}

func when(yes bool, f usertest.Fault) usertest.Fault {
	if yes {
		return f
	}
	return usertest.NoFault
}

// insideKey marks the contexts of the request under test: mails and notes of use,
// which are off the request, are not counted.
type insideKey struct{}

// run sends a request with faults and returns how many calls it made of the store.
func (w *world) run(r request, fault func(n int, c usertest.Call) usertest.Fault) (a answer, calls []usertest.Call) {
	var n atomic.Int32
	w.store.Plan(func(ctx context.Context, c usertest.Call) usertest.Fault {
		if ctx.Value(insideKey{}) == nil {
			return usertest.NoFault
		}
		calls = append(calls, c)
		return fault(int(n.Add(1)), c)
	})
	a = r(context.WithValue(context.Background(), insideKey{}, true))
	w.store.Plan(nil)
	return a, calls
}

func noFault(int, usertest.Call) usertest.Fault { return usertest.NoFault }

// TestF05EveryCall has every call of the store of every operation fail, before or
// after its effect, alone or with all that follow. Then the state is the one before
// or the one after, nobody is told of a success but for the one after, and whoever
// tries again succeeds or gets the normal refusal.
func TestF05EveryCall(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			t.Parallel()
			op.everyCall(t, memory)
		})
	}
}

// TestF05EveryCallOnMongoDB is the same with the store of package mongostore.
func TestF05EveryCallOnMongoDB(t *testing.T) {
	t.Parallel()
	for i, op := range operations() {
		// The manager is the same; a few operations of each kind are enough for the short form.
		if !long() && i%6 != 0 {
			continue
		}
		t.Run(op.name, func(t *testing.T) {
			t.Parallel()
			op.everyCall(t, database.open)
		})
	}
}

func (op operation) everyCall(t *testing.T, open func(testing.TB) fullStore) {
	want := op.begin(t, open)
	before := want.w.state()
	good, calls := want.w.run(want.request, noFault)
	after := want.w.state()
	if good.status >= 500 {
		t.Fatalf("without faults: got %d %s", good.status, good.body)
	}
	if len(calls) == 0 && !op.anew {
		t.Fatal("the operation asks the store for nothing, so nothing was tested")
	}
	for k := range len(calls) {
		for _, mode := range faultModes {
			if !mode.differs(calls[k]) {
				continue
			}
			t.Run(fmt.Sprintf("%d %s %s", k+1, calls[k].Method, mode.name), func(t *testing.T) {
				c := op.begin(t, open)
				c.calls = calls
				c.check(mode, k+1, expected{good, before, after})
			})
		}
	}
}

// expected is what happens without faults.
type expected struct {
	good          answer
	before, after string
}

// trial is one operation in a world of its own.
type trial struct {
	operation
	t       *testing.T
	w       *world
	request request
	calls   []usertest.Call
}

// recognised reports whether the k-th call is one of which ginauth finds out whether
// it took effect when its answer is lost (F07).
func (c *trial) recognised(k int, want expected) bool {
	return want.before != want.after && slices.Contains([]string{"Create", "Update"}, c.calls[k-1].Method)
}

func (op operation) begin(t *testing.T, open func(testing.TB) fullStore) *trial {
	t.Helper()
	w := newWorld(t, open(t), op.config)
	op.people(w)
	return &trial{operation: op, t: t, w: w, request: op.prepare(w)}
}

func (c *trial) check(mode faultMode, k int, want expected) {
	c.t.Helper()
	a, calls := c.w.run(c.request, func(n int, call usertest.Call) usertest.Fault { return mode.fault(n, k, call) })
	state := c.w.state()
	switch {
	case mode.name == failsAfter && c.recognised(k, want) && a.code() != want.good.code():
		c.t.Errorf("got %d %s, want %d: the operation could know that it is done", a.status, a.body, want.good.status)
	case a.status < 400 && state != want.after:
		c.t.Errorf("got %d, but the state is\n%s\nwant\n%s", a.status, state, want.after)
	case a.status != http.StatusServiceUnavailable && a.code() != want.good.code():
		c.t.Errorf("got %d %s, want %d or 503", a.status, a.body, want.good.status)
	case state != want.before && state != want.after && !slices.Contains(c.between, state):
		c.t.Errorf("got %d and the state\n%s\nwant\n%s\nor\n%s\ncalls: %v", a.status, state, want.before, want.after, calls)
	}
	if a.status >= 400 && strings.Contains(a.header.Get("Set-Cookie"), "ginauth=") && !strings.Contains(a.header.Get("Set-Cookie"), "ginauth=;") {
		c.t.Errorf("got %d with a login cookie", a.status)
	}
	c.tryAgain(state, want)
}

// tryAgain sends the same request again and, where that is refused because of a
// one-time value, begins anew. The store works now.
func (c *trial) tryAgain(state string, want expected) {
	c.t.Helper()
	a, _ := c.w.run(c.request, noFault)
	refused := slices.ContainsFunc(c.again, func(refusal string) bool { return strings.Contains(a.body, refusal) })
	switch {
	case a.code() == want.good.code():
	case refused && state != want.before || refused && c.anew:
	default:
		c.t.Errorf("second try: got %d %s, want %d", a.status, a.body, want.good.status)
	}
	if refused && c.anew && uncounted(c.w.state()) != uncounted(want.after) {
		if a, _ := c.w.run(c.prepare(c.w), noFault); a.code() != want.good.code() {
			c.t.Errorf("begun anew: got %d %s, want %d", a.status, a.body, want.good.status)
		}
	}
	if got := c.w.state(); uncounted(got) != uncounted(want.after) {
		c.t.Errorf("in the end the state is\n%s\nwant\n%s", got, want.after)
	}
}

var counts = regexp.MustCompile(`(tokens|version)=\d+`)

// uncounted is a state without what a repetition may count further: tokens that were
// issued, and versions that ended tokens.
func uncounted(state string) string { return counts.ReplaceAllString(state, "$1=n") }
