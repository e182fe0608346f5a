package contract

import (
	"slices"
	"strings"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	passwords "github.com/ginauth/ginauth/password"
)

// leastCases is how many hostile requests there must be.
const leastCases = 200

// TestHostile sends every request of testdata/hostile to an application with all
// groups and backends, on each store. After each, besides the answer that its case
// states: nothing failed with 5xx, no secret is in answer or log, the store has
// changed as the case states and not otherwise, and Gawain, who has nothing to do
// with it, still logs in. testdata/hostile/README.md explains how to add one.
func TestHostile(t *testing.T) {
	t.Parallel()
	files := hostileFiles(t)
	count := 0
	for _, f := range files {
		count += len(f.cases)
	}
	if count < leastCases {
		t.Errorf("got %d hostile cases, want at least %d", count, leastCases)
	}
	eachHostileStore(t, func(t *testing.T, open hostileStore) {
		for _, strict := range []bool{false, true} {
			t.Run(map[bool]string{false: "default", true: "full bar"}[strict], func(t *testing.T) {
				t.Parallel()
				h := newHostileWorld(t, open, strict)
				for _, f := range files {
					if f.strict == strict {
						h.runFile(t, f)
					}
				}
				h.wantStatedMails(t)
			})
		}
	})
}

// hostileStore is an empty store and a look at what it has written, nil where only
// the store can tell.
type hostileStore func(t *testing.T) (fullStore, rawDump)

func eachHostileStore(t *testing.T, check func(t *testing.T, open hostileStore)) {
	t.Helper()
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	for name, open := range map[string]hostileStore{
		"memory": func(t *testing.T) (fullStore, rawDump) { return openMemory(t), nil },
		"mongo": func(t *testing.T) (fullStore, rawDump) {
			db := mongotest.Database(t)
			store, err := mongostore.Open(t.Context(), db, mongostore.WithProfile[Profile]())
			if err != nil {
				t.Fatal(err)
			}
			return store, dumpOf(db)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, open)
		})
	}
}

// fullBar switches on every option that is stricter than the contract.
func fullBar(c *ginauth.Config) {
	c.ConcealRegistration, c.RequireCurrentPassword, c.ConfirmEmailChange = true, true, true
	c.ResetOnlyAdministration, c.KeepOneSuperuser = true, true
	c.ValidatePassword = passwords.MinLength(15)
}

func (h *hostileWorld) runFile(t *testing.T, f hostileFile) {
	t.Run(f.name, func(t *testing.T) {
		for _, c := range f.cases {
			t.Run(c.name, func(t *testing.T) { h.run(t, c) })
		}
	})
}

// run sends one request and checks everything.
func (h *hostileWorld) run(t *testing.T, c hostileCase) {
	h.in.log.Forget()
	request, secrets := h.render(t, c)
	a := h.sendRaw(t, request)
	status, body := c.status, h.text(t, c.body)
	if a.status != status || !matches(a.body, body) {
		t.Errorf("got %d %.2000s\nwant %d %s\nrequest:\n%.2000q", a.status, a.body, status, body, request)
	}
	h.checkAnswer(t, a, c)
	h.checkSecrets(t, a, secrets)
	effects := h.effects(t, c.effects != nil)
	want := []string{}
	for _, effect := range c.effects {
		want = append(want, h.text(t, effect))
	}
	slices.Sort(want)
	if !slices.Equal(effects, want) {
		t.Errorf("the store changed:\n\t%s\nwant:\n\t%s", strings.Join(effects, "\n\t"), strings.Join(want, "\n\t"))
	}
	h.stated = append(h.stated, h.texts(t, c.mails)...)
	h.control(t)
}

// control checks that somebody else still logs in. That costs a hash: on a store
// that is outside of the process, where the same routes run, it is a session that
// goes on, with a login every now and then.
func (h *hostileWorld) control(t *testing.T) {
	t.Helper()
	h.sent++
	if h.raw == nil || h.sent%25 == 1 {
		h.gawain = accessToken(t, h.world, h.client().logIn(t, "jwt", h.email("gawain"), password))
	}
	h.client().with(h.gawain).get(t, "/users/me").want(t, 200, h.people["gawain"].json())
}
