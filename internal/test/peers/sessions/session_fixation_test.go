package sessions_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/internal/test/transporttest"
)

// What an attacker can plant before a login is a session of his own: an empty
// one, or one in which he is logged in, with or without the second cookie.
func TestSessionPlantedBeforeTheLogin(t *testing.T) {
	t.Parallel()
	withEachStore(t, func(t *testing.T, engine *gin.Engine) {
		for _, attackerLogsIn := range []bool{false, true} {
			attacker := transporttest.NewBrowser(t, engine)
			attacker.Body(http.MethodPost, "/cart/poison", 200)
			if attackerLogsIn {
				attacker.Body(http.MethodPost, "/web/login/attackers", 200)
				attacker.Body(http.MethodPost, "/admin/login/attackers", 200)
			}
			victim := transporttest.NewBrowser(t, engine)
			victim.Plant(attacker.All())
			for _, token := range []string{"victims-first", "victims-second"} {
				victim.Body(http.MethodPost, "/web/login/"+token, 200)
				assertToken(t, victim, "web", token)
				assertNoVictim(t, engine, attacker, victim)
			}
			victim.Body(http.MethodPost, "/admin/login/victims-other", 200)
			assertToken(t, victim, "web", "victims-second")
			assertNoVictim(t, engine, attacker, victim)
		}
	})
}

// assertNoVictim tries the session's cookie as it was before and is after the login
// with every second cookie that the attacker has or can think of.
func assertNoVictim(t *testing.T, engine *gin.Engine, attacker, victim *transporttest.Browser) {
	t.Helper()
	binds := []string{"", attacker.Cookie("session_bind"), strings.Repeat("A", 43), "x", victim.Cookie("session")}
	for _, session := range []string{attacker.Cookie("session"), victim.Cookie("session")} {
		for _, bind := range binds {
			thief := transporttest.NewBrowser(t, engine)
			thief.Plant([]*http.Cookie{{Name: "session", Value: session}, {Name: "session_bind", Value: bind}})
			for _, backend := range []string{"web", "admin"} {
				if got := thief.Body(http.MethodGet, "/"+backend+"/token", 200); strings.HasPrefix(got, "victims") {
					t.Fatalf("bind %q: got the victim's token %q", bind, got)
				}
			}
		}
	}
}

// Who has got hold of a session's cookie alone does not come to what lies in it by
// a login of his own into another backend.
func TestSessionIsNotOpenedByAnotherLogin(t *testing.T) {
	t.Parallel()
	withEachStore(t, func(t *testing.T, engine *gin.Engine) {
		victim := transporttest.NewBrowser(t, engine)
		victim.Body(http.MethodPost, "/web/login/victims", 200)
		thief := transporttest.NewBrowser(t, engine)
		thief.Plant([]*http.Cookie{{Name: "session", Value: victim.Cookie("session")}})
		thief.Body(http.MethodPost, "/admin/login/thiefs", 200)
		assertToken(t, thief, "admin", "thiefs")
		assertToken(t, thief, "web", "")
		assertToken(t, victim, "web", "victims")
		assertToken(t, victim, "admin", "")
	})
}

// A token is good for its backend only, whoever moves it about in the session.
func TestSessionTokenMovedToAnotherBackend(t *testing.T) {
	t.Parallel()
	withEachStore(t, func(t *testing.T, engine *gin.Engine) {
		engine.POST("/move", func(c *gin.Context) {
			session := ginsessions.Default(c)
			session.Set("ginauth:admin", session.Get("ginauth:web"))
			transporttest.Answer(c, session.Save())
		})
		b := transporttest.NewBrowser(t, engine)
		b.Body(http.MethodPost, "/web/login/TOKEN", 200)
		b.Body(http.MethodPost, "/move", 200)
		assertToken(t, b, "web", "TOKEN")
		assertToken(t, b, "admin", "")
	})
}

// Whatever stands in the store does not let anybody in.
func TestSessionStoreHoldsNoToken(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	b := transporttest.NewBrowser(t, sessionApp(t, redisStore(t, server), sessions.Transport{}))
	const token = "c2VjcmV0LXRva2VuLXRoYXQtbm9ib2R5LXJlYWRz"
	b.Body(http.MethodPost, "/web/login/"+token, 200)
	assertToken(t, b, "web", token)
	dump := server.Dump()
	for _, key := range server.Keys() {
		value, err := server.Get(key)
		if err != nil {
			t.Fatal(err)
		}
		dump += value
	}
	if !strings.Contains(dump, "ginauth:web") {
		t.Fatalf("got %q, want the key ginauth:web in it", dump)
	}
	bind := b.Cookie("session_bind")
	for _, secret := range []string{token, bind} {
		raw, err := base64.RawURLEncoding.DecodeString(secret)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{
			secret, string(raw), hex.EncodeToString([]byte(secret)), hex.EncodeToString(raw),
			base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString(raw),
		} {
			if strings.Contains(dump, form) {
				t.Errorf("the store holds the secret as %q", form)
			}
		}
	}
}
