package contract

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

// hooked starts an application with one BeforeUpdate hook that a test may change.
func hooked(t testing.TB, v variant, hook func(ctx context.Context, u *user.User, c *user.Changes) error) *world {
	t.Helper()
	w := start(t, v, design{config: func(c *ginauth.Config) { c.Hooks.BeforeUpdate = hook }})
	w.settle(t)
	return w
}

// TestConcurrentPatches has updates of one user that have all read him before the
// first one writes: each field sent is stored, and no other is written back.
func TestConcurrentPatches(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		bodies := []string{`{"first_name":"Wart"}`, `{"email":"NEW"}`, `{"is_superuser":true}`, `{"password":"lady-of-the-lake"}`}
		var together sync.WaitGroup
		together.Add(len(bodies))
		w := hooked(t, v, func(context.Context, *user.User, *user.Changes) error {
			together.Done()
			together.Wait()
			return nil
		})
		p := w.register(t)
		fresh := address()
		answers := atOnce(len(bodies), func(i int) answer {
			a := w.super.patch(t, "/users/"+p.id, strings.Replace(bodies[i], "NEW", fresh, 1))
			return answer{status: a.status}
		})
		if answers["200 "] != len(bodies) {
			t.Errorf("got the answers %v, want %d times 200", answers, len(bodies))
		}
		p.firstName, p.email, p.account.superuser = `"Wart"`, fresh, true
		p.wantStored(t)
		p.wantPassword(t, otherPassword, password)
	})
}

// TestConcurrentOwnPatches is the same through PATCH /me, many times.
func TestConcurrentOwnPatches(t *testing.T) {
	t.Parallel()
	eachStore(t, v15, func(t *testing.T, v variant) {
		var mu sync.Mutex
		var together *sync.WaitGroup
		w := hooked(t, v, func(context.Context, *user.User, *user.Changes) error {
			mu.Lock()
			pair := together
			mu.Unlock()
			pair.Done()
			pair.Wait()
			return nil
		})
		p := w.member(t)
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			mu.Lock()
			together = &sync.WaitGroup{}
			together.Add(2)
			mu.Unlock()
			p.email, p.firstName = address(), `"`+name+`"`
			atOnce(2, func(i int) answer {
				a := p.patch(t, "/users/me", []string{`{"first_name":"` + name + `"}`, `{"email":"` + p.email + `"}`}[i])
				if a.status != 200 {
					t.Errorf("%s: got %d %s, want 200", a.request, a.status, a.body)
				}
				return a
			})
			p.wantMe(t, p)
		}
	})
}

// TestConcurrentVerifies has many requests verify one address: the hook runs once.
func TestConcurrentVerifies(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		var log recorder
		w := start(t, v, design{config: func(c *ginauth.Config) {
			c.Hooks.AfterVerify = func(_ context.Context, u *user.User) error { log.add(u.Email); return nil }
		}})
		p := w.register(t)
		token := p.requestVerify(t, 1)
		p.account.verified = true
		answers := atOnce(v.many, func(int) answer { return w.client().verify(t, token) })
		wantRace(t, answers, v.many, "200 "+p.json(), "400 "+alreadyVerified)
		log.want(t, "AfterVerify", p.email)
	})
}

// TestClientGone has clients that hang up: before the write the work stops, after
// it the After hooks run all the same.
func TestClientGone(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		var log recorder
		hangUp := map[string]context.CancelFunc{}
		// gone ends the client's request and waits until the server has noticed.
		gone := func(ctx context.Context, hook string) error {
			if cancel := hangUp[hook]; cancel != nil {
				cancel()
				<-ctx.Value(requestDone{}).(<-chan struct{})
			}
			if ctx.Err() != nil {
				log.add(hook + " cancelled")
				return nil
			}
			log.add(hook)
			return nil
		}
		w := start(t, v, design{
			before: func(c *gin.Context) {
				ctx := c.Request.Context()
				c.Request = c.Request.WithContext(context.WithValue(ctx, requestDone{}, ctx.Done()))
				defer func() { log.add("over") }()
				c.Next()
			},
			config: func(c *ginauth.Config) {
				c.Hooks.BeforeRegister = func(ctx context.Context, r *user.Registration) error { return gone(ctx, "BeforeRegister") }
				c.Hooks.AfterRegister = func(ctx context.Context, u *user.User) error { return gone(ctx, "AfterRegister") }
			},
		})
		send := func(hook string) string {
			email := address()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			hangUp = map[string]context.CancelFunc{hook: cancel}
			request, err := http.NewRequestWithContext(ctx, "POST", w.url+"/auth/register", strings.NewReader(`{"email":"`+email+`","password":"guinevere"}`))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", asJSON)
			if response, err := w.client().http.Do(request); err == nil {
				response.Body.Close()
				t.Errorf("%s: got an answer, want none to a client that is gone", hook)
			}
			return email
		}
		typed := send("BeforeRegister")
		log.wait(2)
		log.want(t, "gone before the write", "BeforeRegister cancelled", "over")
		if _, err := w.in.store.fullStore.ByEmail(t.Context(), email.Email{Key: typed}); err == nil {
			t.Error("gone before the write: got a user, want none")
		}
		typed = send("AfterRegister")
		log.wait(3)
		log.want(t, "gone after the write", "BeforeRegister", "AfterRegister", "over")
		if _, err := w.in.store.fullStore.ByEmail(t.Context(), email.Email{Key: typed}); err != nil {
			t.Errorf("gone after the write: got %v, want the user", err)
		}
	})
}

// requestDone is the key under which hooks find the end of their request.
type requestDone struct{}
