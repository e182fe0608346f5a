package factors_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/user"
)

// reported is a step of a user or superuser, with what it must be reported as.
type reported struct {
	name string
	// run is called with the owner of k logged in by both factors.
	run func(c *client, k key)
	// Apart from those of the enrolment: kind, whether another user is the actor, and Note;
	// and kind and Left.
	events, mails []string
}

var reports = []reported{
	{
		name: "another app", run: func(c *client, _ key) { c.enrol("Tablet") },
		events: []string{"factor_added credential"}, mails: []string{"factor-added 0"},
	},
	{
		name: "an app that is not confirmed", run: func(c *client, _ key) {
			c.call("DELETE", "/users/me/factors/"+c.begin("Tablet").ID, "")
		},
		events: []string{"factor_removed credential"},
	},
	{
		name: "a wrong code for a new app", run: func(c *client, _ key) { c.confirm(c.begin("Tablet"), "0") },
	},
	{
		name: "an app removed", run: func(c *client, k key) { c.call("DELETE", "/users/me/factors/"+k.ID, "") },
		events: []string{"factor_removed credential"}, mails: []string{"factor-removed 0"},
	},
	{
		name: "no such app", run: func(c *client, _ key) { c.call("DELETE", "/users/me/factors/x", "") },
	},
	{
		name: "reset by a superuser", run: func(c *client, _ key) {
			c.register(merlin, func(r *user.Registration) { r.IsSuperuser = true })
			c.client("jwt").enter(merlin).call("DELETE", "/users/"+string(c.User(arthur).ID)+"/factors", "")
		},
		events: []string{"factors_reset by another"}, mails: []string{"factors-reset 0"},
	},
	{
		name: "a recovery code", run: func(c *client, k key) {
			in := c.client("jwt")
			in.answer(in.half(arthur), "recovery_code", k.codes[0])
		},
		events: []string{"recovery_code_used left=9"}, mails: []string{"recovery-code-used 9"},
	},
	{
		name: "all recovery codes", run: func(c *client, k key) {
			for _, code := range k.codes {
				in := c.client("jwt")
				in.answer(in.half(arthur), "recovery_code", code)
			}
		},
		events: []string{
			"recovery_code_used left=0", "recovery_code_used left=1", "recovery_code_used left=2", "recovery_code_used left=3",
			"recovery_code_used left=4", "recovery_code_used left=5", "recovery_code_used left=6", "recovery_code_used left=7",
			"recovery_code_used left=8", "recovery_code_used left=9",
		},
		mails: []string{ // each use, whatever the hour has had
			"recovery-code-used 0", "recovery-code-used 1", "recovery-code-used 2", "recovery-code-used 3", "recovery-code-used 4",
			"recovery-code-used 5", "recovery-code-used 6", "recovery-code-used 7", "recovery-code-used 8", "recovery-code-used 9",
		},
	},
	{
		name: "new recovery codes", run: func(c *client, _ key) { c.call("POST", "/users/me/recovery-codes", "") },
		events: []string{"recovery_codes_made"}, mails: []string{"recovery-codes-made 0"},
	},
	{
		name: "a trusted browser", run: func(c *client, k key) { c.trusting(arthur, k, c.client("cookie")) },
		events: []string{"device_trusted"},
	},
	{
		name: "a trusted browser removed", run: func(c *client, k key) {
			c.trusting(arthur, k, c.client("cookie"))
			devices, err := c.Memory.CredentialsOf(c.t.Context(), c.User(arthur).ID, "device")
			if err != nil || len(devices) != 1 {
				c.t.Fatalf("got %d devices, %v", len(devices), err)
			}
			c.call("DELETE", "/users/me/factors/"+devices[0].ID, "")
		},
		events: []string{"device_removed credential", "device_trusted"},
	},
	{
		name: "four wrong codes", run: func(c *client, _ key) { c.guess(4) },
	},
	{
		name: "a known password", run: func(c *client, _ key) { c.guess(5) }, mails: []string{"password-known 0"},
	},
	{
		name: "a known password, all hour", run: func(c *client, _ key) {
			for range 3 {
				c.guess(5)
				c.Wait(16 * time.Minute)
			}
		},
		mails: []string{"password-known 0"},
	},
	{
		name: "a known password, hours later", run: func(c *client, _ key) {
			c.guess(5)
			c.AwaitMails(2)
			c.Wait(2 * time.Hour)
			c.guess(1)
		},
		mails: []string{"password-known 0", "password-known 0"},
	},
}

// guess gives wrong second factors, as a client that has the password.
func (c *client) guess(n int) {
	for i := range n {
		in := c.client("jwt")
		in.source = "198.51.100." + strconv.Itoa(i)
		in.answer(in.half(arthur), "totp", "0")
	}
}

