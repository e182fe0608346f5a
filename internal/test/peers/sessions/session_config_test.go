package sessions_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/internal/test/transporttest"
)

func TestSessionAttributes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name             string
		transport        sessions.Transport
		set, clearing    string
		keptInTheStoreAs time.Duration
	}{
		{"defaults", sessions.Transport{}, "; Path=/; HttpOnly; Secure; SameSite=Lax", "; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax", 30 * 24 * time.Hour},
		{
			"everything", sessions.Transport{Path: "/", Domain: "camelot.test", MaxAge: time.Hour, SameSite: http.SameSiteStrictMode, Insecure: true},
			"; Path=/; Domain=camelot.test; Max-Age=3600; HttpOnly; SameSite=Strict",
			"; Path=/; Domain=camelot.test; Max-Age=0; HttpOnly; SameSite=Strict", time.Hour,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := miniredis.RunT(t)
			b := transporttest.NewBrowser(t, sessionApp(t, redisStore(t, server), test.transport))
			for i, line := range b.Do(http.MethodPost, "/web/login/TOKEN").Header["Set-Cookie"] {
				if !strings.HasSuffix(line, test.set) {
					t.Errorf("cookie %d at login: got %q, want it to end with %q", i, line, test.set)
				}
			}
			if got := server.TTL(server.Keys()[0]); got != test.keptInTheStoreAs {
				t.Errorf("got a record kept for %v, want %v", got, test.keptInTheStoreAs)
			}
			logout := b.Do(http.MethodPost, "/web/logout").Header["Set-Cookie"]
			transporttest.Lines(t, logout, "session="+test.clearing, "session_bind="+test.clearing)
			if got := server.Keys(); len(got) != 0 {
				t.Errorf("got records %q after the logout, want none", got)
			}
		})
	}
}

// Options without MaxAge are a session cookie for gin-contrib, but "delete" for Redis.
func TestSessionInAStoreWithoutMaxAge(t *testing.T) {
	t.Parallel()
	for _, kind := range sessionStores {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			store := kind.open(t)
			store.Options(ginsessions.Options{Path: "/", HttpOnly: true})
			b := transporttest.NewBrowser(t, sessionApp(t, store, sessions.Transport{}))
			b.Body(http.MethodPost, "/web/login/TOKEN", 200)
			assertToken(t, b, "web", "TOKEN")
		})
	}
}

func TestSessionNames(t *testing.T) {
	t.Parallel()
	const key = "session"
	many := func(names ...string) gin.HandlerFunc {
		return ginsessions.SessionsMany(names, memstore.NewStore(storeKey))
	}
	tests := []struct {
		name       string
		middleware gin.HandlerFunc
		want       string // in the error; "" for none
	}{
		{"none", func(*gin.Context) {}, `add router.Use(sessions.Sessions("session", store))`},
		{"something else under the key", func(c *gin.Context) { c.Set(ginsessions.DefaultKey, key) }, `add router.Use(sessions.Sessions("session", store))`},
		{"one", ginsessions.Sessions("session", memstore.NewStore(storeKey)), ""},
		{"one of another name", ginsessions.Sessions("other", memstore.NewStore(storeKey)), `is not "session": make Session.Name of backend "web"`},
		{"one whose name no cookie has", ginsessions.Sessions("a b", memstore.NewStore(storeKey)), `is not "session": make Session.Name of backend "web"`},
		{"among many", many("other", "session"), ""},
		{"not among many", many("other", "another"), `has no session "session": add the name`},
		{"of another kind", func(c *gin.Context) { c.Set(ginsessions.DefaultKey, foreignSession{}) }, "is not one of github.com/gin-contrib/sessions"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			engine := transporttest.NewEngine()
			engine.Use(test.middleware)
			transporttest.Mount(engine, transporttest.Carrier(t, sessions.Transport{}, "web"))
			b := transporttest.NewBrowser(t, engine)
			if test.want == "" {
				b.Body(http.MethodPost, "/login/TOKEN", 200)
				if got := b.Body(http.MethodGet, "/token", 200); got != "TOKEN" {
					t.Errorf("got token %q, want TOKEN", got)
				}
				b.Body(http.MethodPost, "/logout", 200)
				return
			}
			// Cookies of somebody who logged in when all was well.
			b.Plant([]*http.Cookie{{Name: "session", Value: "x"}, {Name: "session_bind", Value: strings.Repeat("A", 43)}})
			for _, request := range []string{"POST /login/TOKEN", "GET /token", "POST /logout"} {
				method, path, _ := strings.Cut(request, " ")
				if got := b.Body(method, path, 500); !strings.Contains(got, test.want) {
					t.Errorf("%s: got %q, want %q in it", request, got, test.want)
				}
			}
		})
	}
}

// foreignSession is an application's own implementation of gin-contrib's interface.
type foreignSession struct{ ginsessions.Session }

// The middleware is missed by the first request already, not by the first login.
func TestSessionMiddlewareIsMissedWithoutCookies(t *testing.T) {
	t.Parallel()
	engine := transporttest.NewEngine()
	transporttest.Mount(engine, transporttest.Carrier(t, sessions.Transport{}, "web"))
	transporttest.NewBrowser(t, engine).Body(http.MethodGet, "/token", 500)
}
