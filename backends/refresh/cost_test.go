package refresh_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user/usertest"
)

// storeCalls returns the calls of the store that a request leads to.
func (w *world) storeCalls(t *testing.T, r request) []usertest.Call {
	t.Helper()
	var mu sync.Mutex
	var calls []usertest.Call
	w.store.Plan(func(_ context.Context, c usertest.Call) usertest.Fault {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, c)
		return usertest.NoFault
	})
	wantStatus(t, r.path, w.do(r), 200)
	w.store.Plan(nil)
	mu.Lock()
	defer mu.Unlock()
	return calls
}

// A refresh is one read of the login together with its user and one conditional write, a
// repeated one is the read alone, and a guarded request reads the user.
func TestStoreCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{config: func(c *ginauth.Config) { c.Limits = limits.Config{Store: limits.NewMemory()} }})
	bearer, web := w.login(t), w.webLogin(t, webLogin)
	read, write := usertest.Call{Method: "TokenWithUser"}, usertest.Call{Method: "RotateToken", Writes: true}
	refresh := request{path: "/auth/app/refresh", json: `{"refresh_token":"` + bearer.Refresh + `"}`}
	for _, tt := range []struct {
		name string
		request
		want []usertest.Call
	}{
		{"guarded request", request{method: "GET", path: "/login", access: bearer.Access}, []usertest.Call{{Method: "ByID"}}},
		{"refresh", refresh, []usertest.Call{read, write}},
		{"the same again in the grace", refresh, []usertest.Call{read}},
		{"refresh by cookie", request{path: "/auth/app_web/refresh", cookies: web}, []usertest.Call{read, write}},
	} {
		if got := w.storeCalls(t, tt.request); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got the calls %v, want %v", tt.name, got, tt.want)
		}
	}
}
