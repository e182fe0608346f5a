package backends_test

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
)

// What an attacker can plant before a login is a session of his own: an empty
// one, or one in which he is logged in, with or without the second cookie.
func TestSessionPlantedBeforeTheLogin(t *testing.T) {
	t.Parallel()
	withEachStore(t, func(t *testing.T, engine *gin.Engine) {
		for _, attackerLogsIn := range []bool{false, true} {
			attacker := newBrowser(t, engine)
			attacker.body(http.MethodPost, "/cart/poison", 200)
			if attackerLogsIn {
				attacker.body(http.MethodPost, "/web/login/attackers", 200)
				attacker.body(http.MethodPost, "/admin/login/attackers", 200)
			}
			victim := newBrowser(t, engine)
			victim.plant(attacker.all())
			for _, token := range []string{"victims-first", "victims-second"} {
				victim.body(http.MethodPost, "/web/login/"+token, 200)
				assertToken(t, victim, "web", token)
				assertNoVictim(t, engine, attacker, victim)
			}
			victim.body(http.MethodPost, "/admin/login/victims-other", 200)
			assertToken(t, victim, "web", "victims-second")
			assertNoVictim(t, engine, attacker, victim)
		}
	})
}

// assertNoVictim tries the session's cookie as it was before and is after the login
// with every second cookie that the attacker has or can think of.
func assertNoVictim(t *testing.T, engine *gin.Engine, attacker, victim *browser) {
	t.Helper()
	binds := []string{"", attacker.cookie("session_bind"), strings.Repeat("A", 43), "x", victim.cookie("session")}
	for _, session := range []string{attacker.cookie("session"), victim.cookie("session")} {
		for _, bind := range binds {
			thief := newBrowser(t, engine)
			thief.plant([]*http.Cookie{{Name: "session", Value: session}, {Name: "session_bind", Value: bind}})
			for _, backend := range []string{"web", "admin"} {
				if got := thief.body(http.MethodGet, "/"+backend+"/token", 200); strings.HasPrefix(got, "victims") {
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
		victim := newBrowser(t, engine)
		victim.body(http.MethodPost, "/web/login/victims", 200)
		thief := newBrowser(t, engine)
		thief.plant([]*http.Cookie{{Name: "session", Value: victim.cookie("session")}})
		thief.body(http.MethodPost, "/admin/login/thiefs", 200)
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
			answer(c, session.Save())
		})
		b := newBrowser(t, engine)
		b.body(http.MethodPost, "/web/login/TOKEN", 200)
		b.body(http.MethodPost, "/move", 200)
		assertToken(t, b, "web", "TOKEN")
		assertToken(t, b, "admin", "")
	})
}

// Whatever stands in the store does not let anybody in.
func TestSessionStoreHoldsNoToken(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	b := newBrowser(t, sessionApp(t, redisStore(t, server), sessions.Transport{}))
	const token = "c2VjcmV0LXRva2VuLXRoYXQtbm9ib2R5LXJlYWRz"
	b.body(http.MethodPost, "/web/login/"+token, 200)
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
	bind := b.cookie("session_bind")
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
