package app

import (
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
)

// ways are how requests reach an application. Both know the clients by the same
// addresses.
var ways = []struct {
	name   string
	config func(*ginauth.Config)
	client func(a *limitedApp, ip string) client
}{
	{"direct", func(*ginauth.Config) {}, func(a *limitedApp, ip string) client { return a.at(ip) }},
	{"behind proxies", behindProxy, func(a *limitedApp, ip string) client {
		// Two proxies take turns, and the client has invented a hop.
		return a.at(fmt.Sprintf("10.0.0.%d", 1+a.requests.Load()%2), "X-Forwarded-For", "192.0.2.1, "+ip+", 10.0.0.9")
	}},
}

// eachWay runs test for each way in each setting.
func eachWay(t *testing.T, test func(t *testing.T, start func(change ...func(*ginauth.Config)) *limitedApp, at func(a *limitedApp, ip string) client)) {
	t.Helper()
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			limitedSettings(t, func(t *testing.T, s limitedSetting) {
				test(t, func(change ...func(*ginauth.Config)) *limitedApp {
					return s.start(t, append(change, way.config)...)
				}, way.client)
			})
		})
	}
}

// Every limit by source counts for the client, and for nobody else, whichever way
// the requests come and whichever instance they reach.
func TestSourceLimitsEachWay(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, start func(...func(*ginauth.Config)) *limitedApp, at func(*limitedApp, string) client) {
		a := start(func(c *ginauth.Config) {
			c.Limits.LoginsPerMinute, c.Limits.RegistrationsPerHour = 3, 3
			c.Limits.MailRequestsPerHour, c.Limits.OAuthPerMinute = 3, 3
		})
		limits := []struct {
			name, over string
			free       int
			do         func(c client, i int) answer
		}{
			{"logins", "60", 400, func(c client, _ int) answer { return guess(t, c) }},
			{"registrations", "3600", 201, func(c client, i int) answer { return c.register(t, fmt.Sprintf("%s.%d@camelot.bt", c.name(), i)) }},
			{"mails", "3600", 202, func(c client, i int) answer {
				return c.send(t, "POST", []string{forgot, request}[i%2], fmt.Sprintf(`{"email":"page.%d@camelot.bt"}`, i))
			}},
			{"sign-ins", "60", 200, func(c client, _ int) answer { return c.send(t, "GET", "/github/authorize", "") }},
		}
		for _, limit := range limits {
			try := func(what, ip string, i, status int, detail string) {
				t.Helper()
				got := limit.do(at(a, ip), i)
				if status == 400 {
					detail = bad
				}
				got.want(t, limit.name+": "+what, status, detail)
			}
			for i := range 3 {
				try("free", "203.0.113.7", i, limit.free, "")
			}
			try("over", "203.0.113.7", 3, 429, limit.over)
			try("somebody else", "203.0.113.8", 4, limit.free, "")
			try("somebody over IPv6", "2001:db8::7", 5, limit.free, "")
		}
	})
}

// name is what the client's requests are told from others by.
func (c client) name() string { return fmt.Sprintf("knight%d", c.app.requests.Load()) }

// The limits by account: rising delays for strangers, who do not lock out the owner
// where he was before, and the hard end, which a reset opens.
func TestAccountLimitsEachWay(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, start func(...func(*ginauth.Config)) *limitedApp, at func(*limitedApp, string) client) {
		a := start(func(c *ginauth.Config) {
			c.Limits.FreeFailures, c.Limits.MaxFailures, c.Limits.MaxDelay = 2, 4, 2*time.Second
		})
		u := a.member(t, arthur)
		login := func(what, ip, password string, status int, detail string) {
			t.Helper()
			at(a, ip).logIn(t, arthur, password).want(t, what, status, detail)
		}
		login("at home", "203.0.113.7", "guinevere", 200, "")
		login("a stranger", "198.51.100.1", "wrong", 400, bad)
		login("another stranger", "198.51.100.2", "wrong", 400, bad)
		login("a third", "198.51.100.3", "guinevere", 429, "1")
		login("in the owner's network", "203.0.113.200", "guinevere", 200, "")
		a.clock.Advance(time.Second)
		login("a second later", "198.51.100.4", "wrong", 400, bad)
		login("now two seconds", "198.51.100.5", "wrong", 429, "2")
		a.clock.Advance(2 * time.Second)
		login("the last one", "198.51.100.6", "wrong", 400, bad)
		a.clock.Advance(time.Hour)
		login("never again", "198.51.100.7", "guinevere", 429, "2")
		login("at home all the same", "203.0.113.7", "guinevere", 200, "")

		token, err := a.instances[0].Manager().ResetToken(mustReload(t, a, u.ID))
		if err != nil {
			t.Fatal(err)
		}
		at(a, "198.51.100.8").send(t, "POST", "/auth/reset-password", `{"token":"`+token+`","password":"excalibur"}`).want(t, "reset", 200, "")
		login("with the new password", "198.51.100.9", "excalibur", 200, "")
	})
}

// A recipient gets so many mails, from wherever they are asked for.
func TestRecipientLimitsEachWay(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, start func(...func(*ginauth.Config)) *limitedApp, at func(*limitedApp, string) client) {
		a := start(func(c *ginauth.Config) { c.Limits.MailsPerHour = 2 })
		a.member(t, arthur)
		ask := func(ip, path string) {
			t.Helper()
			at(a, ip).send(t, "POST", path, `{"email":"`+arthur+`"}`).want(t, path, 202, "")
		}
		for i, path := range []string{forgot, forgot, request, forgot, request} {
			ask(fmt.Sprintf("203.0.113.%d", i), path)
		}
		a.shutdown(t)
		if got := len(a.outbox.Messages()); got != 2 {
			t.Errorf("got %d mails, want 2", got)
		}
	})
}
