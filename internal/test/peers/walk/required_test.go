package walk

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// onlyReports are the kinds that cannot be required, as there is no effect that could wait.
var onlyReports = []user.EventKind{
	user.EventRefreshReused, user.EventLoginFailed, user.EventLoginLimited, user.EventLoginFactorRequired, user.EventFactorFailed,
	user.EventRegisterRefused, user.EventOAuthFailed, user.EventAccessRefused, user.EventsDropped,
	"passkey_counter",
}

// goesOn are the kinds without which the request goes on, but not what the event is about.
var goesOn = []user.EventKind{"device_trusted"}

const endsLast = "the factors change before the other sessions end"

// before are steps of which a part, named in another event, takes effect before the
// decision that could not be recorded.
var before = map[string]string{
	"log in with a recovery code": "the code is used up before the login",
	"sign up by a link":           "the account is there before the login",
	"sign up with a provider":     "the account is there before the login",
	"confirm a second app":        endsLast,
	"remove an app":               endsLast,
	"add a second passkey":        endsLast,
	"remove a passkey":            endsLast,
	"take an account over":        "what a stranger may have set up is gone before the owner's account is linked",
}

// requireEach makes the request once for each event that it should have, while that event
// cannot be recorded: nothing must take effect.
func (c *client) requireEach(name string, made request) {
	c.t.Helper()
	var tried []user.EventKind
	for _, line := range c.golden[name] {
		text, rest, _ := strings.Cut(line, " ")
		kind := user.EventKind(text)
		if !strings.HasPrefix(rest, "ok") || !c.auth.Manager().Requires(kind) || slices.Contains(tried, kind) {
			continue
		}
		tried = append(tried, kind)
		method, path, body := made()
		was := c.state()
		c.taken()
		kept := *c
		c.breakSink(kind)
		got := c.call(method, path, body)
		c.breakSink("")
		c.token, c.refresh = kept.token, kept.refresh
		events, _ := c.taken()
		took := slices.ContainsFunc(events, func(e user.Event) bool { return e.Kind == kind && e.Outcome == user.OutcomeOK })
		if took {
			c.t.Errorf("%s: %s took effect, though it was not recorded", name, kind)
		}
		if slices.Contains(goesOn, kind) {
			continue
		}
		failed := slices.DeleteFunc(events, func(e user.Event) bool { return e.Outcome != user.OutcomeFailed })
		toPage := got.status == http.StatusSeeOther && strings.Contains(got.header.Get("Location"), "error=")
		if got.status != http.StatusServiceUnavailable && !toPage || len(failed) != 1 {
			c.t.Errorf("%s: got %d %s and the failed events %v where %s is not recorded, want 503 and one", name, got.status, got.body, failed, kind)
		}
		if now := c.state(); now != was && before[name] == "" {
			c.t.Errorf("%s: %s was not recorded, and there is\n%s\nwant\n%s", name, kind, now, was)
		}
		c.required[kind] = true
	}
}

// state is what decisions change: the users and what they own.
func (w *world) state() string {
	w.t.Helper()
	ctx := w.t.Context()
	var all strings.Builder
	check := func(err error) {
		if err != nil {
			w.t.Fatal(err)
		}
	}
	for _, u := range w.people() {
		fmt.Fprintln(&all, u.ID, u.Email, u.Username, u.HashedPassword, u.IsActive, u.IsVerified, u.IsSuperuser, u.Roles, u.Ban, u.SecondFactor,
			u.TokenVersion, u.KeyVersion, u.OwnerVersion)
		tokens, err := w.memory.TokensOf(ctx, u.ID, records.TokenQuery{})
		check(err)
		for _, one := range tokens {
			fmt.Fprintln(&all, "\ttoken", one.Hash, one.Rotation)
		}
		credentials, err := w.memory.CredentialsOf(ctx, u.ID)
		check(err)
		for _, one := range credentials {
			fmt.Fprintln(&all, "\tcredential", one.ID, one.Kind, one.Key, one.Name)
			if one.Kind == "recovery" {
				fmt.Fprintf(&all, "\t\t%s\n", one.Data)
			}
		}
		accounts, err := w.memory.AccountsOf(ctx, u.ID)
		check(err)
		for _, one := range accounts {
			fmt.Fprintln(&all, "\taccount", one.Provider, one.AccountID)
		}
	}
	page, err := w.memory.Invitations(ctx, records.InvitationQuery{Limit: 100, Now: w.clock()})
	check(err)
	for _, one := range page.Invitations {
		fmt.Fprintln(&all, "invitation", one.ID, one.Email) // each mail has another token
	}
	return all.String()
}
