package contract

import (
	"context"
	"slices"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
)

// commands notes what a client asks its database.
type commands struct {
	mu   sync.Mutex
	sent []string
}

func (c *commands) monitor(o *options.ClientOptions) {
	o.SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		c.mu.Lock()
		defer c.mu.Unlock()
		collection, _ := e.Command.Lookup(e.CommandName).StringValueOK()
		c.sent = append(c.sent, e.CommandName+" "+collection)
	}})
}

func (c *commands) taken() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := c.sent
	c.sent = nil
	return sent
}

// startOver is start over a database, without another store between.
func startOver(t *testing.T, db *mongo.Database) *world {
	t.Helper()
	store, err := mongostore.Open(t.Context(), db, mongostore.WithProfile[Profile]())
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, variant{wire: v15, many: 8}, design{store: newProbe(store)})
	w.settle(t)
	return w
}

// TestGuardIsOneCommand counts what a guarded request asks the database: one thing,
// or two where the engine cannot tell token and user together.
func TestGuardIsOneCommand(t *testing.T) {
	t.Parallel()
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	for name, engine := range map[string]struct {
		open        func(sent *commands) *mongo.Database
		first, then []string // for a stored token
	}{
		"with $lookup": {
			func(sent *commands) *mongo.Database {
				return mongotest.WithLookup(t, mongotest.Database(t), sent.monitor)
			},
			[]string{"aggregate access_tokens"}, []string{"aggregate access_tokens"},
		},
		"without": {
			func(sent *commands) *mongo.Database {
				return mongotest.WithoutLookup(t, mongotest.Database(t), 238, sent.monitor)
			},
			[]string{"aggregate access_tokens", "find access_tokens", "find users"}, []string{"find access_tokens", "find users"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var sent commands
			w := startOver(t, engine.open(&sent))
			p := w.member(t)
			check := func(what string, c *client, want []string) {
				t.Helper()
				sent.taken()
				c.wantMe(t, p)
				if got := sent.taken(); !slices.Equal(got, want) {
					t.Errorf("%s: got commands %q, want %q", what, got, want)
				}
			}
			check("cookie, first time", p.browser(t, "cookie"), engine.first)
			check("cookie", p.browser(t, "cookie"), engine.then)
			check("session", p.browser(t, "session"), engine.then)
			check("jwt", p.client, []string{"find users"})
			check("redis", w.client().with(p.token(t, "redis")), []string{"find users"})
		})
	}
}

// TestUserWithTokenIsUpToDate has everything happen to a user whose tokens are read
// together with him.
func TestUserWithTokenIsUpToDate(t *testing.T) {
	t.Parallel()
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	var sent commands
	w := startOver(t, mongotest.WithLookup(t, mongotest.Database(t), sent.monitor))
	p := w.member(t)
	browser, other := p.browser(t, "cookie"), p.browser(t, "session")
	nobody := func(c *client) {
		t.Helper()
		sent.taken()
		c.wantNobody(t)
		if got := sent.taken(); got[0] != "aggregate access_tokens" {
			t.Errorf("got commands %q, want the aggregation first", got)
		}
	}

	p.account.firstName = `"Wart"`
	browser.patch(t, "/users/me", `{"first_name":"Wart"}`).want(t, 200, p.json())
	other.wantMe(t, p)
	browser.patch(t, "/users/me", `{"password":"lady-of-the-lake"}`).want(t, 200, p.json())
	browser.wantMe(t, p) // the session that made the change
	nobody(other)

	w.super.patch(t, "/users/"+p.id, `{"is_active":false}`)
	nobody(browser)
	w.super.patch(t, "/users/"+p.id, `{"is_active":true}`)
	nobody(browser) // the token has ended

	p.password = "lady-of-the-lake"
	browser = p.browser(t, "cookie")
	browser.wantMe(t, p)
	w.super.delete(t, "/users/"+p.id).wantEmpty(t, w)
	nobody(browser)
}
