package audit_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/audit/audittest"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

// Users are told of a login from a device or network that is not among the last ten.
func TestLoginNotices(t *testing.T) {
	t.Parallel()
	const firefox, chrome = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537"
	login := func(ip, agent string) user.Event {
		return user.Event{Kind: user.EventLogin, Outcome: user.OutcomeOK, IP: ip, UserAgent: agent}
	}
	for _, test := range []struct {
		name   string
		of     audit.LoginNotices
		config audit.Config
		logins []user.Event
		want   string
	}{
		{"the first", audit.NewDevices, audit.Config{}, []user.Event{login("192.0.2.1", firefox)}, ""},
		{"the same", audit.NewDevices, audit.Config{}, []user.Event{login("192.0.2.1", firefox), login("192.0.2.99", firefox)}, ""},
		{"another network", audit.NewDevices, audit.Config{}, []user.Event{login("192.0.2.1", firefox), login("198.51.100.1", firefox)}, "new-device"},
		{"another browser", audit.NewDevices, audit.Config{}, []user.Event{login("192.0.2.1", firefox), login("192.0.2.1", chrome)}, "new-device"},
		{"no addresses are kept", audit.NewDevices, audit.Config{IP: audit.None}, []user.Event{login("192.0.2.1", firefox), login("198.51.100.1", firefox)}, ""},
		{"every login", audit.EveryLogin, audit.Config{}, []user.Event{login("192.0.2.1", firefox)}, "logged-in"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			keys, err := secrets.NewKeys("0123456789abcdef0123456789abcdef")
			if err != nil {
				t.Fatal(err)
			}
			var mails []string
			store := usertest.NewStore()
			m, err := user.NewManager(user.ManagerConfig{
				Store: store, Keys: keys, Logger: slog.New(slog.DiscardHandler),
				Hooks: user.Hooks{Send: func(_ context.Context, mail user.Mail) error {
					mails = append(mails, string(mail.Kind))
					return nil
				}},
			})
			if err != nil {
				t.Fatal(err)
			}
			u := &user.User{ID: store.NewID(), Email: "a@camelot.bt", EmailKey: "a@camelot.bt", IsActive: true, IsVerified: true, CreatedAt: logAt, UpdatedAt: logAt}
			if err := store.Create(t.Context(), u); err != nil {
				t.Fatal(err)
			}
			test.config.Now = func() time.Time { return logAt }
			l, err := audit.NewLog(&audittest.Store{}, test.config)
			if err != nil {
				t.Fatal(err)
			}
			l.NotifyLogins(m, test.of)
			for n, e := range test.logins {
				e.ID, e.User, e.At = string(rune('a'+n)), u.ID, logAt.Add(time.Duration(n)*time.Second)
				l.Sink(t.Context(), e)
			}
			if err := m.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(mails, " "); got != test.want {
				t.Errorf("got the mails %q, want %q", got, test.want)
			}
		})
	}
}
