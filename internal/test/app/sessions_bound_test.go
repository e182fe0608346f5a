package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/redisstrategy"
	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/internal/test/redistest"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

// boundedStore is where sessions are kept.
type boundedStore struct {
	name string
	open func(t *testing.T, maxSessions int) (user.Store, backends.Strategy, records.TokenStore)
}

var boundedStores = []boundedStore{
	{"memory", func(_ *testing.T, most int) (user.Store, backends.Strategy, records.TokenStore) {
		s := usertest.NewStore()
		return s, backends.Database{MaxSessions: most}, s
	}},
	{"recorded JWTs", func(_ *testing.T, most int) (user.Store, backends.Strategy, records.TokenStore) {
		s := usertest.NewStore()
		return s, backends.JWT{Record: true, MaxSessions: most}, s
	}},
	{"mongodb", func(t *testing.T, most int) (user.Store, backends.Strategy, records.TokenStore) {
		s, err := mongostore.Open(t.Context(), mongotest.Database(t))
		if err != nil {
			t.Fatal(err)
		}
		return s, backends.Database{MaxSessions: most}, s
	}},
	{"redis", func(t *testing.T, most int) (user.Store, backends.Strategy, records.TokenStore) {
		client := redistest.Client(t)
		prefix := redistest.Prefix(t, client)
		return usertest.NewStore(), redisstrategy.Redis{Client: client, KeyPrefix: prefix, MaxSessions: most}, redisstrategy.NewTokens(client, prefix)
	}},
}

// boundedApp has two backends with one strategy and a user.
type boundedApp struct {
	*limitedApp
	tokens records.TokenStore
	arthur *user.User
}

