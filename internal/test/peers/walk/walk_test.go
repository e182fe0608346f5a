package walk

import (
	"cmp"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/internal/test/source"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

const goldenFile = "internal/test/peers/walk/testdata/events.golden"

// Every request of a walk through an application with all rooms has exactly the events of
// testdata/events.golden; a decision that cannot be recorded is not made, and no secret of
// the walk is in an event, the log, a metric, a span or a mail but its own. A kind of
// event, an outcome that it can have, or a route that is not on the walk, is a failure.
func TestEvents(t *testing.T) {
	t.Parallel()
	kinds := declaredKinds(t)
	var required []user.EventKind
	for _, kind := range kinds {
		if !slices.Contains(onlyReports, kind) {
			required = append(required, kind)
		}
	}
	w := newWorld(t, required)
	w.golden = readGolden(t)
	w.person("merlin", superuser, func(r *user.Registration) { r.Username = "merlin" })
	for _, name := range []string{"gareth", "kay", "owain", "gawain", "bedivere"} {
		w.person(name, withPassword)
	}
	w.person("percival")
	for _, part := range []func(){
		w.register, w.change, w.administer, w.sessions, w.invite, w.passwords, w.refreshes, w.byMail, w.providers, w.factors, w.passkeys, w.keys,
		w.strangers, w.outage,
	} {
		part()
	}
	if err := w.auth.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.compare()
	w.checkSink()
	w.checkKinds(kinds)
	w.checkRoutes()
	w.checkRequired(required)
	w.checkSecrets()
}

// strangers asks for everything that needs a login without one, and with one that may not.
func (w *world) strangers() {
	c := w.client()
	for _, route := range w.routes() {
		if route.Guard.User {
			c.step("a stranger: "+route.Method+" "+route.at, route.Method, filled(route.at), "{}")
		}
	}
}

// outage asks for everything that needs a login while no store answers.
func (w *world) outage() {
	c := w.client().enter("jwt", "merlin")
	for _, route := range w.routes() {
		if route.Guard.User {
			c.down("an outage: "+route.Method+" "+route.at, route.Method, filled(route.at), "{}")
		}
	}
}

// placed is a route and where it is.
type placed struct {
	routes.Route
	group, at string
}

// routes returns those of the backends jwt, or of the only one that has them.
func (w *world) routes() []placed {
	var all []placed
	for _, group := range w.auth.Routes().Attached() {
		for _, route := range group.Routes {
			at := strings.TrimSuffix(group.Prefix, "/") + route.Path
			twin := slices.ContainsFunc(all, func(p placed) bool { return p.group == group.Name && p.Operation == route.Operation })
			if !twin {
				all = append(all, placed{route, group.Name, at})
			}
		}
	}
	return all
}

var parameter = regexp.MustCompile(`:[a-z]+`)

func filled(at string) string { return parameter.ReplaceAllString(at, "x") }

var kindConstant = regexp.MustCompile(`\b[eE]vents?[A-Za-z]+\s+(?:user\.)?EventKind = "([a-z_]+)"`)

// declaredKinds returns the kinds that package user declares and those of all packages with
// kinds of their own, which are those that a constant names.
func declaredKinds(t *testing.T) []user.EventKind {
	t.Helper()
	kinds := user.EventKinds()
	for _, path := range source.Files(t, ".go") {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, match := range kindConstant.FindAllStringSubmatch(source.Read(t, path), -1) {
			if kind := user.EventKind(match[1]); !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	}
	if len(kinds) < 53 {
		t.Errorf("found %d kinds only", len(kinds))
	}
	return kinds
}

// readGolden returns the events of each step of the file.
func readGolden(t *testing.T) map[string][]string {
	t.Helper()
	steps := map[string][]string{}
	text, err := os.ReadFile(goldenFile)
	if err != nil && os.Getenv("AUTHTEST_UPDATE") == "" {
		t.Fatal(err)
	}
	name := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if event, is := strings.CutPrefix(line, "\t"); is {
			steps[name] = append(steps[name], event)
			continue
		}
		name = regexp.MustCompile(`: [A-Z]+ /[^ ]* → `).Split(line, 2)[0]
		steps[name] = nil
	}
	return steps
}

// compare compares the table with the file.
func (w *world) compare() {
	w.t.Helper()
	var all strings.Builder
	for _, one := range w.table {
		all.WriteString(one.String())
	}
	if os.Getenv("AUTHTEST_UPDATE") != "" {
		if err := os.WriteFile(goldenFile, []byte(all.String()), 0o600); err != nil {
			w.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		w.t.Fatal(err)
	}
	if all.String() == string(want) {
		return
	}
	for _, one := range w.table {
		if !strings.Contains("\n"+string(want), "\n"+one.String()) {
			w.t.Errorf("got  %swant %s", one, strings.Join(w.golden[one.name], "\n\t"))
		}
	}
	w.t.Errorf("the walk is not that of %s", goldenFile)
}

// checkSink compares what OnEvent got with the decisions: the same events, and those of
// one user in their order.
func (w *world) checkSink() {
	w.t.Helper()
	if n := w.auth.Manager().EventsDropped(); n != 0 || len(w.sunk) != len(w.told) {
		w.t.Fatalf("OnEvent got %d events of %d, %d were dropped", len(w.sunk), len(w.told), n)
	}
	of := func(events []user.Event) map[user.ID][]string {
		ids := map[user.ID][]string{}
		for _, e := range events {
			ids[e.User] = append(ids[e.User], e.ID)
		}
		slices.Sort(ids[""]) // without a user there is no order
		return ids
	}
	told, sunk := of(w.told), of(w.sunk)
	for id := range told {
		if !slices.Equal(told[id], sunk[id]) {
			w.t.Errorf("OnEvent got other events about %s, or in another order", cmp.Or(w.names[id], "nobody"))
		}
	}
}

// outcomesOf are the outcomes of the kinds that no route has as what it is asked for.
var outcomesOf = map[user.EventKind][]user.Outcome{
	user.EventLogin:                {user.OutcomeOK},
	user.EventLoginFactorRequired:  {user.OutcomeOK},
	user.EventLoginLimited:         {user.OutcomeLimited},
	user.EventRefreshReused:        {user.OutcomeRefused},
	user.EventInvitationUsed:       {user.OutcomeOK},
	user.EventEmailChangeRequested: {user.OutcomeOK},
	user.EventRoleChanged:          {user.OutcomeOK},
	user.EventOAuthLinked:          {user.OutcomeOK},
	user.EventAccountTakenOver:     {user.OutcomeOK},
	user.EventAccessRefused:        {user.OutcomeRefused, user.OutcomeLimited, user.OutcomeFailed},
	"recovery_code_used":           {user.OutcomeOK},
	"device_trusted":               {user.OutcomeOK},
	"device_removed":               {user.OutcomeOK},
	"passkey_counter":              {user.OutcomeOK, user.OutcomeRefused},
	// Made by the queue itself: see TestEventDrops of package user and TestBlockedSink.
	user.EventsDropped: nil,
}

// neverOK are the kinds of refusals.
var neverOK = []user.EventKind{user.EventLoginFailed, user.EventRegisterRefused, user.EventFactorFailed, user.EventOAuthFailed}

// checkKinds reports kinds that are not on the walk with every outcome that they can have:
// those of outcomesOf, and what the routes say of which they are the refusal.
func (w *world) checkKinds(kinds []user.EventKind) {
	w.t.Helper()
	want := map[user.EventKind][]user.Outcome{}
	for _, route := range w.routes() {
		kind := refusal(route.Route)
		want[kind] = append(want[kind], user.OutcomeRefused, user.OutcomeFailed)
		if route.Doc.Limited {
			if kind == user.EventLoginFailed {
				kind = user.EventLoginLimited
			}
			want[kind] = append(want[kind], user.OutcomeLimited)
		}
	}
	seen := map[string]bool{}
	for _, e := range w.told {
		seen[string(e.Kind)+" "+string(e.Outcome)] = true
	}
	for _, kind := range kinds {
		outcomes, listed := outcomesOf[kind]
		if !listed {
			outcomes = want[kind]
			if !slices.Contains(neverOK, kind) {
				outcomes = append(outcomes, user.OutcomeOK)
			}
		}
		for _, outcome := range outcomes {
			if !seen[string(kind)+" "+string(outcome)] {
				w.t.Errorf("the walk has no event %s %s", kind, outcome)
			}
		}
	}
	for _, e := range w.told {
		if !slices.Contains(kinds, e.Kind) {
			w.t.Errorf("the kind %s is not declared", e.Kind)
		}
	}
}

// refusal is the kind of event that a refusal by the route is.
func refusal(route routes.Route) user.EventKind {
	switch route.Event {
	case "":
		return user.EventAccessRefused
	case user.EventLogin:
		return user.EventLoginFailed
	case user.EventRegistered:
		return user.EventRegisterRefused
	}
	return route.Event
}

// withoutEvent are the routes whose success is no event of their own.
var withoutEvent = []string{"factors enrol_totp", "passkeys create_options", "oauth authorize", "oauth_associate authorize", "api_keys rename"}

// checkRoutes reports routes that the walk does not see succeed, with an event where they
// change something and without one where they only read; and those whose refusals it does
// not see, with what each must have.
func (w *world) checkRoutes() {
	w.t.Helper()
	for _, route := range w.routes() {
		name := route.group + " " + route.Operation
		rows := slices.DeleteFunc(slices.Clone(w.table), func(r row) bool { return !w.isOf(r, route) })
		ok := func(r row) bool { return r.status < http.StatusBadRequest && !w.toError(r) }
		if !slices.ContainsFunc(rows, ok) {
			w.t.Errorf("%s (%s %s): the walk does not see it succeed", name, route.Method, route.at)
		}
		for _, r := range rows {
			switch has := len(r.events) > 0; {
			case !ok(r) && !has:
				w.t.Errorf("%s: %s is refused without an event", name, r.name)
			case ok(r) && route.Event == "" && has:
				w.t.Errorf("%s: %s only reads, and has the events %v", name, r.name, r.events)
			}
		}
		if route.Event == "" || slices.Contains(withoutEvent, name) {
			continue
		}
		decides := func(r row) bool {
			return ok(r) && slices.ContainsFunc(r.events, func(e user.Event) bool { return e.Outcome == user.OutcomeOK })
		}
		if !slices.ContainsFunc(rows, decides) {
			w.t.Errorf("%s: no event of its success", name)
		}
		outcomes := []user.Outcome{user.OutcomeRefused, user.OutcomeFailed}
		if route.Doc.Limited {
			outcomes = append(outcomes, user.OutcomeLimited)
		}
		for _, outcome := range outcomes {
			if !slices.ContainsFunc(rows, func(r row) bool {
				return slices.ContainsFunc(r.events, func(e user.Event) bool { return e.Outcome == outcome })
			}) {
				w.t.Errorf("%s (%s %s): no row in which it is %s", name, route.Method, route.at, outcome)
			}
		}
	}
}

// isOf reports whether a row is about the route, at whatever backend.
func (w *world) isOf(r row, route placed) bool {
	for _, group := range w.auth.Routes().Attached() {
		for _, one := range group.Routes {
			if group.Name == route.group && one.Operation == route.Operation && one.Method == r.method &&
				strings.TrimSuffix(group.Prefix, "/")+one.Path == r.pattern {
				return true
			}
		}
	}
	return false
}

// toError reports whether a row is a redirect to a page with an error.
func (w *world) toError(r row) bool {
	return r.status == http.StatusSeeOther && slices.ContainsFunc(r.events, func(e user.Event) bool { return e.Outcome != user.OutcomeOK })
}

// checkRequired reports kinds of which no decision was tried that could not be recorded.
func (w *world) checkRequired(required []user.EventKind) {
	w.t.Helper()
	for _, kind := range required {
		if !w.required[kind] && !slices.Contains(goesOn, kind) {
			w.t.Errorf("%s: no decision was tried without its record", kind)
		}
	}
}
