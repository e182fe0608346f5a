package contract

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
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

// meanwhile makes a change of p right before the next write of a user, until over
// is called.
func (in *inside) meanwhile(t testing.TB, p *person, update user.Update) (over func()) {
	var once sync.Once
	in.store.before(func(_ context.Context, method string) error {
		if method == "Update" {
			once.Do(func() { in.change(t, p, update) })
		}
		return nil
	})
	return func() { in.store.before(nil) }
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
			update: user.Update{Email: &email.Email{Address: "new@camelot.bt", Key: "new@camelot.bt"}},
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
			name: "address changed and verified, then spelled otherwise",
			send: func(t testing.TB, p *person, _, _ string) answer {
				return p.patch(t, "/users/me", `{"email":"A`+p.email[1:]+`"}`)
			},
			update: user.Update{Email: &email.Email{Address: "new@camelot.bt", Key: "new@camelot.bt"}, IsVerified: &yes},
			status: 200,
			want:   func(a *account) { a.email = "A" + a.email[1:] }, // which nobody has verified
		},
		{
			name: "address changed, then changed to the same",
			send: func(t testing.TB, p *person, _, _ string) answer {
				return p.patch(t, "/users/me", `{"email":"new@camelot.bt"}`)
			},
			update: user.Update{Email: &email.Email{Address: "new@camelot.bt", Key: "new@camelot.bt"}},
			status: 200,
			want:   func(a *account) { a.email = "new@camelot.bt" },
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
			over := w.in.meanwhile(t, p, tt.update)
			a := tt.send(t, p, verify, reset)
			over()
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

// TestTokensEndedMeanwhile has the user's tokens ended between the check of one of
// them and the write of what it asks for.
func TestTokensEndedMeanwhile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path, body string
		status                   int
	}{
		{"password", "PATCH", "/users/me", `{"password":"` + otherPassword + `"}`, 200},
		{"address", "PATCH", "/users/me", `{"email":"NEW"}`, 200},
		{"all else", "PATCH", "/users/me", `{"first_name":"x","password":"` + otherPassword + `"}`, 200},
		{"log out everywhere", "DELETE", "/users/me/sessions", "", 204},
	}
	eachStore(t, v9, func(t *testing.T, v variant) {
		for _, tt := range tests {
			w := start(t, v, design{})
			w.settle(t)
			send := func(p *person, kept string) answer {
				defer w.in.meanwhile(t, p, user.Update{EndTokens: true, KeepToken: kept})()
				a := p.send(t, tt.method, tt.path, strings.Replace(tt.body, "NEW", address(), 1), "Content-Type", "application/json")
				a.request = tt.name
				return a
			}
			p := w.member(t)
			send(p, "").want(t, 401, unauthorized)
			p.wantNobody(t) // no change brings a token back
			p.wantStored(t)
			p.wantPassword(t, password, otherPassword)

			p.logIn(t)
			if a := send(p, records.HashToken(p.bearer)); a.status != tt.status {
				t.Errorf("%s, with the token that was kept: got %d %s, want %d", tt.name, a.status, a.body, tt.status)
			}
			if a := p.get(t, "/users/me"); a.status != 200 {
				t.Errorf("%s, with the token that was kept: got %d %s afterwards, want 200", tt.name, a.status, a.body)
			}
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
