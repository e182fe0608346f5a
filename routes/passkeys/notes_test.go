package passkeys_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/routes/passkeys"
	"github.com/ginauth/ginauth/user"
)

// Each change is one event and, but for a name, one notice to the owner.
func TestEventsAndNotices(t *testing.T) {
	t.Parallel()
	kinds := []user.EventKind{passkeys.EventPasskeyAdded, passkeys.EventPasskeyRenamed, passkeys.EventPasskeyRemoved, user.EventLogin, user.EventLoginFailed}
	for _, test := range []struct {
		name string
		// run is called with arthur logged in.
		run    func(c *client, d *device)
		events []string
		mails  []user.MailKind
	}{
		{"added", func(c *client, d *device) { c.add(d) }, []string{"passkey_added credential"}, []user.MailKind{user.MailPasskeyAdded}},
		{
			"refused", func(c *client, d *device) { d.rp.Origin = "https://mordred.bt"; c.register(d) },
			[]string{"passkey_added PASSKEY_BAD_CREDENTIAL"}, nil,
		},
		{
			"renamed", func(c *client, d *device) { c.call("PATCH", "/users/me/passkeys/"+c.add(d).ID, `{"name":"x"}`) },
			[]string{"passkey_added credential", "passkey_renamed credential"}, []user.MailKind{user.MailPasskeyAdded},
		},
		{
			"removed", func(c *client, d *device) { c.call("DELETE", "/users/me/passkeys/"+c.add(d).ID, "") },
			[]string{"passkey_added credential", "passkey_removed credential"}, []user.MailKind{user.MailPasskeyAdded, user.MailPasskeyRemoved},
		},
		{
			"removed by a superuser", func(c *client, d *device) {
				m := c.add(d)
				c.create(merlin, func(u *user.User) { u.IsSuperuser = true })
				c.client("jwt").enter(merlin).call("DELETE", "/users/"+string(c.user(arthur).ID)+"/passkeys/"+m.ID, "")
			},
			[]string{"login by another", "passkey_added credential", "passkey_removed by another credential"},
			[]user.MailKind{user.MailPasskeyAdded, user.MailPasskeyRemoved},
		},
		{
			"logged in", func(c *client, d *device) { c.add(d); c.client("jwt").passkey(d) },
			[]string{"login hwk,mfa,user", "passkey_added credential"}, []user.MailKind{user.MailPasskeyAdded},
		},
		{
			"failed", func(c *client, d *device) { c.add(d); d.key.Key = newDevice(d.t).key.Key; c.client("jwt").passkey(d) },
			[]string{"login_failed LOGIN_BAD_CREDENTIALS", "passkey_added credential"}, []user.MailKind{user.MailPasskeyAdded},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.client("cookie").enter(arthur)
			owner := w.user(arthur)
			test.run(c, newDevice(t))
			events, mails := w.reports()
			var lines []string
			for _, e := range events {
				if line := eventLine(e, owner); slices.Contains(kinds, e.Kind) && line != "login app" {
					lines = append(lines, line)
				}
			}
			slices.Sort(lines)
			if !slices.Equal(lines, test.events) {
				t.Errorf("got the events %q, want %q", lines, test.events)
			}
			var notices []user.MailKind
			for _, m := range mails {
				if m.To != arthur || m.User.ID != owner.ID || m.Token != "" {
					t.Errorf("got %v to %s", m, m.To)
				}
				notices = append(notices, m.Kind)
			}
			slices.Sort(notices)
			if !slices.Equal(notices, test.mails) {
				t.Errorf("got the mails %q, want %q", notices, test.mails)
			}
		})
	}
}

func eventLine(e user.Event, owner *user.User) string {
	parts := []string{string(e.Kind)}
	if e.Actor != "" && e.Actor != owner.ID || e.User != "" && e.User != owner.ID {
		parts = append(parts, "by another")
	} else if e.Kind == user.EventLogin {
		var methods []string
		for _, m := range e.Methods {
			methods = append(methods, string(m))
		}
		parts = append(parts, strings.Join(methods, ","))
	}
	if e.Code != "" {
		parts = append(parts, e.Code)
	}
	if e.Note["credential"] != "" {
		parts = append(parts, "credential")
	}
	return fmt.Sprint(strings.Join(parts, " "))
}