func startBounded(t *testing.T, store boundedStore, most int) *boundedApp {
	t.Helper()
	users, strategy, tokens := store.open(t, most)
	web := backends.Backend{Name: "web", Transport: backends.Bearer{}, Strategy: strategy}
	app := backends.Backend{Name: "app", Transport: backends.Bearer{}, Strategy: strategy}
	a := &limitedApp{clock: authtest.NewClock(), store: users, hashes: &countedHash{}}
	auth, err := ginauth.New(ginauth.Config{
		Store: users, Secret: secret, Backends: []backends.Backend{web, app}, Limits: limits.Config{Off: true},
		Hasher: password.Config{Verifiers: []password.Verifier{a.hashes}}, Now: a.clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = auth.Shutdown(context.Background()) })
	r := gin.New()
	auth.AuthRoutes(web, ginauth.Reauthenticate()).Attach(r.Group("/auth"))
	auth.AuthRoutes(app).Attach(r.Group("/app"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	auth.SessionsRoutes().Attach(r.Group("/users/me"))
	a.engines = append(a.engines, r)
	return &boundedApp{a, tokens, a.member(t, arthur)}
}

func (a *boundedApp) enter(t *testing.T, path string) (token string) {
	t.Helper()
	got := a.local().send(t, "POST", path+"/login", "username="+arthur+"&password=guinevere")
	got.want(t, "login", 200, "")
	_, token, _ = strings.Cut(got.body, `"access_token":"`)
	token, _, _ = strings.Cut(token, `"`)
	a.clock.Advance(time.Second)
	return token
}

func (a *boundedApp) me(t *testing.T, token string) int {
	t.Helper()
	return a.local().send(t, "GET", "/users/me", "", "Authorization", "Bearer "+token).status
}

type listedSession struct {
	ID, Backend string
	CreatedAt   time.Time `json:"created_at"`
	Current     bool
}

func (a *boundedApp) list(t *testing.T, token string) (sessions []listedSession) {
	t.Helper()
	got := a.local().send(t, "GET", "/users/me/sessions", "", "Authorization", "Bearer "+token)
	got.want(t, "list", 200, "")
	if err := json.Unmarshal([]byte(got.body), &sessions); err != nil {
		t.Fatal(err)
	}
	return sessions
}

// A login over the greatest number of sessions ends the oldest one of its backend, and
// no other.
func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	for _, store := range boundedStores {
		t.Run(store.name, func(t *testing.T) {
			t.Parallel()
			a := startBounded(t, store, 3)
			other := a.enter(t, "/app")
			var tokens []string
			for range 5 {
				tokens = append(tokens, a.enter(t, "/auth"))
			}
			for i, token := range tokens {
				if got, want := a.me(t, token), map[bool]int{true: 401, false: 200}[i < 2]; got != want {
					t.Errorf("session %d: got %d, want %d", i, got, want)
				}
			}
			if got := a.me(t, other); got != 200 {
				t.Errorf("on another backend: got %d, want 200", got)
			}
			sessions := a.list(t, other)
			if got, want := len(sessions), 4; got != want || !sessions[3].Current || sessions[3].Backend != "app" {
				t.Fatalf("got sessions %+v, want %d of them, the oldest the one that asks", sessions, want)
			}
			end := "/users/me/sessions/" + sessions[0].ID
			for _, want := range []int{204, 404} {
				if got := a.local().send(t, "DELETE", end, "", "Authorization", "Bearer "+other).status; got != want {
					t.Errorf("DELETE: got %d, want %d", got, want)
				}
			}
			if got := a.me(t, tokens[4]); got != 401 {
				t.Errorf("the session that was ended: got %d, want 401", got)
			}
		})
	}
}

// A new proof of the identity is the same session: no other one makes room for it.
func TestReauthenticationTakesNoPlace(t *testing.T) {
	t.Parallel()
	for _, store := range boundedStores {
		t.Run(store.name, func(t *testing.T) {
			t.Parallel()
			a := startBounded(t, store, 2)
			other, token := a.enter(t, "/auth"), a.enter(t, "/auth")
			for range 2 {
				got := a.local().send(t, "POST", "/auth/reauthenticate", `{"password":"guinevere"}`, "Authorization", "Bearer "+token)
				got.want(t, "reauthenticate", 200, "")
				token = strings.Split(got.body, `"`)[3]
			}
			for name, token := range map[string]string{"the other session": other, "the one that has proved it": token} {
				if got := a.me(t, token); got != 200 {
					t.Errorf("%s: got %d, want 200", name, got)
				}
			}
			if sessions := a.list(t, token); len(sessions) != 2 {
				t.Errorf("got sessions %+v, want 2", sessions)
			}
		})
	}
}

// A hundred, unless it is configured otherwise.
func TestSessionsDefault(t *testing.T) {
	t.Parallel()
	a := startBounded(t, boundedStores[0], 0)
	first, second := a.enter(t, "/auth"), a.enter(t, "/auth")
	for range 98 {
		a.enter(t, "/auth")
	}
	if got := a.me(t, first); got != 200 {
		t.Errorf("one of 100: got %d, want 200", got)
	}
	a.enter(t, "/auth")
	if got := []int{a.me(t, first), a.me(t, second)}; !slices.Equal(got, []int{401, 200}) {
		t.Errorf("after the 101st: got %v for the first two, want 401 and 200", got)
	}
}

// Records from a time without a bound are neither all read nor in the way: the list has
// the newest, and the next login ends the others.
func TestSessionsOfBefore(t *testing.T) {
	t.Parallel()
	for _, store := range boundedStores[1:] {
		t.Run(store.name, func(t *testing.T) {
			t.Parallel()
			a := startBounded(t, store, 0)
			const many = 210
			start := a.clock.Now()
			a.clock.Advance(many * time.Second)
			var group sync.WaitGroup
			for worker := range 7 {
				group.Go(func() {
					for i := worker; i < many; i += 7 {
						at := start.Add(time.Duration(i) * time.Second)
						record := records.Token{
							Hash: records.HashToken(fmt.Sprint(i)), UserID: a.arthur.ID, Backend: "web",
							CreatedAt: at, LastSeenAt: at, ExpiresAt: at.Add(24 * time.Hour),
						}
						if err := a.tokens.CreateToken(t.Context(), record); err != nil {
							t.Error(err)
						}
					}
				})
			}
			group.Wait()
			asking := a.enter(t, "/app")
			sessions := a.list(t, asking)
			if got := len(sessions); got != 101 || !sessions[0].Current {
				t.Fatalf("got %d sessions, want 100 and the one that asks", got)
			}
			for i, session := range sessions[1:] {
				if want := start.Add(time.Duration(many-1-i) * time.Second); !session.CreatedAt.Equal(want) {
					t.Fatalf("session %d: got one of %v, want %v", i, session.CreatedAt, want)
				}
			}
			a.enter(t, "/auth")
			left, err := a.tokens.TokensOf(t.Context(), a.arthur.ID, records.TokenQuery{Backend: "web"})
			if err != nil || len(left) != 100 {
				t.Errorf("got %d records after a login, error %v, want 100", len(left), err)
			}
		})
	}
}

func TestMaxSessionsIsChecked(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore()
	for name, strategy := range map[string]backends.Strategy{
		"Database": backends.Database{MaxSessions: -1},
		"JWT":      backends.JWT{MaxSessions: -1},
		"Stored":   backends.Stored{Store: store, MaxSessions: -1},
		"Redis":    redisstrategy.Redis{Client: redistest.Client(t), MaxSessions: -1},
	} {
		_, err := ginauth.New(ginauth.Config{Store: store, Secret: secret, Backends: []backends.Backend{
			{Name: "web", Transport: backends.Bearer{}, Strategy: strategy},
		}})
		if err == nil || !strings.Contains(err.Error(), "Config.Backends[0].Strategy: MaxSessions is -1, want at least 1") {
			t.Errorf("%s: got %v, want MaxSessions in it", name, err)
		}
	}
}
