package backends_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

var errDown = errors.New("connection refused")

// fakeCarrier carries what the test says.
type fakeCarrier struct {
	backends.Carrier

	token string
	err   error
}

func (f fakeCarrier) Token(*gin.Context) (string, error) { return f.token, f.err }

// fakeTokens knows tokens by heart and notes who is asked.
type fakeTokens struct {
	backends.Tokens

	known   map[string]backends.Identity
	err     error
	read    []string
	touched []user.ID
}

func (f *fakeTokens) Read(_ context.Context, token string) (backends.Identity, bool, error) {
	f.read = append(f.read, token)
	identity, found := f.known[token]
	return identity, found && f.err == nil, f.err
}

func (f *fakeTokens) Touch(identity backends.Identity) {
	f.touched = append(f.touched, identity.UserID)
}

// part is a backend of a test: its transport carries token, its strategy knows
// the tokens of identities.
type part struct {
	token       string
	carrierErr  error
	strategyErr error
	identity    backends.Identity // of the token that it carries; none without UserID
}

var errNotLoaded = errors.New("mongo: no reachable servers")

// users of the tests. Every load is counted.
func load(id user.ID) (*user.User, error) {
	switch id {
	case "arthur":
		return &user.User{ID: id, IsActive: true, TokenVersion: 1}, nil
	case "lancelot":
		return &user.User{ID: id, IsActive: true, TokenVersion: 5, KeptToken: records.HashToken("kept")}, nil
	case "mordred":
		return &user.User{ID: id, TokenVersion: 1}, nil
	case "unreachable":
		return nil, errNotLoaded
	case "damaged":
		return nil, user.ErrDamaged
	}
	return nil, user.ErrNotFound
}

func TestAuthenticator(t *testing.T) {
	t.Parallel()
	good := func(token string, id user.ID) part {
		return part{token: token, identity: backends.Identity{UserID: id, TokenVersion: 1, TokenHash: records.HashToken(token)}}
	}
	none := part{}
	bad := func(token string) part { return part{token: token} }
	versioned := func(token string, id user.ID, version int64) part {
		p := good(token, id)
		p.identity.TokenVersion = version
		return p
	}
	tests := []struct {
		name    string
		parts   []part   // named "a", "b", "c"
		enabled []string // nil: all

		user    user.ID // empty: nobody
		token   string
		backend string // empty: none
		err     error

		asked  string    // backends whose strategy was asked
		loaded []user.ID // look-ups in the user store
	}{
		{"no backends", nil, nil, "", "", "", nil, "", nil},
		{"no token", []part{none, none}, nil, "", "", "b", nil, "", nil},
		{"the only one", []part{good("t", "arthur")}, nil, "arthur", "t", "a", nil, "a", []user.ID{"arthur"}},
		{"the first wins", []part{good("t", "arthur"), good("u", "mordred")}, nil, "arthur", "t", "a", nil, "a", []user.ID{"arthur"}},
		{"the second has it", []part{none, good("u", "arthur")}, nil, "arthur", "u", "b", nil, "b", []user.ID{"arthur"}},
		{"a bad token does not stop the search", []part{bad("x"), good("u", "arthur")}, nil, "arthur", "u", "b", nil, "ab", []user.ID{"arthur"}},
		{"a token of nobody does not stop the search", []part{good("t", "gone"), good("u", "arthur")}, nil, "arthur", "u", "b", nil, "ab", []user.ID{"gone", "arthur"}},
		{"a damaged user does not stop the search", []part{good("t", "damaged"), good("u", "arthur")}, nil, "arthur", "u", "b", nil, "ab", []user.ID{"damaged", "arthur"}},
		{"a revoked token does not stop the search", []part{versioned("t", "arthur", 0), good("u", "mordred")}, nil, "mordred", "u", "b", nil, "ab", []user.ID{"arthur", "mordred"}},
		{"an inactive user wins too", []part{good("t", "mordred"), good("u", "arthur")}, nil, "mordred", "t", "a", nil, "a", []user.ID{"mordred"}},

		{"older version", []part{versioned("t", "lancelot", 4)}, nil, "", "t", "a", nil, "a", []user.ID{"lancelot"}},
		{"newer version", []part{versioned("t", "lancelot", 6)}, nil, "", "t", "a", nil, "a", []user.ID{"lancelot"}},
		{"current version", []part{versioned("t", "lancelot", 5)}, nil, "lancelot", "t", "a", nil, "a", []user.ID{"lancelot"}},
		{"the kept token", []part{versioned("kept", "lancelot", 4)}, nil, "lancelot", "kept", "a", nil, "a", []user.ID{"lancelot"}},

		{"only enabled ones are asked", []part{good("t", "arthur"), good("u", "mordred")}, []string{"b"}, "mordred", "u", "b", nil, "b", []user.ID{"mordred"}},
		{"the declared order counts, not that of the choice", []part{good("t", "arthur"), good("u", "mordred")}, []string{"b", "a"}, "arthur", "t", "a", nil, "a", []user.ID{"arthur"}},
		{"none enabled", []part{good("t", "arthur")}, []string{}, "", "", "", nil, "", nil},
		{"the last enabled one's token is told", []part{bad("x"), bad("y"), bad("z")}, []string{"a", "b"}, "", "y", "b", nil, "ab", nil},
		{"the last enabled one has none", []part{bad("x"), none}, nil, "", "", "b", nil, "a", nil},

		{"a strategy that cannot ask ends the search", []part{{token: "t", strategyErr: errDown}, good("u", "arthur")}, nil, "", "", "", errDown, "a", nil},
		{"a transport that cannot ask ends the search", []part{{carrierErr: errDown}, good("u", "arthur")}, nil, "", "", "", errDown, "", nil},
		{"a user store that cannot ask ends the search", []part{good("t", "unreachable"), good("u", "arthur")}, nil, "", "", "", errNotLoaded, "a", []user.ID{"unreachable"}},
		{"what comes after the winner may be down", []part{good("t", "arthur"), {token: "u", strategyErr: errDown}}, nil, "arthur", "t", "a", nil, "a", []user.ID{"arthur"}},
		{"what is not enabled may be down", []part{{carrierErr: errDown}, good("u", "arthur")}, []string{"b"}, "arthur", "u", "b", nil, "b", []user.ID{"arthur"}},
		{"what carries nothing may be down", []part{{strategyErr: errDown}, good("u", "arthur")}, nil, "arthur", "u", "b", nil, "b", []user.ID{"arthur"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			running, strategies := build(test.parts)
			var loaded []user.ID
			authenticator := backends.NewAuthenticator(running, func(_ context.Context, id user.ID) (*user.User, error) {
				loaded = append(loaded, id)
				return load(id)
			})
			var enabled func(string) bool
			if test.enabled != nil {
				enabled = func(name string) bool { return slices.Contains(test.enabled, name) }
			}
			c, _ := gin.CreateTestContext(httptest.NewRecorder())
			c.Request = httptest.NewRequest("GET", "/", nil)

			got, err := authenticator.Authenticate(c, enabled)
			if !errors.Is(err, test.err) || (err != nil) != (test.err != nil) {
				t.Fatalf("got error %v, want %v", err, test.err)
			}
			assertResult(t, got, test.user, test.token, test.backend)
			if !slices.Equal(loaded, test.loaded) {
				t.Errorf("got users loaded %v, want %v", loaded, test.loaded)
			}
			asked := ""
			for i, strategy := range strategies {
				if len(strategy.read) > 0 {
					asked += running[i].Name
				}
				wantTouched := test.user != "" && running[i].Name == test.backend
				if touched := len(strategy.touched) > 0; touched != wantTouched {
					t.Errorf("%s: got touched %v, want %v", running[i].Name, touched, wantTouched)
				}
			}
			if asked != test.asked {
				t.Errorf("got strategies asked %q, want %q", asked, test.asked)
			}
		})
	}
}

