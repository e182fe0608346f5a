package backends_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// tellingStore is a store of tokens that tells a user along with them.
type tellingStore struct {
	*spyStore

	owner *user.User
}

func (s *tellingStore) TokenWithUser(ctx context.Context, hash string) (records.Token, *user.User, error) {
	if err := s.call("find both"); err != nil {
		return records.Token{}, s.owner, err
	}
	t, err := s.TokenStore.TokenByHash(ctx, hash)
	return t, s.owner, err
}

// TestUserComesWithToken checks whose word is taken for a user, and that nobody is
// asked twice.
func TestUserComesWithToken(t *testing.T) {
	t.Parallel()
	told := func(change func(*user.User)) *user.User {
		u := arthur()
		u.Email = "told@camelot.bt"
		if change != nil {
			change(u)
		}
		return u
	}
	tests := []struct {
		name     string
		owner    *user.User
		strategy func(store records.TokenStore) backends.Strategy
		// other says that the application's users are in another store.
		other bool
		fail  error
		email string // of the user found, "" for nobody
		err   error
		calls map[string]int
	}{
		{name: "Database", owner: told(nil), email: "told@camelot.bt", calls: map[string]int{"find both": 1}},
		{
			name: "recorded JWT", owner: told(nil), email: "told@camelot.bt", calls: map[string]int{"find both": 1},
			strategy: func(records.TokenStore) backends.Strategy { return backends.JWT{Record: true} },
		},
		{name: "not told", email: "loaded@camelot.bt", calls: map[string]int{"find both": 1, "load": 1}},
		{
			name: "somebody else", owner: told(func(u *user.User) { u.ID = "lancelot" }),
			email: "loaded@camelot.bt", calls: map[string]int{"find both": 1, "load": 1},
		},
		{
			name: "tokens ended", owner: told(func(u *user.User) { u.TokenVersion++ }), calls: map[string]int{"find both": 1},
		},
		{
			name: "users in another store", owner: told(nil), other: true,
			strategy: func(store records.TokenStore) backends.Strategy { return backends.Stored{Store: store} },
			email:    "loaded@camelot.bt", calls: map[string]int{"find": 1, "load": 1},
		},
		{name: "store down", owner: told(nil), fail: errDown, err: user.ErrUnavailable, calls: map[string]int{"find both": 1}},
		{name: "record damaged", owner: told(nil), fail: user.ErrDamaged, calls: map[string]int{"find both": 1}},
		{name: "no record", owner: told(nil), fail: user.ErrNotFound, calls: map[string]int{"find both": 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClock(t)
			store := &tellingStore{newSpy(c.store), test.owner}
			setup := c.setup()
			if !test.other {
				setup.Tokens = store
			}
			var strategy backends.Strategy = backends.Database{}
			if test.strategy != nil {
				strategy = test.strategy(store)
			}
			running, err := backends.SetUp(backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: strategy}, setup)
			if err != nil {
				t.Fatal(err)
			}
			token := issue(t, running.Tokens, arthur())
			store.calls = map[string]int{}
			store.fail["find both"] = test.fail

			authenticator := backends.NewAuthenticator([]*backends.Running{running}, func(_ context.Context, id user.ID) (*user.User, error) {
				u := arthur()
				u.Email = "loaded@camelot.bt"
				return u, store.call("load")
			})
			g, _ := gin.CreateTestContext(httptest.NewRecorder())
			g.Request = httptest.NewRequest("GET", "/", nil)
			g.Request.Header.Set("Authorization", "Bearer "+token)
			result, err := authenticator.Authenticate(g, nil)
			email := ""
			if result.User != nil {
				email = result.User.Email
			}
			if email != test.email || !errors.Is(err, test.err) {
				t.Errorf("got user %q, %v, want %q, %v", email, err, test.email, test.err)
			}
			for _, name := range []string{"find", "find both", "load"} {
				if store.calls[name] != test.calls[name] {
					t.Errorf("got %d calls to %s, want %d", store.calls[name], name, test.calls[name])
				}
			}
		})
	}
}
