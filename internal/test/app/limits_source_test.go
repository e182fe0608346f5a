package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

func behindProxy(c *ginauth.Config) { c.TrustedProxies = []string{"10.0.0.0/24"} }

// guess lets a login fail to an account that nobody has tried before.
func guess(t *testing.T, c client) answer {
	t.Helper()
	email := fmt.Sprintf("knight.%d@camelot.bt", c.app.requests.Load())
	c.app.member(t, email)
	return c.logIn(t, email, "wrong")
}

// clients are ways in which one source is told from another.
var clients = []struct {
	name         string
	proxies      []string
	one, another client
}{
	{"IPv4", nil, client{peer: "203.0.113.7"}, client{peer: "203.0.113.8"}},
	{"IPv6", nil, client{peer: "2001:db8:1:2::7"}, client{peer: "2001:db8:1:3::7"}},
	{
		"behind a proxy", []string{"10.0.0.0/24"},
		client{peer: "10.0.0.1", header: []string{"X-Forwarded-For", "1.1.1.1, 203.0.113.7"}},
		client{peer: "10.0.0.1", header: []string{"X-Forwarded-For", "203.0.113.7, 203.0.113.8"}},
	},
	{
		"behind a proxy on the machine", []string{"127.0.0.1"},
		client{peer: "127.0.0.1", header: []string{"X-Forwarded-For", "203.0.113.7"}},
		client{peer: "127.0.0.1", header: []string{"X-Forwarded-For", "203.0.113.8"}},
	},
	{
		"not the proxy", []string{"10.0.0.0/24"},
		client{peer: "203.0.113.7", header: []string{"X-Forwarded-For", "203.0.113.8"}},
		client{peer: "203.0.113.8", header: []string{"X-Forwarded-For", "203.0.113.7"}},
	},
}

func TestSources(t *testing.T) {
	t.Parallel()
	for _, test := range clients {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := alone.start(t, func(c *ginauth.Config) { c.TrustedProxies = test.proxies; c.Limits.LoginsPerMinute = 3 })
			one, another := test.one, test.another
			one.app, another.app = a, a
			for range 3 {
				guess(t, one).want(t, "free", 400, bad)
			}
			guess(t, one).want(t, "over", 429, "60")
			guess(t, another).want(t, "somebody else", 400, bad)
			a.member(t, arthur)
			one.logIn(t, arthur, "guinevere").want(t, "the right password", 429, "60")
			another.logIn(t, arthur, "guinevere").want(t, "from elsewhere", 200, "")
		})
	}
}

// All addresses that one subscriber has over IPv6 are one source.
func TestSourceNetworks(t *testing.T) {
	t.Parallel()
	a := alone.start(t, func(c *ginauth.Config) { c.Limits.LoginsPerMinute = 3 })
	for i := range 3 {
		guess(t, a.at(fmt.Sprintf("2001:db8:1:2:%d::7", i))).want(t, "free", 400, bad)
	}
	guess(t, a.at("2001:db8:1:2:ffff:ffff:ffff:ffff")).want(t, "over", 429, "60")
	guess(t, a.at("::ffff:203.0.113.7")).want(t, "IPv4 as IPv6", 400, bad)
}

// Twenty logins may fail in a minute and two hundred in an hour; those that
// succeed do not count.
func TestSourceLogins(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		a := s.start(t, behindProxy, func(c *ginauth.Config) { c.Limits.LoginsPerHour = 41 })
		a.member(t, arthur)
		c := a.at("10.0.0.1", "X-Forwarded-For", "203.0.113.7")
		for range 5 {
			c.logIn(t, arthur, "guinevere").want(t, "login", 200, "")
		}
		for range 2 {
			for range 20 {
				guess(t, c).want(t, "free", 400, bad)
			}
			a.clock.Advance(30 * time.Second)
			guess(t, c).want(t, "21st in a minute", 429, "30")
			c.send(t, "POST", "/auth/login", "nothing of use").want(t, "before the body is read", 429, "30")
			c.send(t, "POST", "/auth/login", "", "Sec-Fetch-Site", "cross-site", "Cookie", "a=b").want(t, "before the origin", 429, "30")
			a.clock.Advance(30 * time.Second)
		}
		guess(t, c).want(t, "41st", 400, bad)
		c.logIn(t, arthur, "guinevere").want(t, "42nd in an hour", 429, "3480")
		a.clock.Advance(58 * time.Minute)
		c.logIn(t, arthur, "guinevere").want(t, "an hour later", 200, "")
	})
}

