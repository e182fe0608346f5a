package contract

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/usertest"
)

const badConfirmToken = `{"detail":"CONFIRM_EMAIL_BAD_TOKEN"}`

func confirmEmail(c *ginauth.Config) { c.ConfirmEmailChange = true }

func storeOf[P any]() user.Store { return usertest.NewStore(usertest.WithProfile[P]()) }

func (c *client) confirm(t testing.TB, token string) answer {
	t.Helper()
	return c.post(t, "/auth/confirm-email", `{"token":"`+token+`"}`)
}

// wish asks for another address and returns the token that comes there.
func (p *person) wish(t testing.TB, email string) string {
	t.Helper()
	p.patch(t, "/users/me", `{"email":"`+email+`"}`).must(t, 200, p.json())
	token := p.w.in.mailed(t, mails.ConfirmEmail, email).Token
	p.w.keepSecret(token)
	return token
}

func TestConfirmEmail(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: confirmEmail})
		p := w.verified(t)
		other, browser := p.token(t, "jwt"), p.browser(t, "cookie")
		old, next := p.email, address()

		// All else counts at once; of the address nothing does.
		p.firstName = `"Wart"`
		p.patch(t, "/users/me", `{"email":"`+next+`","first_name":"Wart"}`).must(t, 200, p.json())
		p.wantMe(t, p)
		w.client().logIn(t, "jwt", next, password).want(t, 400, badCredentials)
		accessToken(t, w, w.client().logIn(t, "jwt", old, password))
		notice := w.in.mailed(t, mails.EmailChange, old)
		if strings.Contains(notice.Text+notice.HTML, next) || notice.Token != "" {
			t.Errorf("the notice is %q with token %q, want neither %s nor a token", notice.Text, notice.Token, next)
		}

		token := w.in.mailed(t, mails.ConfirmEmail, next).Token
		w.keepSecret(token)
		stranger := w.client()
		stranger.post(t, "/auth/confirm-email", `{}`).want(t, 422, w.invalid(at("token", missing)))
		p.email, p.account.verified = next, true
		a := stranger.confirm(t, token)
		a.want(t, 200, p.json())
		a.wantHeader(t, "Set-Cookie", "")
		stranger.wantNobody(t) // no login

		// The session that asked goes on, all others have ended.
		p.wantMe(t, p)
		for _, c := range []*client{w.client().with(other), browser} {
			c.wantNobody(t)
		}
		p.wantPassword(t, password, otherPassword)
		w.client().logIn(t, "jwt", old, password).want(t, 400, badCredentials)
		stranger.confirm(t, token).want(t, 400, badConfirmToken)
		w.in.wantMails(t, "email-change "+old, "confirm-email "+next, "email-changed "+old)
	})
}

// An address that nobody has verified may be of somebody who has no account here, and
// gets no mail about what the one who has it wants.
func TestConfirmEmailOfTheUnverified(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: confirmEmail})
		p := w.member(t)
		next := address()
		token := p.wish(t, next)
		p.email, p.account.verified = next, true
		w.client().confirm(t, token).want(t, 200, p.json())
		w.in.wantMails(t, "confirm-email "+next)
	})
}

