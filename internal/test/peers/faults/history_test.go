package faults

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// account is what matters of the one account of a concurrent history.
type account struct {
	gone, inactive, verified bool
	password                 string
	// secret counts the changes of the password, version what has ended tokens.
	secret, version int
}

// deed is one operation of a history, on the account's own state.
type deed struct {
	name, password  string
	secret, version int
}

// does says what a deed does to the account: whether it succeeds, and the account
// afterwards.
func (d deed) does(a account) (bool, account) {
	ok := !a.gone
	switch d.name {
	case "log in":
		ok = ok && !a.inactive && a.password == d.password
	case "token":
		ok = ok && !a.inactive && a.version == d.version
	case "reset":
		if ok = ok && !a.inactive && a.secret == d.secret && a.version == d.version; ok {
			a.password = d.password
			a.secret, a.version = a.secret+1, a.version+1
		}
	case "set password":
		if ok {
			a.password = d.password
			a.secret, a.version = a.secret+1, a.version+1
		}
	case "verify":
		if ok = ok && !a.verified; ok {
			a.verified = true
		}
	case "unverify":
		a.verified = a.verified && !ok
	case "deactivate":
		if ok && !a.inactive {
			a.inactive, a.version = true, a.version+1
		}
	case "activate":
		a.inactive = a.inactive && !ok
	case "end sessions":
		if ok {
			a.version++
		}
	case "delete":
		a.gone = true
	}
	return ok, a
}

var histories = porcupine.Model{
	Init: func() any { return account{password: password} },
	Step: func(state, input, output any) (bool, any) {
		ok, after := input.(deed).does(state.(account))
		return ok == output.(bool), after
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %v", input, output) },
}

// TestHistories has several clients do random things to one account at once, and
// demands that all that they were told can be put into one order: what is good
// once has one winner, and nothing that was confirmed is lost.
func TestHistories(t *testing.T) {
	t.Parallel()
	many := max(rounds(t)/2, 10)
	for round := range many {
		seed := rand.Uint64()
		if events := history(t, seed); !porcupine.CheckOperations(histories, events) {
			t.Errorf("round %d, seed %d: no order explains this:", round, seed)
			for _, e := range events {
				t.Logf("client %d from %d to %d: %s", e.ClientId, e.Call, e.Return, histories.DescribeOperation(e.Input, e.Output))
			}
			return
		}
	}
	t.Logf("%d histories", many)
}

const (
	historyClients = 4
	historyLength  = 5
)

func history(t *testing.T, seed uint64) []porcupine.Operation {
	t.Helper()
	w := newWorld(quiet{t}, memory(t), nil)
	defer w.shutdown(t)
	w.store.Plan(stumble)
	// Few different deeds in each history get into each other's way most.
	deeds, theme := w.deeds(t), rand.New(rand.NewPCG(seed, historyClients))
	theme.Shuffle(len(deeds), func(i, j int) { deeds[i], deeds[j] = deeds[j], deeds[i] })
	deeds = deeds[:3+theme.IntN(3)]
	var mu sync.Mutex
	var events []porcupine.Operation
	var all sync.WaitGroup
	began := time.Now()
	for client := range historyClients {
		random := rand.New(rand.NewPCG(seed, uint64(client)))
		all.Go(func() {
			for range historyLength {
				next := deeds[random.IntN(len(deeds))]
				event := porcupine.Operation{ClientId: client, Input: next.deed, Call: time.Since(began).Nanoseconds()}
				a := next.send()
				event.Output, event.Return = a.status < 300, time.Since(began).Nanoseconds()
				if a.status >= 500 {
					t.Errorf("%s: got %d %s", next.name, a.status, a.body)
				}
				mu.Lock()
				events = append(events, event)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return events
}

// doable is a deed and the request that does it.
type doable struct {
	deed
	send func() answer
}

// deeds are all that can be done to Arthur's account, each prepared beforehand.
func (w *world) deeds(t *testing.T) []doable {
	t.Helper()
	admin := w.as(w.token("jwt", w.create("merlin@camelot.bt", superuser)))
	u := w.create("arthur@camelot.bt")
	path := "/users/" + string(u.ID)
	verify, err := w.auth.Manager().VerifyToken(u)
	if err != nil {
		t.Fatal(err)
	}
	reset, err := w.auth.Manager().ResetToken(u)
	if err != nil {
		t.Fatal(err)
	}
	own := w.as(w.token("api", u))
	patch := func(body string) func() answer { return admin.request("PATCH", path, body) }
	all := []doable{
		{deed{name: "token"}, own.request("GET", "/users/me", "")},
		{deed{name: "token"}, w.as(w.token("jwt", u)).request("GET", "/users/me", "")},
		{deed{name: "verify"}, w.as("").request("POST", "/auth/verify", `{"token":"`+verify+`"}`)},
		{deed{name: "unverify"}, patch(`{"is_verified":false}`)},
		{deed{name: "deactivate"}, patch(`{"is_active":false}`)},
		{deed{name: "activate"}, patch(`{"is_active":true}`)},
		{deed{name: "end sessions"}, admin.request("DELETE", path+"/sessions", "")},
		{deed{name: "delete"}, admin.request("DELETE", path, "")},
	}
	for _, p := range []string{password, another} {
		all = append(all,
			doable{deed{name: "log in", password: p}, w.as("").request("POST", "/auth/api/login", `{"username":"arthur@camelot.bt","password":"`+p+`"}`)},
			doable{deed{name: "set password", password: p}, patch(`{"password":"` + p + `"}`)},
			doable{deed{name: "reset", password: p}, w.as("").request("POST", "/auth/reset-password", `{"token":"`+reset+`","password":"`+p+`"}`)})
	}
	return all
}