func TestSourceDefaults(t *testing.T) {
	t.Parallel()
	a := alone.start(t)
	c := a.at("203.0.113.7")
	for minute := range 10 {
		for range 20 {
			guess(t, c).want(t, fmt.Sprintf("minute %d", minute), 400, bad)
		}
		guess(t, c).want(t, "21st in a minute", 429, map[bool]string{false: "60", true: "3060"}[minute == 9])
		a.clock.Advance(time.Minute)
	}
	guess(t, c).want(t, "201st in an hour", 429, "3000")
}

// Ten registrations in an hour may succeed or find the address taken: an answer that
// says so is worth as much to a prober as an account.
func TestSourceRegistrations(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		a := s.start(t, behindProxy)
		c := a.at("10.0.0.1", "X-Forwarded-For", "2001:db8::7")
		a.local().register(t, arthur).want(t, "from elsewhere", 201, "")
		for i := range 5 {
			c.register(t, arthur).want(t, "taken", 400, "REGISTER_USER_ALREADY_EXISTS")
			c.register(t, "knight").want(t, "no address", 422, "")
			c.register(t, fmt.Sprintf("knight%d@camelot.bt", i)).want(t, "free", 201, "")
		}
		c.register(t, merlin).want(t, "11th", 429, "3600")
		c.register(t, arthur).want(t, "11th, taken", 429, "3600")
	})
}

// A PATCH that finds the new address taken is a probe like a registration, one's own
// and a superuser's alike. Other changes are neither limited nor counted.
func TestSourceTakenAddresses(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		a := s.start(t, func(c *ginauth.Config) { c.Limits.RegistrationsPerHour = 4 })
		a.member(t, arthur)
		root := a.memberAs(t, "root@camelot.bt", func(u *user.User) { u.IsSuperuser = true })
		self := a.memberAs(t, "lancelot@camelot.bt", func(*user.User) {})
		c := a.at("203.0.113.7")
		tokens := map[string]string{root.Email: a.tokenOf(t, root.Email), self.Email: a.tokenOf(t, self.Email)}
		patch := func(who, path, body string) answer {
			t.Helper()
			return c.send(t, "PATCH", path, body, "Authorization", "Bearer "+tokens[who])
		}
		me, other := "/users/me", "/users/"+string(self.ID)
		const taken = `{"email":"` + arthur + `"}`
		for i := range 3 {
			patch(self.Email, me, fmt.Sprintf(`{"email":"lancelot%d@camelot.bt"}`, i)).want(t, "free", 200, "")
			patch(self.Email, me, `{"email":"lancelot@camelot.bt"}`).want(t, "back", 200, "")
			patch(self.Email, me, `{"email":"LANCELOT@camelot.bt"}`).want(t, "another spelling", 200, "")
			patch(self.Email, me, `{"email":"lancelot@camelot.bt"}`).want(t, "the first spelling", 200, "")
		}
		patch(self.Email, me, taken).want(t, "taken", 400, "UPDATE_USER_EMAIL_ALREADY_EXISTS")
		patch(root.Email, other, taken).want(t, "taken, by a superuser", 400, "UPDATE_USER_EMAIL_ALREADY_EXISTS")
		patch(self.Email, me, taken).want(t, "taken", 400, "UPDATE_USER_EMAIL_ALREADY_EXISTS")
		c.register(t, arthur).want(t, "taken, at a registration", 400, "REGISTER_USER_ALREADY_EXISTS")
		for _, path := range []string{me, other} {
			patch(root.Email, path, taken).want(t, "over, "+path, 429, "3600")
			patch(root.Email, path, `{"email":"gawain@camelot.bt"}`).want(t, "over and free, "+path, 429, "3600")
			patch(root.Email, path, `{}`).want(t, "over, without an address, "+path, 200, "")
		}
		patch(root.Email, me, `{"email":"root@camelot.bt","password":"excalibur"}`).want(t, "over, with the address that is there", 200, "")
		c.register(t, merlin).want(t, "over, a registration", 429, "3600")
	})
}