func TestConfirmEmailRefused(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: confirmEmail}).settled(t)
		c := w.client()
		refused := func(name string, spoil func(t *testing.T, p *person) (token string)) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := w.member(t)
				c.confirm(t, spoil(t, p)).want(t, 400, badConfirmToken)
				p.wantStored(t)
			})
		}
		for name, change := range map[string]func(token string) string{
			"empty":  func(string) string { return "" },
			"short":  func(string) string { return "a.b.c" },
			"longer": func(token string) string { return token + "A" },
			"cut":    func(token string) string { return token[:len(token)-1] },
			"signature": func(token string) string {
				return token[:strings.LastIndexByte(token, '.')+1] + strings.Repeat("A", 43)
			},
		} {
			refused(name, func(t *testing.T, p *person) string { return change(p.wish(t, address())) })
		}
		refused("verify token", func(t *testing.T, p *person) string { return p.requestVerify(t, 1) })
		refused("reset token", func(t *testing.T, p *person) string { return p.forgot(t, 1) })
		refused("access token", func(_ *testing.T, p *person) string { return p.bearer })
		refused("password changed", func(t *testing.T, p *person) string {
			token := p.wish(t, address())
			p.patch(t, "/users/me", `{"password":"lady-of-the-lake"}`).must(t, 200, p.json())
			return token
		})
		refused("password reset", func(t *testing.T, p *person) string {
			token := p.wish(t, address())
			c.reset(t, p.forgot(t, 1), otherPassword).must(t, 200, "null")
			return token
		})
		refused("deactivated", func(t *testing.T, p *person) string {
			token := p.wish(t, address())
			p.active = false
			w.super.patch(t, "/users/"+p.id, `{"is_active":false}`).must(t, 200, p.json())
			return token
		})
		refused("deactivated and activated", func(t *testing.T, p *person) string {
			token := p.wish(t, address())
			w.super.patch(t, "/users/"+p.id, `{"is_active":false}`).mustBe(t, 200)
			w.super.patch(t, "/users/"+p.id, `{"is_active":true}`).mustBe(t, 200)
			return token
		})
		refused("logged out everywhere", func(t *testing.T, p *person) string {
			token := p.wish(t, address())
			p.delete(t, "/users/me/sessions").must(t, 204, "")
			return token
		})
		refused("address changed by a superuser", func(t *testing.T, p *person) string {
			token := p.wish(t, address())
			p.email = address()
			w.super.patch(t, "/users/"+p.id, `{"email":"`+p.email+`"}`).must(t, 200, p.json())
			return token
		})
		refused("another token used", func(t *testing.T, p *person) string {
			first := p.wish(t, address())
			next := address()
			second := p.wish(t, next)
			p.email, p.account.verified = next, true
			c.confirm(t, second).must(t, 200, p.json())
			return first
		})
		refused("back at the old address", func(t *testing.T, p *person) string {
			old, next := p.email, address()
			token := p.wish(t, next)
			p.email, p.account.verified = next, true
			c.confirm(t, token).must(t, 200, p.json())
			back := p.wish(t, old)
			p.email = old
			c.confirm(t, back).must(t, 200, p.json())
			return token
		})
		t.Run("user gone", func(t *testing.T) {
			t.Parallel()
			p := w.member(t)
			token := p.wish(t, address())
			w.super.delete(t, "/users/"+p.id).must(t, 204, "")
			c.confirm(t, token).want(t, 400, badConfirmToken)
		})
		t.Run("cross-origin", func(t *testing.T) {
			t.Parallel()
			p := w.member(t)
			token := p.wish(t, address())
			p.browser(t, "cookie").post(t, "/auth/confirm-email", `{"token":"`+token+`"}`, "Sec-Fetch-Site", "cross-site").want(t, 403, crossOrigin)
			p.wantMe(t, p)
		})
	})
}

func TestConfirmEmailExpires(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: func(c *ginauth.Config) {
			confirmEmail(c)
			c.VerifyLifetime = 30 * time.Minute
		}})
		p := w.member(t)
		token := p.wish(t, address())
		w.in.clock.Advance(30 * time.Minute)
		w.client().confirm(t, token).want(t, 400, badConfirmToken)
		p.wantMe(t, p)
	})
}

// Nobody learns through a wish whether an address is taken, except its owner.
func TestConfirmEmailConceals(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: confirmEmail})
		p, there := w.member(t), w.register(t)
		p.patch(t, "/users/me", `{"email":"`+strings.ToUpper(there.email)+`"}`).want(t, 200, p.json())
		w.in.mailed(t, mails.InUse, there.email)
		p.wantMe(t, p)

		// Taken only when it is confirmed: who confirms reads its mail, and may know.
		late := address()
		token := p.wish(t, late)
		w.registerAs(t, late)
		w.client().confirm(t, token).want(t, 400, emailTaken)
		p.wantMe(t, p)

		// Another spelling of one's own needs no proof.
		p.email = strings.Replace(p.email, "arthur", "Arthur", 1)
		p.patch(t, "/users/me", `{"email":"`+p.email+`"}`).want(t, 200, p.json())
		w.in.wantMails(t, "in-use "+there.email, "confirm-email "+late)
	})
}

