package maillogin_test

import (
	"sync/atomic"
	"testing"

	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/user"
)

// Link and code used at once give one login.
func TestLinkAndCodeAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff)
	for round := range rounds {
		c := w.browser("jwt")
		request := c.ask(arthur)
		m := w.mail(arthur)
		wins := fixture.Together(2, func(i int) bool {
			if i == 0 {
				return c.twin().byLink(m.Token, "").status == 200
			}
			return c.twin().byCode(request, m.Code).status == 200
		})
		if wins != 1 {
			t.Fatalf("round %d: got %d logins, want 1", round, wins)
		}
	}
}

// Of 50 concurrent guesses five are compared.
func TestGuessesAtOnce(t *testing.T) {
	t.Parallel()
	for range max(rounds/20, 5) {
		w := newWorld(t, limitsOff)
		c := w.browser("jwt")
		request := c.ask(arthur)
		m := w.mail(arthur)
		var right atomic.Int64
		fixture.Together(50, func(i int) bool {
			code := otherCode(m.Code, i)
			if i%5 == 0 {
				code = m.Code
			}
			if c.twin().byCode(request, code).status == 200 {
				right.Add(1)
			}
			return true
		})
		if n := right.Load(); n > 1 {
			t.Fatalf("got %d logins, want at most 1", n)
		}
		want(t, "after 50 guesses", c.byCode(request, m.Code), 400, badToken)
	}
}

// Concurrent first logins with an unknown address create one user.
func TestSignUpsAtOnce(t *testing.T) {
	t.Parallel()
	for range max(rounds/20, 5) {
		w := newWorld(t, limitsOff, signUp)
		c := w.browser("jwt")
		request := c.ask(merlin)
		m := w.mail(merlin)
		wins := fixture.Together(20, func(i int) bool {
			if i%2 == 0 {
				return c.twin().byLink(m.Token, "").status == 200
			}
			return c.twin().byCode(request, m.Code).status == 200
		})
		if wins != 1 {
			t.Fatalf("got %d logins, want 1", wins)
		}
		if page, err := w.Memory.List(t.Context(), user.ListQuery{Limit: 10}); err != nil || len(page.Users) != 2 {
			t.Fatalf("got %d users, %v, want 2", len(page.Users), err)
		}
	}
}
