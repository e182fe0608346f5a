package sessions_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-contrib/sessions/memstore"
	"github.com/gin-contrib/sessions/redis"
	"github.com/gin-gonic/gin"
	redigo "github.com/gomodule/redigo/redis"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/internal/test/transporttest"
)

var storeKey = []byte("0123456789abcdef0123456789abcdef")

// sessionStores are the stores that every property is tested with.
var sessionStores = []struct {
	name string
	open func(t *testing.T) ginsessions.Store
}{
	{"cookie", func(*testing.T) ginsessions.Store { return cookie.NewStore(storeKey) }},
	{"memory", func(*testing.T) ginsessions.Store { return memstore.NewStore(storeKey) }},
	{"redis", func(t *testing.T) ginsessions.Store {
		t.Helper()
		if url := os.Getenv("REDIS_URL"); url != "" {
			return realRedisStore(t, url)
		}
		return redisStore(t, miniredis.RunT(t))
	}},
}

func realRedisStore(t *testing.T, url string) ginsessions.Store {
	t.Helper()
	pool := &redigo.Pool{MaxIdle: 2, Dial: func() (redigo.Conn, error) { return redigo.DialURL(url) }}
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	store, err := redis.NewStoreWithPool(pool, storeKey)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func redisStore(t *testing.T, server *miniredis.Miniredis) ginsessions.Store {
	t.Helper()
	store, err := redis.NewStore(2, "tcp", server.Addr(), "", "", storeKey)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// withEachStore runs test with an application that has the backends "web" and
// "admin" in one session, and keeps a cart in it.
func withEachStore(t *testing.T, test func(t *testing.T, engine *gin.Engine)) {
	t.Helper()
	for _, store := range sessionStores {
		t.Run(store.name, func(t *testing.T) {
			t.Parallel()
			test(t, sessionApp(t, store.open(t), sessions.Transport{}))
		})
	}
}

func sessionApp(t *testing.T, store ginsessions.Store, transport sessions.Transport) *gin.Engine {
	t.Helper()
	engine := transporttest.NewEngine()
	engine.Use(ginsessions.Sessions("session", store))
	transporttest.Mount(engine.Group("/web"), transporttest.Carrier(t, transport, "web"))
	transporttest.Mount(engine.Group("/admin"), transporttest.Carrier(t, transport, "admin"))
	engine.POST("/cart/:item", func(c *gin.Context) {
		session := ginsessions.Default(c)
		session.Set("cart", c.Param("item"))
		transporttest.Answer(c, session.Save())
	})
	engine.GET("/cart", func(c *gin.Context) { c.String(http.StatusOK, "%v", ginsessions.Default(c).Get("cart")) })
	return engine
}

func assertToken(t *testing.T, b *transporttest.Browser, backend, want string) {
	t.Helper()
	if got := b.Body(http.MethodGet, "/"+backend+"/token", 200); got != want {
		t.Errorf("token of %s: got %q, want %q", backend, got, want)
	}
}

func TestSessionLoginAndLogout(t *testing.T) {
	t.Parallel()
	withEachStore(t, func(t *testing.T, engine *gin.Engine) {
		b := transporttest.NewBrowser(t, engine)
		assertToken(t, b, "web", "")

		login := b.Do(http.MethodPost, "/web/login/TOKEN")
		lines := login.Header["Set-Cookie"]
		if len(lines) != 2 {
			t.Fatalf("got cookies %q, want two", lines)
		}
		assertMatch(t, lines[0], `^session=[A-Za-z0-9_=-]+; Path=/; HttpOnly; Secure; SameSite=Lax$`)
		assertMatch(t, lines[1], `^session_bind=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; Secure; SameSite=Lax$`)
		if body := transporttest.Read(t, login); body != "" {
			t.Errorf("got body %q, want none", body)
		}
		assertToken(t, b, "web", "TOKEN")
		assertToken(t, b, "admin", "")

		logout := b.Do(http.MethodPost, "/web/logout")
		transporttest.Lines(t, logout.Header["Set-Cookie"],
			"session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
			"session_bind=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax")
		assertToken(t, b, "web", "")
		if got := len(b.All()); got != 0 {
			t.Errorf("after the logout: got %d cookies, want 0", got)
		}
	})
}

func TestSessionWithTwoBackends(t *testing.T) {
	t.Parallel()
	withEachStore(t, func(t *testing.T, engine *gin.Engine) {
		b := transporttest.NewBrowser(t, engine)
		b.Body(http.MethodPost, "/web/login/one", 200)
		b.Body(http.MethodPost, "/cart/grail", 200)
		b.Body(http.MethodPost, "/admin/login/two", 200)
		assertToken(t, b, "web", "one")
		assertToken(t, b, "admin", "two")

		b.Body(http.MethodPost, "/web/login/three", 200)
		assertToken(t, b, "web", "three")
		assertToken(t, b, "admin", "two")

		b.Body(http.MethodPost, "/web/logout", 200)
		assertToken(t, b, "web", "")
		assertToken(t, b, "admin", "two")
		if got := b.Body(http.MethodGet, "/cart", 200); got != "grail" {
			t.Errorf("while somebody is logged in: got cart %q, want grail", got)
		}
		b.Body(http.MethodPost, "/web/logout", 200)
		assertToken(t, b, "admin", "two")

		b.Body(http.MethodPost, "/admin/logout", 200)
		assertToken(t, b, "admin", "")
		if got := len(b.All()); got != 0 {
			t.Errorf("after both logouts: got %d cookies, want 0", got)
		}
	})
}

func TestSessionAndWhatTheApplicationKeepsInIt(t *testing.T) {
	t.Parallel()
	withEachStore(t, func(t *testing.T, engine *gin.Engine) {
		b := transporttest.NewBrowser(t, engine)
		b.Body(http.MethodPost, "/cart/grail", 200)
		b.Body(http.MethodPost, "/web/logout", 200) // of nobody
		b.Body(http.MethodPost, "/web/login/TOKEN", 200)
		if got := b.Body(http.MethodGet, "/cart", 200); got != "grail" {
			t.Errorf("after the login: got cart %q, want grail", got)
		}
		b.Body(http.MethodPost, "/cart/shrubbery", 200)
		assertToken(t, b, "web", "TOKEN")

		old := b.All()
		b.Body(http.MethodPost, "/web/logout", 200)
		if got := b.Body(http.MethodGet, "/cart", 200); got != "<nil>" {
			t.Errorf("after the logout: got cart %q, want none", got)
		}
		b.Body(http.MethodPost, "/cart/rabbit", 200)
		b.Plant(old)
		if engineKeepsSessions(t) {
			assertToken(t, b, "web", "")
		}
	})
}

// engineKeepsSessions is false for the store that keeps the session in its cookie,
// which nobody can take back: there the strategy has to end the token.
func engineKeepsSessions(t *testing.T) bool {
	t.Helper()
	return !strings.HasSuffix(t.Name(), "/cookie")
}

func TestSessionCookiesThatAreNoToken(t *testing.T) {
	t.Parallel()
	withEachStore(t, func(t *testing.T, engine *gin.Engine) {
		b := transporttest.NewBrowser(t, engine)
		b.Body(http.MethodPost, "/web/login/TOKEN", 200)
		session, bind := "session="+b.Cookie("session"), "session_bind="+b.Cookie("session_bind")
		stranger := transporttest.NewBrowser(t, engine)
		stranger.Body(http.MethodPost, "/web/login/other", 200)
		changed := []byte(bind)
		changed[20] ^= 1
		tests := []struct{ name, cookies, want string }{
			{"both", session + "; " + bind, "TOKEN"},
			{"quoted second cookie", session + `; session_bind="` + b.Cookie("session_bind") + `"`, "TOKEN"},
			{"no second cookie", session, ""},
			{"no session", bind, ""},
			{"empty second cookie", session + "; session_bind=", ""},
			{"second cookie changed", session + "; " + string(changed), ""},
			{"second cookie cut short", session + "; " + bind[:len(bind)-1], ""},
			{"second cookie with more", session + "; " + bind + "A", ""},
			{"second cookie with stray bits", session + "; " + bind[:len(bind)-1] + string(bind[len(bind)-1]+1), ""},
			{"second cookie of another login", session + "; session_bind=" + stranger.Cookie("session_bind"), ""},
			{"second cookie twice", session + "; " + bind + "; " + bind, ""},
			{"second cookie twice, one wrong", session + "; " + bind + "; session_bind=x", ""},
			{"session twice", session + "; " + session + "; " + bind, ""},
			{"session twice, one empty", session + "; session=; " + bind, ""},
			{"forged session", "session=AAAA; " + bind, ""},
			{"session cut short", session[:len(session)-4] + "; " + bind, ""},
			{"second cookie in other letters", session + "; " + strings.Replace(bind, "session_bind", "Session_bind", 1), ""},
		}
		for _, test := range tests {
			r := httptest.NewRequest(http.MethodGet, "/web/token", nil)
			r.Header.Set("Cookie", test.cookies)
			response := transporttest.Serve(engine, r)
			if got := transporttest.Read(t, response); got != test.want || response.StatusCode != 200 {
				t.Errorf("%s: got %q with status %d, want %q with 200", test.name, got, response.StatusCode, test.want)
			}
		}
	})
}

// An application that saves its session must not weaken the cookie that a login
// strengthened: gin-contrib's cookie store has neither HttpOnly nor SameSite=Lax.
func TestSessionCookieStaysSafeWhenTheApplicationSaves(t *testing.T) {
	t.Parallel()
	for _, store := range sessionStores {
		t.Run(store.name, func(t *testing.T) {
			t.Parallel()
			carrier := transporttest.Carrier(t, sessions.Transport{}, "web")
			engine := transporttest.NewEngine()
			engine.Use(ginsessions.Sessions("session", store.open(t)))
			transporttest.Mount(engine, carrier)
			engine.POST("/cart", func(c *gin.Context) {
				if _, err := carrier.Token(c); err != nil {
					t.Error(err)
				}
				ginsessions.Default(c).Set("cart", "grail")
				transporttest.Answer(c, ginsessions.Default(c).Save())
			})
			b := transporttest.NewBrowser(t, engine)
			b.Body(http.MethodPost, "/login/TOKEN", 200)
			lines := b.Do(http.MethodPost, "/cart").Header["Set-Cookie"]
			if len(lines) != 1 {
				t.Fatalf("got cookies %q, want one", lines)
			}
			assertMatch(t, lines[0], `^session=\S+; Path=/; Expires=[^;]+; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax$`)
			if got := b.Body(http.MethodGet, "/token", 200); got != "TOKEN" {
				t.Errorf("got token %q, want TOKEN", got)
			}
		})
	}
}

// "You have been logged out", say.
func TestSessionThatTheApplicationSavesAfterTheLogout(t *testing.T) {
	t.Parallel()
	for _, store := range sessionStores {
		t.Run(store.name, func(t *testing.T) {
			t.Parallel()
			carrier := transporttest.Carrier(t, sessions.Transport{}, "web")
			engine := transporttest.NewEngine()
			engine.Use(ginsessions.Sessions("session", store.open(t)))
			transporttest.Mount(engine, carrier)
			engine.POST("/bye", func(c *gin.Context) {
				transporttest.Answer(c, carrier.Clear(c))
				ginsessions.Default(c).AddFlash("bye")
				transporttest.Answer(c, ginsessions.Default(c).Save())
			})
			engine.GET("/flashes", func(c *gin.Context) { c.String(200, "%v", ginsessions.Default(c).Flashes()) })
			b := transporttest.NewBrowser(t, engine)
			b.Body(http.MethodPost, "/login/TOKEN", 200)
			old := b.All()
			b.Body(http.MethodPost, "/bye", 200)
			if got := b.Body(http.MethodGet, "/flashes", 200); got != "[bye]" {
				t.Errorf("got flashes %s, want [bye]", got)
			}
			if got := b.Cookie("session_bind"); got != "" {
				t.Errorf("got second cookie %q, want none", got)
			}
			past := transporttest.NewBrowser(t, engine)
			past.Plant(old)
			if got := past.Body(http.MethodGet, "/flashes", 200); got != "[]" {
				t.Errorf("in the session that was ended: got flashes %s, want []", got)
			}
		})
	}
}

// mountBoth serves an application that logs somebody in by two backends at once.
func mountBoth(t *testing.T, engine *gin.Engine) {
	t.Helper()
	web, admin := transporttest.Carrier(t, sessions.Transport{}, "web"), transporttest.Carrier(t, sessions.Transport{}, "admin")
	engine.POST("/both", func(c *gin.Context) {
		if _, err := web.Write(c, backends.Issued{Access: "one"}); err != nil {
			t.Error(err)
		}
		if _, err := admin.Write(c, backends.Issued{Access: "two"}); err != nil {
			t.Error(err)
		}
		if got, err := web.Token(c); got != "one" || err != nil {
			t.Errorf("in the same request: got %q and %v, want one", got, err)
		}
	})
}

func TestSessionLoginsInOneRequest(t *testing.T) {
	t.Parallel()
	withEachStore(t, func(t *testing.T, engine *gin.Engine) {
		mountBoth(t, engine)
		b := transporttest.NewBrowser(t, engine)
		b.Body(http.MethodPost, "/web/login/before", 200)
		response := b.Do(http.MethodPost, "/both")
		if got := len(response.Header["Set-Cookie"]); got != 2 {
			t.Errorf("got %d cookies, want 2", got)
		}
		assertToken(t, b, "web", "one")
		assertToken(t, b, "admin", "two")
	})
}

func assertMatch(t *testing.T, got, pattern string) {
	t.Helper()
	if !regexp.MustCompile(pattern).MatchString(got) {
		t.Errorf("got %q, want it to match %s", got, pattern)
	}
}
