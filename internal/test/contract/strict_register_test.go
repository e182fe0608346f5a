package contract

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
)

// The options that are stricter than the contract, each through the front door.

// mailed waits for a mail of that kind to that address.
func (in *inside) mailed(t testing.TB, kind mails.Kind, to string) mails.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	m, err := in.outbox.Wait(ctx, func(m mails.Message) bool { return m.Kind == kind && m.To == to })
	if err != nil {
		t.Fatalf("no %s mail to %s: %v", kind, to, err)
	}
	return m
}

// wantMails wants exactly these mails, as "kind to", once no more are under way.
// Nothing can be mailed afterwards.
func (in *inside) wantMails(t testing.TB, want ...string) {
	t.Helper()
	in.shutdown(t)
	got := []string{}
	for _, m := range in.outbox.Messages() {
		got = append(got, string(m.Kind)+" "+m.To)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got the mails %q, want %q", got, want)
	}
}

func registration(email, password string) string {
	return `{"email":"` + email + `","password":"` + password + `","is_superuser":true,"is_verified":true,"first_name":"Wart"}`
}

func conceal(c *ginauth.Config) { c.ConcealRegistration = true }

func TestConcealedRegistration(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		registered := &recorder{}
		w := start(t, v, design{config: func(c *ginauth.Config) {
			conceal(c)
			c.Hooks.AfterRegister = func(_ context.Context, u *user.User) error {
				registered.add(u.Email)
				return nil
			}
		}})
		c, there := w.client(), w.register(t)
		fresh := newPerson(w, address())
		fresh.firstName = `"Wart"`

		// Whoever is there keeps everything; the mail goes to the address as stored.
		for _, email := range []string{fresh.email, there.email, strings.ToUpper(there.email)} {
			a := c.post(t, "/auth/register", registration(email, otherPassword))
			a.want(t, 202, "null")
			a.wantHeader(t, "Set-Cookie", "")
		}
		there.wantPassword(t, password, otherPassword)
		there.logIn(t)
		there.wantMe(t, there)
		w.in.mailed(t, mails.InUse, there.email)

		// A new one is a user like any other.
		fresh.bearer = accessToken(t, w, c.logIn(t, "jwt", fresh.email, otherPassword))
		fresh.id = idOf(t, fresh.get(t, "/users/me"))
		fresh.wantMe(t, fresh)
		fresh.account.verified = true
		token := w.in.mailed(t, mails.Verify, fresh.email).Token
		w.keepSecret(token)
		c.verify(t, token).want(t, 200, fresh.json())

		// Refusals tell nothing either.
		for _, email := range []string{address(), there.email} {
			c.post(t, "/auth/register", registration(email, weakPassword)).want(t, 400, refused("REGISTER_INVALID_PASSWORD", tooShort))
			c.post(t, "/auth/register", `{"email":"`+email+`"}`).want(t, 422, w.invalid(at("password", missing)))
		}
		w.in.wantMails(t, "verify "+fresh.email, "in-use "+there.email, "in-use "+there.email)
		registered.want(t, "AfterRegister", fresh.email)
	})
}

// The password that somebody has just registered with must not tell him, through a
// login, whether the address was free.
func TestConcealedLogin(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: func(c *ginauth.Config) {
			conceal(c)
			c.Limits = limits.Config{Store: limits.NewMemory()}
		}})
		c, there, fresh := w.client(), w.register(t), address()
		for _, email := range []string{there.email, fresh} {
			c.post(t, "/auth/register", registration(email, otherPassword)).must(t, 202, "null")
			body := `{"username":"` + email + `","password":"` + otherPassword + `"}`
			for range 5 {
				c.post(t, "/auth/verified/login", body).want(t, 400, badCredentials)
			}
			c.post(t, "/auth/verified/login", body).want(t, 429, `{"detail":"TOO_MANY_REQUESTS"}`)
		}
		w.in.clock.Advance(time.Second)
		token := w.in.mailed(t, mails.Verify, fresh).Token
		w.keepSecret(token)
		c.verify(t, token).mustBe(t, 200)
		accessToken(t, w, c.post(t, "/auth/verified/login", `{"username":"`+fresh+`","password":"`+otherPassword+`"}`))
	})
}

func TestConcealedRaces(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: conceal})
		email := address()
		answers := atOnce(8, func(int) answer { return w.client().post(t, "/auth/register", registration(email, password)) })
		if answers["202 null"] != 8 {
			t.Errorf("got %v, want 8 times 202 null", answers)
		}
		want := []string{"verify " + email}
		for range 7 {
			want = append(want, "in-use "+email)
		}
		w.in.wantMails(t, want...)
	})
}

// TestConcealedWork checks that what is done before the answer does not tell
// whether the address is known. It is not parallel, as [TestIndistinguishable].
func TestConcealedWork(t *testing.T) { //nolint:paralleltest // see above
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	for _, store := range stores {
		t.Run(store.name, func(t *testing.T) {
			held := &heldMails{}
			entered := &recorder{}
			hook := held.hook("mail")
			w := start(t, variant{name: store.name, open: store.open}, design{config: func(c *ginauth.Config) {
				conceal(c)
				c.Hooks.AfterRegister = func(ctx context.Context, u *user.User) error { return hook(ctx, u, "") }
				c.Hooks.Send = func(ctx context.Context, mail user.Mail) error {
					if mail.Kind == user.MailReset {
						entered.add(mail.User.Email)
					}
					return hook(ctx, mail.User, string(mail.Token))
				}
			}})
			there := map[string]string{"fresh": address(), "fresh, too": address(), "taken": w.register(t).email, "inactive": address()}
			w.in.create(t, there["inactive"], func(u *user.User) { u.IsActive = false })
			held.hold()
			for range 4 { // so many mails are under way at once
				w.client().post(t, "/auth/forgot-password", `{"email":"`+w.register(t).email+`"}`).must(t, 202, "null")
			}
			entered.wait(4)

			want := work{answer: "202 null", hashes: 1, store: map[string]int{"Create": 1}}
			var first http.Header
			for _, name := range slices.Sorted(maps.Keys(there)) {
				got, header := w.measure(t, held, "/auth/register", registration(there[name], otherPassword))
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
				}
				if first == nil {
					first = header
				}
				if !maps.EqualFunc(header, first, slices.Equal) {
					t.Errorf("%s: got the headers %v, want %v", name, header, first)
				}
			}
			held.release()
		})
	}
}