func TestSourceRegistrationsEnd(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		a := s.start(t, func(c *ginauth.Config) { c.Limits.RegistrationsPerHour = 2 })
		c := a.at("203.0.113.7")
		statuses := map[int]int{}
		for _, got := range atOnce(8, func(i int) answer { return c.register(t, fmt.Sprintf("knight%d@camelot.bt", i)) }) {
			statuses[got.status]++
		}
		if statuses[201] != 2 || statuses[429] != 6 {
			t.Errorf("got %v, want 2 of 201 and 6 of 429", statuses)
		}
		c.register(t, "knight").want(t, "before the body is read", 429, "3600")
		a.at("203.0.113.8").register(t, merlin).want(t, "somebody else", 201, "")
		a.clock.Advance(time.Hour)
		c.register(t, arthur).want(t, "an hour later", 201, "")
	})
}

// Ten mails may be asked for in an hour, by whoever's address.
func TestSourceMailRequests(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		a := s.start(t)
		c := a.at("203.0.113.7")
		for i := range 10 {
			path := []string{"/auth/forgot-password", "/auth/request-verify-token"}[i%2]
			c.send(t, "POST", path, fmt.Sprintf(`{"email":"knight%d@camelot.bt"}`, i)).want(t, path, 202, "")
		}
		for _, path := range []string{"/auth/forgot-password", "/auth/request-verify-token"} {
			c.send(t, "POST", path, `{"email":"knight@camelot.bt"}`).want(t, path, 429, "3600")
		}
		a.clock.Advance(time.Hour)
		c.send(t, "POST", "/auth/forgot-password", `{"email":"knight@camelot.bt"}`).want(t, "an hour later", 202, "")
	})
}

// Sixty sign-ins with OAuth may begin in a minute.
func TestSourceOAuth(t *testing.T) {
	t.Parallel()
	limitedSettings(t, func(t *testing.T, s limitedSetting) {
		a := s.start(t)
		c := a.at("203.0.113.7")
		for range 60 {
			c.send(t, "GET", "/github/authorize", "").want(t, "free", 200, "")
		}
		c.send(t, "GET", "/github/authorize", "").want(t, "over", 429, "60")
		c.send(t, "GET", "/github/callback?code=x&state=y", "").want(t, "callback", 400, "ACCESS_TOKEN_DECODE_ERROR")
		a.clock.Advance(time.Minute)
		c.send(t, "GET", "/github/authorize", "").want(t, "a minute later", 200, "")
	})
}

// An application must not limit itself from its own machine. Whoever comes from
// elsewhere is a source, whatever the headers say.
func TestSourcesThatAreNone(t *testing.T) {
	t.Parallel()
	forwarded := []string{"X-Forwarded-For", "203.0.113.7"}
	tests := []struct {
		name, peer string
		header     []string
		change     func(*ginauth.Config)
		limited    bool
	}{
		{"the machine itself", "127.0.0.1", nil, nil, false},
		{"the machine itself over IPv6", "::1", nil, nil, false},
		{"the machine itself, counted", "127.0.0.1", nil, func(c *ginauth.Config) { c.Limits.CountLoopback = true }, true},
		{"a private address", "192.168.0.7", nil, nil, true},
		{"known proxy", "10.0.0.1", forwarded, behindProxy, true},
		{"another proxy is known", "10.0.1.1", forwarded, behindProxy, true},
		{"a public address that says it forwards", "198.51.100.7", forwarded, nil, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := alone.start(t, func(c *ginauth.Config) {
				c.Limits.LoginsPerMinute = 3
				if test.change != nil {
					test.change(c)
				}
			})
			c := a.at(test.peer, test.header...)
			for range 3 {
				guess(t, c).want(t, "free", 400, bad)
			}
			if got := guess(t, c).status; (got == 429) != test.limited {
				t.Errorf("4th: got %d, want it limited: %v", got, test.limited)
			}
			if strings.Contains(a.log.String(), "TrustedProxies") {
				t.Errorf("got a warning, want none:\n%s", a.log)
			}
			if !test.limited { // the limit by account stays
				fail(t, c, arthur, 5)
				c.logIn(t, arthur, "wrong").want(t, "by account", 429, "1")
			}
		})
	}
}

