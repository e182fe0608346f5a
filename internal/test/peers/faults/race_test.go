package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// underRace says that the race detector is on, under which the short forms are shorter.
var underRace = false

// rounds is how often each race is run.
func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("GINAUTH_ROUNDS")
	switch {
	case text == "" && underRace:
		return 10
	case text == "":
		return 50
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("GINAUTH_ROUNDS is %q, want a number of rounds", text)
	}
	return n
}

// race is one kind of race. Each round has somebody of its own.
type race struct {
	config func(*ginauth.Config)
	// round runs one round and checks it.
	round func(t *testing.T, w *world, round int)
}

// run runs all rounds of a race on both stores.
func (r race) run(t *testing.T) {
	t.Helper()
	t.Parallel()
	many := rounds(t)
	for _, on := range []struct {
		name   string
		open   func(testing.TB) fullStore
		rounds int
	}{{"memory", memory, many}, {database.name, database.open, max(many/10, 1)}} {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			store := on.open(t)
			w, twin := newWorld(t, store, r.config), newWorld(t, store, r.config)
			w.store.Plan(stumble)
			twin.store.Plan(stumble)
			twin.clock.Set(w.clock.Now())
			w.twin = twin
			w.slow = on.name != "memory"
			for round := range on.rounds {
				r.round(t, w, round)
				if t.Failed() {
					t.Fatalf("in round %d", round)
				}
			}
			t.Logf("%d rounds, %d of them with a store that was too slow to answer all", on.rounds, w.unsettled)
			if w.unsettled > on.rounds/2 {
				t.Error("most rounds have shown nothing")
			}
		})
	}
}

// stumble makes calls of the store meet in ever other ways: in memory they would
// hardly ever.
func stumble(context.Context, usertest.Call) usertest.Fault {
	for range rand.IntN(20) {
		runtime.Gosched()
	}
	return usertest.NoFault
}

// atOnce runs all of do at the same time and returns what they got.
func atOnce(do ...func() answer) []answer {
	answers := make([]answer, len(do))
	start := make(chan struct{})
	var all sync.WaitGroup
	for i, one := range do {
		all.Go(func() {
			<-start
			answers[i] = one()
		})
	}
	close(start)
	all.Wait()
	return answers
}

// oneWinner demands that one got the status, and all others 400 with the refusal. It
// returns who won; -1 where the store did not answer somebody in time, so that
// nobody need have been told.
func oneWinner(t *testing.T, w *world, answers []answer, status int, refusal string) int {
	t.Helper()
	winner, winners := -1, 0
	late := w.late(answers)
	for i, a := range answers {
		switch {
		case a.status == 503 && late:
		case a.status == status:
			winner, winners = i, winners+1
		case a.status != 400 || a.body != `{"detail":"`+refusal+`"}`:
			t.Errorf("a loser got %d %s, want %s", a.status, a.body, refusal)
		}
	}
	if winners > 1 || winners == 0 && !late {
		t.Errorf("got %d winners, want 1", winners)
	}
	if late {
		return -1
	}
	return winner
}

// late reports whether the store was too slow for somebody, which only the embedded
// engine on a busy machine may be.
func (w *world) late(answers []answer) bool {
	late := w.slow && slices.ContainsFunc(answers, func(a answer) bool { return a.status == 503 })
	if late {
		w.unsettled++
	}
	return late
}

// instance is one of two instances of the application over one store: within one,
// some operations take turns.
func (w *world) instance(i int) *world {
	if i%2 == 1 {
		return w.twin
	}
	return w
}

// knight is the address of a round's own user.
func knight(round int) string { return fmt.Sprintf("knight-%d@camelot.bt", round) }

// send is a request of a client, to be run in a race.
func (c client) request(method, path, body string) func() answer {
	return func() answer { return c.send(context.Background(), method, path, body) }
}

// wantPassword demands that somebody's password is this one.
func (w *world) wantPassword(t *testing.T, email, password string) {
	t.Helper()
	u := w.find(email)
	if u == nil {
		t.Errorf("there is no %s", email)
		return
	}
	if ok, _, err := hasher().Verify(context.Background(), u.HashedPassword, password); !ok || err != nil {
		t.Errorf("the stored password is not the winner's: %v", err)
	}
}

