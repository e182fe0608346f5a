package contract

import (
	"context"
	"sync"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
)

// TestGoneMeanwhile has the user deleted, and his new address taken, while his
// update is under way.
func TestGoneMeanwhile(t *testing.T) {
	t.Parallel()
	eachVariant(t, func(t *testing.T, v variant) {
		var w *world
		meanwhile := func(*user.User, *user.Changes) {}
		w = hooked(t, v, func(_ context.Context, u *user.User, c *user.Changes) error {
			meanwhile(u, c)
			return nil
		})
		p := w.member(t)
		taken := address()
		meanwhile = func(*user.User, *user.Changes) { w.in.create(t, taken) }
		p.patch(t, "/users/me", `{"email":"`+taken+`","first_name":"x","password":"lady-of-the-lake"}`).want(t, 400, emailTaken)
		taken = address()
		w.super.patch(t, "/users/"+p.id, `{"email":"`+taken+`","is_active":false}`).want(t, 400, emailTaken)
		p.wantMe(t, p)

		meanwhile = func(u *user.User, _ *user.Changes) {
			if err := w.in.store.fullStore.Delete(context.Background(), u.ID, user.DeleteOptions{}); err != nil {
				t.Error(err)
			}
		}
		p.patch(t, "/users/me", `{"first_name":"x"}`).want(t, 401, unauthorized)
		other := w.register(t)
		w.super.patch(t, "/users/"+other.id, `{"first_name":"x"}`).want(t, 404, notFound)
	})
}

// TestMeanwhile has something happen to the user between the checks of an
// operation and its write, which must not go by what was read before.
func TestMeanwhile(t *testing.T) {
	t.Parallel()
	yes, no, hash := true, false, "another"
	tests := []struct {
		name   string
		send   func(t testing.TB, p *person, verify, reset string) answer
		update user.Update
		status int
		answer string // "" for the user's JSON
		want   func(a *account)
	}{
		{
			name:   "address changed, then verified",
			send:   func(t testing.TB, p *person, verify, _ string) answer { return p.verify(t, verify) },
			update: user.Update{Email: &user.Email{Address: "new@camelot.bt", Key: "new@camelot.bt"}},
			status: 400, answer: badVerifyToken,
			want: func(a *account) { a.email = "new@camelot.bt" },
		},
		{
			name:   "verified, then verified",
			send:   func(t testing.TB, p *person, verify, _ string) answer { return p.verify(t, verify) },
			update: user.Update{IsVerified: &yes},
			status: 400, answer: alreadyVerified,
			want: func(a *account) { a.verified = true },
		},
		{
			name: "verified, then the address changed",
			send: func(t testing.TB, p *person, _, _ string) answer {
				return p.patch(t, "/users/me", `{"email":"new@camelot.bt"}`)
			},
			update: user.Update{IsVerified: &yes},
			status: 200,
			want:   func(a *account) { a.email = "new@camelot.bt" }, // which nobody has verified
		},
		{
			name:   "password changed, then reset",
			send:   func(t testing.TB, p *person, _, reset string) answer { return p.reset(t, reset, otherPassword) },
			update: user.Update{HashedPassword: &hash},
			status: 400, answer: badResetToken,
			want: func(*account) {},
		},
		{
			name:   "deactivated, then reset",
			send:   func(t testing.TB, p *person, _, reset string) answer { return p.reset(t, reset, otherPassword) },
			update: user.Update{IsActive: &no},
			status: 400, answer: badResetToken,
			want: func(a *account) { a.active = false },
		},
		{
			name: "deactivated, then changed",
			send: func(t testing.TB, p *person, _, _ string) answer {
				return p.patch(t, "/users/me", `{"first_name":"x"}`)
			},
			update: user.Update{IsActive: &no},
			status: 200,
			want:   func(a *account) { a.active, a.firstName = false, `"x"` }, // it is not written back
		},
	}
	eachStore(t, v9, func(t *testing.T, v variant) {
		for _, tt := range tests {
			w := start(t, v, design{})
			w.settle(t)
			p := w.member(t)
			verify, reset := p.requestVerify(t, 1), p.forgot(t, 1)
			var once sync.Once
			w.in.store.before(func(_ context.Context, method string) error {
				if method == "Update" {
					once.Do(func() { w.in.change(t, p, tt.update) })
				}
				return nil
			})
			a := tt.send(t, p, verify, reset)
			w.in.store.before(nil)
			tt.want(&p.account)
			if tt.answer == "" {
				tt.answer = p.json()
			}
			a.request = tt.name
			a.want(t, tt.status, tt.answer)
			p.wantStored(t)
		}
	})
}

// TestPasswordChangedMeanwhile has the password changed between its check at a
// login and the token: the token is as old as the check.
func TestPasswordChangedMeanwhile(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		var w *world
		w = start(t, v, design{config: func(c *ginauth.Config) {
			c.Hooks.BeforeLogin = func(_ context.Context, u *user.User) error {
				w.in.change(t, &person{account: account{id: string(u.ID)}}, user.Update{EndTokens: true})
				return nil
			}
		}})
		p := w.register(t)
		for _, backend := range []string{"jwt", "redis"} {
			token := accessToken(t, w, w.client().logIn(t, backend, p.email, password))
			w.client().with(token).wantNobody(t)
		}
		p.signIn(t, "cookie").wantNobody(t)
		p.signIn(t, "session").wantNobody(t)
	})
}