// Behind a proxy that the configuration does not name, all clients are one source of ten
// times the size: a header does not switch limits off, and the application does not
// throttle itself on its first day there.
func TestSourcesBehindAnUnknownProxy(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, peer, header, value, warning string }{
		{"on a private address", "10.0.0.1", "X-Forwarded-For", "203.0.113.%d", `TrustedProxies: []string{\"10.0.0.1\"},`},
		{"on a private address of IPv6", "fd00::7", "X-Forwarded-For", "203.0.113.%d", `TrustedProxies: []string{\"fd00::7\"},`},
		{"on the machine", "127.0.0.1", "X-Forwarded-For", "203.0.113.%d", `TrustedProxies: []string{\"127.0.0.1\"},`},
		{"another header", "10.0.0.1", "Forwarded", "for=203.0.113.%d", `TrustedProxies: []string{\"10.0.0.1\"},`},
		{"a third header", "10.0.0.1", "X-Real-Ip", "203.0.113.%d", `TrustedProxies: []string{\"10.0.0.1\"},`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := alone.start(t, func(c *ginauth.Config) { c.Limits.LoginsPerMinute, c.Limits.MailRequestsPerHour = 3, 2 })
			client := func(i int) client { return a.at(test.peer, test.header, fmt.Sprintf(test.value, i)) }
			for i := range 30 {
				guess(t, client(i)).want(t, fmt.Sprintf("guess %d", i), 400, bad)
			}
			guess(t, client(31)).want(t, "over", 429, "60")
			for i := range 20 {
				client(i).send(t, "POST", forgot, `{"email":"knight@camelot.bt"}`).want(t, fmt.Sprintf("mail %d", i), 202, "")
			}
			client(21).send(t, "POST", forgot, `{"email":"knight@camelot.bt"}`).want(t, "mails over", 429, "3600")
			guess(t, a.at("10.0.0.2", test.header, fmt.Sprintf(test.value, 1))).want(t, "another peer", 400, bad)
			if test.peer != "127.0.0.1" {
				guess(t, a.at(test.peer)).want(t, "the peer itself", 400, bad)
			}
			if log := a.log.String(); strings.Count(log, "TrustedProxies") != 1 || !strings.Contains(log, test.warning) {
				t.Errorf("want one warning with %q:\n%s", test.warning, log)
			}
		})
	}
}

// brokenLimits cannot count.
type brokenLimits struct{}

var errBroken = errors.New("limits are broken")

func (brokenLimits) Limit(context.Context, string) (string, error) { return "", errBroken }

func (brokenLimits) SwapLimit(context.Context, string, string, string, time.Duration) (bool, error) {
	return false, errBroken
}

// hangingLimits never answer.
type hangingLimits struct{}

func (hangingLimits) Limit(ctx context.Context, _ string) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

func (hangingLimits) SwapLimit(ctx context.Context, _, _, _ string, _ time.Duration) (bool, error) {
	<-ctx.Done()
	return false, ctx.Err()
}

// damagedLimits have records that nobody can read, and would take what is written over them.
type damagedLimits struct{}

func (damagedLimits) Limit(context.Context, string) (string, error) { return "{", nil }

func (damagedLimits) SwapLimit(context.Context, string, string, string, time.Duration) (bool, error) {
	return true, nil
}

