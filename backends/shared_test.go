package backends_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// TestBackendsOverOneStoreAskOnce counts the look-ups of one request: a token that
// several backends are asked for is looked up once in each store, and counts in
// its own backend only.
func TestBackendsOverOneStoreAskOnce(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	spy, other := newSpy(c.store), newSpy(newClock(t).store)
	named := func(name string, store records.TokenStore, strategy backends.Strategy) *backends.Running {
		setup := c.setup()
		setup.Tokens = store
		b := backends.Backend{Name: name, Transport: backends.Bearer{}, Strategy: strategy}
		setup.Backend = name
		running, err := backends.SetUp(b, setup)
		if err != nil {
			t.Fatal(err)
		}
		return running
	}
	stored := backends.Database{}
	running := []*backends.Running{
		named("a", spy, stored), named("b", spy, stored), named("c", other, stored), named("d", spy, stored),
		named("recorded", spy, backends.JWT{Record: true}),
	}
	asked := func(token string, enabled func(string) bool) (name string, err error) {
		t.Helper()
		spy.calls, other.calls = map[string]int{}, map[string]int{}
		authenticator := backends.NewAuthenticator(running, func(context.Context, user.ID) (*user.User, error) { return arthur(), nil })
		g, _ := gin.CreateTestContext(httptest.NewRecorder())
		g.Request = httptest.NewRequest("GET", "/", nil)
		g.Request.Header.Set("Authorization", "Bearer "+token)
		result, err := authenticator.Authenticate(g, enabled)
		if result.User != nil {
			name = result.Backend.Name
		}
		return name, err
	}
	tests := []struct {
		name        string
		token       string
		backend     string
		spy, others int
	}{
		{"of the first", issue(t, running[0].Tokens, arthur()), "a", 1, 0},
		{"of the second", issue(t, running[1].Tokens, arthur()), "b", 1, 0},
		{"of another store", issue(t, running[2].Tokens, arthur()), "c", 1, 1},
		// The other store was asked last, so the first is asked again.
		{"of the first store again", issue(t, running[3].Tokens, arthur()), "d", 2, 1},
		{"recorded", issue(t, running[4].Tokens, arthur()), "recorded", 1, 0},
		{"of nobody", issue(t, c.setUp(t, stored), arthur()), "", 2, 1},
	}
	for _, test := range tests {
		name, err := asked(test.token, nil)
		if err != nil || name != test.backend {
			t.Errorf("%s: got backend %q, %v, want %q", test.name, name, err, test.backend)
		}
		if spy.calls["find"] != test.spy || other.calls["find"] != test.others {
			t.Errorf("%s: got %d and %d look-ups, want %d and %d", test.name, spy.calls["find"], other.calls["find"], test.spy, test.others)
		}
	}
	if name, err := asked(tests[0].token, func(name string) bool { return name == "b" || name == "d" }); name != "" || err != nil {
		t.Errorf("a token of another backend: got %q, %v, want nobody", name, err)
	}
}