// Each step is one event, and one notice to the owner where it changes what a login
// needs. None of them has a secret.
func TestEventsAndNotices(t *testing.T) {
	t.Parallel()
	kinds := []user.EventKind{
		factors.EventFactorAdded, factors.EventFactorRemoved, factors.EventFactorsReset, factors.EventRecoveryCodesMade,
		factors.EventRecoveryCodeUsed, factors.EventDeviceTrusted, factors.EventDeviceRemoved,
	}
	for _, test := range reports {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			k := w.client("cookie").enter(arthur).enrol("Phone")
			c := w.client("cookie").full(arthur, k)
			owner := w.User(arthur)
			test.run(c, k)
			allEvents, allMails := w.reports()
			var events, mails []string
			for _, e := range allEvents {
				if !slices.Contains(kinds, e.Kind) || e.Outcome == user.OutcomeRefused { // refusals are in package walk
					continue
				}
				if e.User != owner.ID || e.Outcome != user.OutcomeOK || e.ID == "" || e.IP == "" {
					t.Errorf("got %+v", e.LogValue())
				}
				events = append(events, eventLine(e))
			}
			for _, m := range allMails {
				if m.To != arthur || m.User.ID != owner.ID || m.Token != "" || m.Code != "" || m.At.IsZero() || m.IP == "" {
					t.Errorf("got %v to %s", m, m.To)
				}
				mails = append(mails, fmt.Sprintf("%s %d", m.Kind, m.Left))
			}
			wantSame(t, "events", events, append([]string{"factor_added credential", "recovery_codes_made"}, test.events...))
			wantSame(t, "mails", mails, append([]string{"factor-added 0"}, test.mails...))
			w.wantNoSecret(allEvents, k)
		})
	}
}

// Wrong and right answers are events, with the codes of the responses.
func TestEventsOfAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.client("cookie").enter(arthur).enrol("Phone")
	c := w.client("stored")
	c.answer(c.half(arthur), "totp", "000000")
	c.answer("x", "totp", "000000")
	c.full(arthur, k)
	c.call("POST", "/auth/stored/reauthenticate", `{"password":"guinevere"}`)
	c.call("POST", "/auth/stored/reauthenticate", `{"factor":"totp","code":"`+w.at(k, 0)+`"}`)
	events, _ := w.reports()
	var lines []string
	for _, e := range events {
		switch e.Kind {
		case user.EventFactorFailed, user.EventReauthenticated, user.EventLoginFactorRequired:
			lines = append(lines, fmt.Sprint(e.Kind, " ", e.Outcome, " ", e.Code))
		}
	}
	wantSame(t, "events", lines, []string{
		"login_factor_required ok LOGIN_FACTOR_REQUIRED", "login_factor_required ok LOGIN_FACTOR_REQUIRED",
		"factor_failed refused LOGIN_BAD_FACTOR", "factor_failed refused LOGIN_BAD_TOKEN",
		"reauthenticated refused LOGIN_FACTOR_REQUIRED", "reauthenticated ok ",
	})
}

// wantSame compares lists whose order does not matter.
func wantSame(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got the %s %q, want %q", what, got, want)
	}
}

func eventLine(e user.Event) string {
	line := string(e.Kind)
	if e.Actor != "" && e.Actor != e.User {
		line += " by another"
	}
	for _, name := range slices.Sorted(maps.Keys(e.Note)) {
		line += " " + name
		if name == "left" {
			line += "=" + e.Note[name]
		}
	}
	return line
}

// wantNoSecret looks for what opens an account in the fields of events.
func (w *world) wantNoSecret(events []user.Event, k key) {
	w.t.Helper()
	secrets := append([]string{k.Secret, "guinevere"}, k.codes...)
	for _, e := range events {
		type plain user.Event // prints all fields
		text := fmt.Sprintf("%+v", plain(e))
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				w.t.Errorf("%s has the secret %s", e.Kind, secret)
			}
		}
	}
}

// An address that was not verified may be a stranger's: it gets no notices.
func TestNoNoticesToUnverifiedAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register(merlin, func(r *user.Registration) { r.IsVerified = false })
	c := w.client("cookie").enter(merlin)
	c.call("DELETE", "/users/me/factors/"+c.enrol("Phone").ID, "")
	if _, mails := w.reports(); len(mails) != 0 {
		t.Errorf("got %v, want no mail", mails)
	}
}

// The owner reads how many recovery codes are left, and to make new ones before there
// are none.
func TestNoticesAsRead(t *testing.T) {
	t.Parallel()
	outbox := &mails.Outbox{}
	hooks := mails.Hooks(mails.Config{Sender: outbox, AppURL: "https://camelot.bt/account", AppName: "Camelot"})
	w := newWorld(t, func(c *ginauth.Config, _ *factors.Config) {
		c.Hooks.Send = func(ctx context.Context, m user.Mail) error { return hooks.Send(ctx, m) }
	})
	k := w.client("cookie").enter(arthur).enrol("Phone")
	for _, code := range k.codes {
		in := w.client("jwt")
		in.answer(in.half(arthur), "recovery_code", code)
	}
	w.reports()
	used := 0
	for _, m := range outbox.Messages() {
		if m.Kind != mails.RecoveryCodeUsed {
			continue
		}
		used++
		left := ""
		for _, text := range []string{"No recovery code is left", "1 recovery code is left", "2 recovery codes are left", "3 recovery codes are left", "9 recovery codes are left"} {
			if strings.Contains(m.Text, text) && strings.Contains(m.HTML, text) {
				left = text[:1]
			}
		}
		few := strings.Contains(m.Text, "Make new ones") && strings.Contains(m.HTML, "Make new ones")
		if want := left != "" && strings.Contains("N12", left); few != want {
			t.Errorf("%s: says to make new ones: %v, want %v", m.Text, few, want)
		}
	}
	if used != 10 {
		t.Errorf("got %d notices, want 10", used)
	}
}