// Where nobody can count nobody is let in with a password; all else goes on.
func TestLimitStoreDown(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]limits.Store{"broken": brokenLimits{}, "hanging": hangingLimits{}, "damaged": damagedLimits{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := alone.start(t, func(c *ginauth.Config) { c.Limits.Store = store })
			u := a.member(t, arthur)
			for _, peer := range []string{"127.0.0.1", "203.0.113.7"} {
				a.at(peer).logIn(t, arthur, "guinevere").want(t, "login from "+peer, 503, "")
			}
			if got := a.hashes.verified.Load(); got != 0 {
				t.Errorf("got %d hashes verified, want none", got)
			}
			c := a.at("203.0.113.7")
			c.register(t, merlin).want(t, "register", 201, "")
			c.send(t, "GET", "/github/authorize", "").want(t, "OAuth", 200, "")
			c.send(t, "POST", "/auth/forgot-password", `{"email":"`+arthur+`"}`).want(t, "forgot", 202, "")
			if _, err := a.outbox.Wait(t.Context(), nil); err != nil {
				t.Errorf("the mail: %v", err)
			}
			token, err := a.instances[0].Manager().ResetToken(u)
			if err != nil {
				t.Fatal(err)
			}
			c.send(t, "POST", "/auth/reset-password", `{"token":"`+token+`","password":"excalibur"}`).want(t, "reset", 200, "")
		})
	}
}

// halfLimits answer for the records only that they know already.
type halfLimits struct {
	*limits.Memory
	closed atomic.Bool
	known  sync.Map
}

func (s *halfLimits) Limit(ctx context.Context, key string) (string, error) {
	if _, known := s.known.LoadOrStore(key, true); !known && s.closed.Load() {
		return "", errBroken
	}
	return s.Memory.Limit(ctx, key)
}

// A store that answers for the account but not for the source is down, too: else
// one source could try all accounts.
func TestLimitStoreHalfDown(t *testing.T) {
	t.Parallel()
	store := &halfLimits{Memory: limits.NewMemory()}
	a := alone.start(t, func(c *ginauth.Config) { c.Limits.Store = store })
	a.member(t, arthur)
	a.local().logIn(t, arthur, "guinevere").want(t, "without a source", 200, "")
	store.closed.Store(true)
	a.local().logIn(t, arthur, "guinevere").want(t, "the account's record answers", 200, "")
	a.at("203.0.113.7").logIn(t, arthur, "guinevere").want(t, "the source's does not", 503, "")
	a.at("203.0.113.7").register(t, merlin).want(t, "register", 201, "")
}

func TestLimitsOff(t *testing.T) {
	t.Parallel()
	a := alone.start(t, func(c *ginauth.Config) { c.Limits = limits.Config{Off: true, Store: brokenLimits{}} })
	a.member(t, arthur)
	for range 30 {
		a.at("203.0.113.7").logIn(t, arthur, "wrong").want(t, "wrong password", 400, bad)
	}
	a.at("203.0.113.7").logIn(t, arthur, "guinevere").want(t, "right password", 200, "")
}

// userStore is a store that keeps no limits.
type userStore struct {
	user.Store
	records.OAuthStore
	records.UsedStore
}

// New warns of limits that instances do not share.
func TestLimitsWithoutStore(t *testing.T) {
	t.Parallel()
	without := limitedSetting{"", 1, false, func(*testing.T) (user.Store, limits.Store) {
		s := usertest.NewStore()
		return userStore{s, s, s}, nil
	}}
	const warning = "abuse limits count in this process only"
	a := without.start(t)
	fail(t, a.local(), arthur, 5)
	a.local().logIn(t, arthur, "wrong").want(t, "in the process", 429, "1")
	if got := strings.Count(a.log.String(), warning); got != 1 {
		t.Errorf("got %d warnings, want 1:\n%s", got, a.log)
	}
	chosen := without.start(t, func(c *ginauth.Config) { c.Limits.Store = limits.NewMemory() })
	if strings.Contains(chosen.log.String(), warning) {
		t.Errorf("got a warning of a store that was chosen:\n%s", chosen.log)
	}
}
