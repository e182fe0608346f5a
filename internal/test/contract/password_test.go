package contract

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/ginauth/ginauth"
	passwords "github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

// TestPasswordRule has what an application's own rule gets and may answer.
func TestPasswordRule(t *testing.T) {
	t.Parallel()
	eachVariant(t, func(t *testing.T, v variant) {
		var result error
		var got []string
		w := start(t, v, design{config: func(c *ginauth.Config) {
			c.ValidatePassword = func(_ context.Context, password string, owner passwords.Owner) error {
				if owner.ID == "" {
					got = append(got, fmt.Sprintf("%s for %s", password, owner.Email))
				} else {
					got = append(got, fmt.Sprintf("%s for the stored %s %s", password, owner.ID, owner.Email))
				}
				return result
			}
		}})
		p := w.member(t)
		stored, err := w.in.store.fullStore.ByID(t.Context(), user.ID(p.id))
		if err != nil {
			t.Fatal(err)
		}
		reset, err := w.in.auth.Manager().ResetToken(stored)
		if err != nil {
			t.Fatal(err)
		}
		resetCode := [...]string{v9: "REGISTER_INVALID_PASSWORD", v15: "RESET_PASSWORD_INVALID_PASSWORD"}[v.wire]
		send := func(password string) (register, update, forgotten answer) {
			c := p.with(p.bearer)
			c.mayFail = true
			return c.post(t, "/auth/register", `{"email":"nobody@camelot.bt","password":"`+password+`"}`),
				c.patch(t, "/users/me", `{"password":"`+password+`"}`), c.reset(t, reset, password)
		}
		// A reason may be any JSON value.
		for reason, json := range map[string]any{`"too <b>ähnlich</b>"`: "too <b>ähnlich</b>", `{"least":[1,null]}`: map[string]any{"least": []any{1, nil}}, `null`: nil, `7`: 7} {
			result = &passwords.Error{Reason: json}
			register, update, forgotten := send("swordfish")
			register.want(t, 400, `{"detail":{"code":"REGISTER_INVALID_PASSWORD","reason":`+reason+`}}`)
			update.want(t, 400, `{"detail":{"code":"UPDATE_USER_INVALID_PASSWORD","reason":`+reason+`}}`)
			forgotten.want(t, 400, `{"detail":{"code":"`+resetCode+`","reason":`+reason+`}}`)
		}
		// What it lets pass may still be none, or too long.
		result = nil
		for password, reason := range map[string]string{"": "Password must not be empty", strings.Repeat("x", 1025): tooLong} {
			register, update, forgotten := send(password)
			register.want(t, 400, refused("REGISTER_INVALID_PASSWORD", reason))
			update.want(t, 400, refused("UPDATE_USER_INVALID_PASSWORD", reason))
			forgotten.want(t, 400, refused(resetCode, reason))
		}
		// Any other error is no answer, whatever it wraps.
		for _, result = range []error{errDown, fmt.Errorf("dictionary: %w", user.ErrExists), &user.Refusal{Code: "X"}} {
			register, update, forgotten := send("swordfish")
			for _, a := range []answer{register, update, forgotten} {
				a.want(t, 500, internal)
			}
		}
		result = &passwords.Error{Reason: "no"}
		got = nil
		send("swordfish")
		want := []string{"swordfish for nobody@camelot.bt", "swordfish for the stored " + p.id + " " + p.email, "swordfish for the stored " + p.id + " " + p.email}
		if strings.Join(got, "; ") != strings.Join(want, "; ") {
			t.Errorf("got the passwords %q, want %q", got, want)
		}
		p.wantMe(t, p)
	})
}

// gate is an older form of hashes that a test can hold up.
type gate struct {
	entered, open chan struct{}
}

func (*gate) Recognizes(encoded string) bool { return strings.HasPrefix(encoded, "gate:") }

func (g *gate) Verify(_, password string) (bool, error) {
	g.entered <- struct{}{}
	<-g.open
	return password == otherPassword, nil
}