// Of several who register one address one gets it, with his own password.
func TestF40RaceRegister(t *testing.T) {
	race{round: func(t *testing.T, w *world, round int) {
		var all []func() answer
		for i := range 3 {
			all = append(all, w.instance(i).as("").request("POST", "/auth/register", fmt.Sprintf(`{"email":"%s","password":"password-%d"}`, knight(round), i)))
		}
		winner := oneWinner(t, w, atOnce(all...), 201, "REGISTER_USER_ALREADY_EXISTS")
		if winner >= 0 {
			w.wantPassword(t, knight(round), fmt.Sprintf("password-%d", winner))
		}
		if page, err := w.inner.List(context.Background(), user.ListQuery{Limit: 10, EmailPrefix: knight(round)}); err != nil || len(page.Users) != 1 {
			t.Errorf("got %d users, %v, want 1", len(page.Users), err)
		}
	}}.run(t)
}

// A reset token is good once, whoever else has it.
func TestF41RaceReset(t *testing.T) {
	race{round: func(t *testing.T, w *world, round int) {
		u := w.create(knight(round))
		session := w.as(w.token("api", u))
		token, err := w.auth.Manager().ResetToken(u)
		if err != nil {
			t.Fatal(err)
		}
		var all []func() answer
		for i := range 3 {
			all = append(all, w.instance(i).as("").request("POST", "/auth/reset-password", fmt.Sprintf(`{"token":"%s","password":"password-%d"}`, token, i)))
		}
		winner := oneWinner(t, w, atOnce(all...), 200, "RESET_PASSWORD_BAD_TOKEN")
		if winner >= 0 {
			w.wantPassword(t, knight(round), fmt.Sprintf("password-%d", winner))
		}
		if a := session.send(context.Background(), "GET", "/users/me", ""); winner >= 0 && a.status != 401 {
			t.Errorf("an old session got %d", a.status)
		}
	}}.run(t)
}

// A verification happens once, and so does its hook.
func TestF42RaceVerify(t *testing.T) {
	var hooked sync.Map // from address to *atomic.Int32
	config := func(c *ginauth.Config) {
		c.Hooks.AfterVerify = func(_ context.Context, u *user.User) error {
			times, _ := hooked.LoadOrStore(u.Email, new(atomic.Int32))
			times.(*atomic.Int32).Add(1)
			return nil
		}
	}
	race{config: config, round: func(t *testing.T, w *world, round int) {
		u := w.create(fmt.Sprintf("%p-%d@camelot.bt", w, round))
		token, err := w.auth.Manager().VerifyToken(u)
		if err != nil {
			t.Fatal(err)
		}
		verify := w.as("").request("POST", "/auth/verify", `{"token":"`+token+`"}`)
		winner := oneWinner(t, w, atOnce(verify, verify, verify, verify, verify), 200, "VERIFY_USER_ALREADY_VERIFIED")
		if times, ok := hooked.Load(u.Email); winner >= 0 && (!ok || times.(*atomic.Int32).Load() != 1) {
			t.Errorf("AfterVerify ran %v times, want once", times)
		}
	}}.run(t)
}

// A token that confirms an address is good once.
func TestF42RaceConfirmEmail(t *testing.T) {
	race{config: confirming, round: func(t *testing.T, w *world, round int) {
		token, err := w.auth.Manager().EmailChangeToken(w.create(knight(round)), "new-"+knight(round), "")
		if err != nil {
			t.Fatal(err)
		}
		confirm := w.as("").request("POST", "/auth/confirm-email", `{"token":"`+token+`"}`)
		oneWinner(t, w, atOnce(confirm, confirm, confirm, confirm), 200, "CONFIRM_EMAIL_BAD_TOKEN")
	}}.run(t)
}

// Of several who change to one address one gets it.
func TestF40RaceChangeEmail(t *testing.T) {
	race{round: func(t *testing.T, w *world, round int) {
		var all []func() answer
		for i := range 3 {
			u := w.create(fmt.Sprintf("%d-%s", i, knight(round)))
			all = append(all, w.as(w.token("jwt", u)).request("PATCH", "/users/me", `{"email":"`+knight(round)+`"}`))
		}
		oneWinner(t, w, atOnce(all...), 200, "UPDATE_USER_EMAIL_ALREADY_EXISTS")
	}}.run(t)
}