func build(parts []part) (running []*backends.Running, strategies []*fakeTokens) {
	for i, p := range parts {
		tokens := &fakeTokens{known: map[string]backends.Identity{}, err: p.strategyErr}
		if p.identity.UserID != "" {
			tokens.known[p.token] = p.identity
		}
		strategies = append(strategies, tokens)
		running = append(running, &backends.Running{
			Name:    string(rune('a' + i)),
			Carrier: fakeCarrier{token: p.token, err: p.carrierErr},
			Tokens:  tokens,
		})
	}
	return running, strategies
}

func assertResult(t *testing.T, got backends.Result, id user.ID, token, backend string) {
	t.Helper()
	if (got.User != nil) != (id != "") || got.User != nil && got.User.ID != id {
		t.Errorf("got user %v, want %q", got.User, id)
	}
	if got.Identity.UserID != id {
		t.Errorf("got identity of %q, want %q", got.Identity.UserID, id)
	}
	if got.Token != token {
		t.Errorf("got token %q, want %q", got.Token, token)
	}
	name := ""
	if got.Backend != nil {
		name = got.Backend.Name
	}
	if name != backend {
		t.Errorf("got backend %q, want %q", name, backend)
	}
}

// TestAuthenticatorFailuresAreUnavailable: whatever a transport or strategy
// returns, nobody knows who it is.
func TestAuthenticatorFailuresAreUnavailable(t *testing.T) {
	t.Parallel()
	for name, failing := range map[string]part{
		"transport": {carrierErr: errDown},
		"strategy":  {token: "t", strategyErr: errDown},
	} {
		running, _ := build([]part{failing})
		authenticator := backends.NewAuthenticator(running, func(_ context.Context, id user.ID) (*user.User, error) { return load(id) })
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("GET", "/", nil)
		if _, err := authenticator.Authenticate(c, nil); !errors.Is(err, user.ErrUnavailable) {
			t.Errorf("%s: got %v, want user.ErrUnavailable", name, err)
		}
	}
}

func TestAuthenticatorBackends(t *testing.T) {
	t.Parallel()
	running, _ := build([]part{{}, {}})
	authenticator := backends.NewAuthenticator(running, nil)
	if got := authenticator.Backends(); !slices.Equal(got, running) {
		t.Errorf("got %v, want %v", got, running)
	}
	for name, want := range map[string]*backends.Running{"a": running[0], "-b!": running[1], "A": nil, "c": nil, "": nil} {
		if got := authenticator.Backend(name); got != want {
			t.Errorf("Backend(%q): got %v, want %v", name, got, want)
		}
	}
}