// TestBusy has more passwords than can be hashed: the last are sent away.
func TestBusy(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		g := &gate{entered: make(chan struct{}, 1), open: make(chan struct{})}
		w := start(t, v, design{config: func(c *ginauth.Config) {
			// One hash at a time, and a wait that is over at once for all others.
			c.Hasher = passwords.Config{MemoryBudget: 19456, Wait: time.Nanosecond, Verifiers: []passwords.Verifier{g}}
		}})
		in := w.in
		typed := address()
		in.create(t, typed, func(u *user.User) { u.HashedPassword = "gate:" })
		var slow sync.WaitGroup
		slow.Go(func() { w.client().logIn(t, "jwt", typed, password).want(t, 400, badCredentials) })
		<-g.entered
		c := w.client()
		c.mayFail = true
		for _, a := range []answer{
			c.logIn(t, "jwt", typed, password),
			c.logIn(t, "jwt", address(), password),
			c.post(t, "/auth/register", `{"email":"nobody@camelot.bt","password":"guinevere"}`),
		} {
			a.want(t, 503, unavailable)
		}
		close(g.open)
		slow.Wait()
		if _, err := in.store.fullStore.ByEmail(t.Context(), email.Email{Key: "nobody@camelot.bt"}); err == nil {
			t.Error("got a user from a registration that was sent away")
		}
	})
}

// TestOutdatedHash checks that a login with the right password replaces a hash of
// another form, also where it is then refused, and ends no tokens.
func TestOutdatedHash(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{})
		in := w.in
		hash := bcryptOf(t, password)
		for _, tt := range []struct {
			name             string
			active, verified bool
			group, password  string
			status           int
			replaced         bool
		}{
			{"good", true, false, "cookie", password, 200, true},
			{"inactive", false, false, "cookie", password, 400, true},
			{"unverified", true, false, "verified", password, 400, true},
			{"wrong password", true, false, "cookie", otherPassword, 400, false},
		} {
			p := w.register(t)
			in.change(t, p, user.Update{HashedPassword: &hash, IsActive: &tt.active, EndTokens: true})
			before := in.stored(t, p)
			in.clock.Advance(time.Minute)
			w.client().logIn(t, tt.group, p.email, tt.password).mustBe(t, tt.status)
			in.wantChange(t, tt.name, p, before, func(r *record) {
				if tt.replaced {
					r.user.HashedPassword, r.user.UpdatedAt = anyOther, in.clock.Now()
				}
				if tt.status == 200 {
					r.tokens = []string{"cookie"}
				}
			})
			// A login does not fail because the hash could not be replaced.
			in.change(t, p, user.Update{HashedPassword: &hash, IsActive: &tt.active})
			in.store.failing("Update", errDown)
			w.client().logIn(t, tt.group, p.email, tt.password).mustBe(t, tt.status)
			if got := in.stored(t, p).user.HashedPassword; got != hash {
				t.Errorf("%s: got the hash %s, want the one there was", tt.name, got)
			}
			// Replaced only over the hash that was verified.
			other := bcryptOf(t, otherPassword)
			var once sync.Once
			in.store.before(func(_ context.Context, method string) error {
				if method == "Update" {
					once.Do(func() { in.change(t, p, user.Update{HashedPassword: &other}) })
				}
				return nil
			})
			w.client().logIn(t, tt.group, p.email, tt.password).mustBe(t, tt.status)
			in.store.before(nil)
			if got := in.stored(t, p).user.HashedPassword; tt.replaced && got != other {
				t.Errorf("%s: got the hash %s, want the one that somebody has set meanwhile", tt.name, got)
			}
		}
	})
}

func bcryptOf(t testing.TB, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// TestNoPassword has an account without a password, and one whose hash nobody can
// read: no password logs in, and a reset sets one.
func TestNoPassword(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{})
		for _, hash := range []string{"", "md5$0123456789abcdef0123456789abcdef", "$argon2id$v=19$m=9999999,t=2,p=1$c2FsdHNhbHQ$aGFzaA"} {
			p := w.register(t)
			w.in.change(t, p, user.Update{HashedPassword: &hash})
			for _, tried := range []string{password, hash + "x", "x"} {
				w.client().logIn(t, "jwt", p.email, tried).want(t, 400, badCredentials)
			}
			w.client().logIn(t, "jwt", p.email, "").want(t, 422, w.invalid(at("password", missing)))
			w.client().reset(t, p.forgot(t, 1), otherPassword).want(t, 200, "null")
			p.wantPassword(t, otherPassword, password)
		}
		if log := w.in.log.String(); strings.Count(log, "stored password hash cannot be verified") != 6 {
			t.Errorf("got the log\n%s\nwant every login with an unreadable hash in it", log)
		}
	})
}