func TestConfirmEmailRaces(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: confirmEmail})
		p := w.member(t)
		next := address()
		token := p.wish(t, next)
		p.email, p.account.verified = next, true
		answers := atOnce(20, func(int) answer { return w.client().confirm(t, token) })
		wantRace(t, answers, 20, "200 "+p.json(), "400 "+badConfirmToken)
		p.wantMe(t, p)
	})
}

// What happens between the checks and the write neither brings back a token nor lets
// an address in that nobody has confirmed.
func TestConfirmEmailMeanwhile(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: confirmEmail}).settled(t)
		p := w.member(t)
		token := p.wish(t, address())
		over := w.in.meanwhile(t, p, user.Update{EndTokens: true})
		w.client().confirm(t, token).want(t, 400, badConfirmToken)
		over()
		p.wantNobody(t)
		p.wantStored(t)

		p.logIn(t)
		spelled := `{"email":"A` + p.email[1:] + `"}`
		p.email = address()
		over = w.in.meanwhile(t, p, user.Update{Email: &email.Email{Address: p.email, Key: p.email}})
		p.patch(t, "/users/me", spelled).want(t, 401, unauthorized)
		over()
		p.wantStored(t)
	})
}

// A superuser's change counts at once, and without the option there is no route.
func TestConfirmEmailIsForOneself(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: confirmEmail}).settled(t)
		p := w.member(t)
		p.email = address()
		w.super.patch(t, "/users/"+p.id, `{"email":"`+p.email+`"}`).want(t, 200, p.json())
		p.wantMe(t, p)
	})
	if *urlFlag == "" {
		w := start(t, variant{open: openMemory}, design{})
		response, err := w.client().http.Post(w.url+"/auth/confirm-email", "application/json", strings.NewReader(`{"token":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.StatusCode != 404 {
			t.Errorf("got %d, want 404 without the option", response.StatusCode)
		}
	}
}

// What the old address may still get decides about both mails: a flood of others
// must not hide a change. What is changed is told in any case.
func TestConfirmEmailIsLimited(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: func(c *ginauth.Config) {
			confirmEmail(c)
			c.Limits = limits.Config{Store: limits.NewMemory(), MailsPerHour: 2}
		}})
		p, quiet := w.member(t), w.verified(t)
		p.forgot(t, 1)
		p.requestVerify(t, 1)
		p.patch(t, "/users/me", `{"email":"`+address()+`"}`).want(t, 200, p.json())

		old, next := quiet.email, address()
		token := quiet.wish(t, next)
		w.in.mailed(t, mails.EmailChange, old)
		quiet.forgot(t, 1) // the second and last of this hour
		quiet.email, quiet.account.verified = next, true
		w.client().confirm(t, token).want(t, 200, quiet.json())
		w.in.wantMails(t, "reset "+p.email, "verify "+p.email,
			"email-change "+old, "confirm-email "+next, "reset "+old, "email-changed "+old)
	})
}

// An old address that cannot get mail any more does not keep anybody from a new one,
// and each mail is sent until it has arrived, but once.
func TestConfirmEmailWithFailingMails(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		tried := &recorder{}
		w := start(t, v, design{config: func(c *ginauth.Config) {
			confirmEmail(c)
			c.Limits = limits.Config{Store: limits.NewMemory()}
			send := c.Hooks.Send
			c.Hooks.Send = func(ctx context.Context, mail user.Mail) error {
				if mail.Kind == user.MailEmailChange {
					tried.add("tell")
					return errors.New("no such mailbox")
				}
				tried.add("ask")
				return send(ctx, mail)
			}
		}})
		p := w.verified(t)
		next := address()
		token := p.wish(t, next)
		p.email, p.account.verified = next, true
		w.client().confirm(t, token).want(t, 200, p.json())
		tried.wait(3)
		if got := strings.Join(tried.list()[:3], " "); got != "ask tell tell" {
			t.Errorf("got the attempts %s, want ask tell tell", got)
		}
	})
}
