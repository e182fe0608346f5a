package contract

import (
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

const hostileSecret = secrets.Secret("a secret that has thirty-two bytes")

// hostileWorld is an application with all groups and backends, and who lives in it.
type hostileWorld struct {
	*world
	people map[string]*person
	// raw shows every document, nil where nothing can.
	raw rawDump
	// records and documents are what was stored when it was looked last.
	records   map[string]map[string]string
	documents map[string]string
	// tokens are people's, by "name backend".
	tokens map[string]string
	flows  map[string]hostileFlow
	// used are the secrets in the request that is rendered now, stated the mails
	// that the cases so far have stated.
	used, stated []string
	// sent is the number of cases so far, gawain the last token of the control user.
	sent   int
	gawain string
}

// hostileFlow is a sign-in with OAuth that has begun.
type hostileFlow struct{ state, name, cookie string }

func newHostileWorld(t *testing.T, open hostileStore, strict bool) *hostileWorld {
	h := &hostileWorld{people: map[string]*person{}, tokens: map[string]string{}, flows: map[string]hostileFlow{}}
	store, raw := open(t)
	h.raw = raw
	asym := backends.Backend{Name: "asym", Transport: backends.Bearer{}, Strategy: backends.JWT{
		Keys: []backends.JWTKey{{ID: "k1", Algorithm: "RS256", Private: hostileKey()}},
	}}
	// A second backend whose records lie where those of the cookie do.
	stored := backends.Backend{Name: "stored", Transport: backends.Bearer{}, Strategy: backends.Database{}}
	h.world = start(t, variant{wire: v9}, design{
		store: newProbe(store),
		config: func(c *ginauth.Config) {
			c.Secret = hostileSecret
			c.Backends = append(c.Backends, asym, stored)
			if strict {
				fullBar(c)
			}
		},
		attach: func(r *gin.Engine, auth *ginauth.Auth) {
			auth.AuthRoutes(asym).Attach(r.Group("/auth/asym"))
			auth.PublicKeysRoutes(asym).Attach(r.Group("/.well-known"))
			attachGrail(t, r, auth)
		},
	})
	h.settle(t)
	h.look(t)
	return h
}

var hostileKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// settle brings in who lives there, with a token of every backend each.
func (h *hostileWorld) settle(t *testing.T) {
	t.Helper()
	for name, change := range map[string]func(*user.User){
		"king.arthur": func(*user.User) {},
		"lancelot":    func(*user.User) {},
		"gawain":      func(*user.User) {},
		"merlin":      func(u *user.User) { u.IsSuperuser, u.IsVerified = true, true },
		"mordred":     func(*user.User) {},
		"galahad":     func(u *user.User) { u.HashedPassword = "" },
	} {
		p := newPerson(h.world, name+"@camelot.bt")
		p.id = h.in.create(t, p.email, change)
		p.account.superuser, p.account.verified = name == "merlin", name == "merlin"
		h.people[strings.TrimPrefix(name, "king.")] = p
		if name == "gawain" {
			continue
		}
		for _, backend := range []string{"jwt", "redis", "asym", "stored"} {
			h.tokens[strings.TrimPrefix(name, "king.")+" "+backend] = p.token(t, backend)
		}
		h.tokens[strings.TrimPrefix(name, "king.")+" cookie"] = p.browser(t, "cookie").cookie(t, "ginauth")
		browser := p.browser(t, "session")
		h.tokens[strings.TrimPrefix(name, "king.")+" session"] = browser.cookie(t, "ginauth_session")
		h.tokens[strings.TrimPrefix(name, "king.")+" bind"] = browser.cookie(t, "ginauth_session_bind")
	}
	now := h.in.clock.Now()
	link := records.OAuthAccount{
		ID: h.in.store.NewAccountID(), UserID: user.ID(h.people["galahad"].id), Provider: "grail", AccountID: "1094", EmailVerified: true,
		AccountEmail: "galahad@camelot.bt", CreatedAt: now, UpdatedAt: now,
	}
	if err := h.in.store.LinkAccount(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	h.people["mordred"].active = false
	h.client().with(h.tokens["merlin jwt"]).patch(t, "/users/"+h.people["mordred"].id, `{"is_active":false}`).must(t, 200, h.people["mordred"].json())
}

// wantStatedMails wants exactly the mails that the cases state, with links to the
// application as it is configured and nowhere else.
func (h *hostileWorld) wantStatedMails(t *testing.T) {
	t.Helper()
	h.in.wantMails(t, h.stated...)
	for _, m := range h.in.outbox.Messages() {
		if !strings.HasPrefix(m.URL, "http://127.0.0.1:8080") || strings.Contains(m.Text+m.HTML, "evil.example") {
			t.Errorf("the %s mail to %s leads to %s:\n%s", m.Kind, m.To, m.URL, m.Text)
		}
	}
}
