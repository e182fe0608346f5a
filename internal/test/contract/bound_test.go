package contract

import (
	"errors"
	"fmt"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// testResetBound has what a reset token is bound to besides the hash: the address, and
// the token version, which does not come back.
func testResetBound(t *testing.T, w *world) {
	t.Run("address", func(t *testing.T) {
		t.Parallel()
		p := w.member(t)
		token := p.forgot(t, 1)
		p.email = "king." + address()
		p.patch(t, "/users/me", `{"email":"`+p.email+`"}`).must(t, 200, p.json())
		w.client().reset(t, token, otherPassword).want(t, 400, badResetToken)
		// Another spelling is the same address.
		token = p.forgot(t, 1)
		p.email = "KING" + p.email[len("king"):]
		p.patch(t, "/users/me", `{"email":"`+p.email+`"}`).must(t, 200, p.json())
		w.client().reset(t, token, otherPassword).want(t, 200, "null")
	})
	t.Run("sessions", func(t *testing.T) {
		t.Parallel()
		p := w.member(t)
		token := p.forgot(t, 1)
		p.delete(t, "/users/me/sessions").must(t, 204, "")
		w.client().reset(t, token, otherPassword).want(t, 400, badResetToken)
	})
	t.Run("deactivation", func(t *testing.T) {
		t.Parallel()
		admin, p := w.admin(t), w.register(t)
		token := p.forgot(t, 1)
		for _, body := range []string{`{"is_active":false}`, `{"is_active":true}`} {
			admin.patch(t, "/users/"+p.id, body).mustBe(t, 200)
			w.client().reset(t, token, otherPassword).want(t, 400, badResetToken)
		}
		w.client().reset(t, p.forgot(t, 2), otherPassword).want(t, 200, "null")
	})
}

// TestResetDropsUnprovenLinks resets passwords of users with linked accounts. Whoever has
// linked those of an unverified user need not be the owner of the address: what stays is
// what a provider vouches for with this address.
func TestResetDropsUnprovenLinks(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{}).settled(t)
		for _, p := range []*person{w.register(t), w.verified(t)} {
			links := []struct {
				email         string
				vouched, kept bool
			}{
				{p.email, true, true}, {p.email, false, p.verified}, {"mordred@camelot.bt", true, p.verified}, {"", false, p.verified},
			}
			for i, link := range links {
				now := w.in.clock.Now()
				err := w.in.store.LinkAccount(t.Context(), records.OAuthAccount{
					ID: w.in.store.NewAccountID(), UserID: user.ID(p.id), Provider: "grail", AccountID: fmt.Sprint(p.id, i),
					AccountEmail: link.email, EmailVerified: link.vouched, CreatedAt: now, UpdatedAt: now,
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			linked, err := oauth.NewAccounts(w.in.auth)
			if err != nil {
				t.Fatal(err)
			}
			w.client().reset(t, p.forgot(t, 1), otherPassword).want(t, 200, "null")
			for i, link := range links {
				owner, err := linked.Owner(t.Context(), "grail", fmt.Sprint(p.id, i))
				if link.kept && (err != nil || owner.ID != user.ID(p.id)) || !link.kept && !errors.Is(err, user.ErrNotFound) {
					t.Errorf("user verified %v, link %+v: got %v, %v", p.verified, link, owner, err)
				}
			}
		}
	})
}

// TestTokensAreOfTheirBackend shows the tokens of bearer backends, two of each strategy,
// to guards that take one backend: none passes for that of its twin.
func TestTokensAreOfTheirBackend(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		names := []string{"jwt", "jwt2", "stored", "stored2", "redis", "redis2"}
		w := start(t, v, design{
			config: func(c *ginauth.Config) {
				redis := c.Backends[len(c.Backends)-1].Strategy
				for name, strategy := range map[string]backends.Strategy{
					"jwt2": backends.JWT{}, "stored": backends.Database{}, "stored2": backends.Database{}, "redis2": redis,
				} {
					c.Backends = append(c.Backends, backends.Backend{Name: name, Transport: backends.Bearer{}, Strategy: strategy})
				}
			},
			attach: func(r *gin.Engine, auth *ginauth.Auth) {
				for _, name := range names {
					r.GET("/protected/via/"+name, auth.ActiveUser(ginauth.Via(name)), func(c *gin.Context) {
						c.Header("Cache-Control", "no-store")
						c.Data(200, "application/json", []byte("null"))
					})
				}
			},
		})
		p := w.register(t)
		for _, issued := range names {
			c := w.client().with(p.token(t, issued))
			for _, asked := range names {
				a := c.get(t, "/protected/via/"+asked)
				a.request += " with a token of " + issued
				if asked == issued {
					a.want(t, 200, "null")
				} else {
					a.want(t, 401, unauthorized)
				}
			}
		}
	})
}
