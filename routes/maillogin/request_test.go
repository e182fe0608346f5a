package maillogin_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes/maillogin"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

type requestMark struct{}

// hashMemory is what one Argon2id hash takes. Nothing else in a request takes nearly as
// much, so memory shows how many were computed.
const hashMemory = 19456 * 1024

// Neither the answer nor the work before it depends on whether a user has the address. It
// is not parallel: memory of other tests would be mistaken for that of hashes.
func TestIndistinguishable(t *testing.T) { //nolint:paralleltest // see above
	for _, open := range []bool{false, true} {
		changes := []change{limitsStored}
		if open {
			changes = append(changes, signUp)
		}
		w := newWorld(t, changes...)
		w.register("inactive@camelot.bt", func(u *user.User) { u.IsActive = false })
		w.register("unverified@camelot.bt")
		w.register("factor@camelot.bt", func(u *user.User) { u.SecondFactor, u.IsVerified = true, true })
		w.register("nopassword@camelot.bt", func(u *user.User) { u.HashedPassword, u.IsVerified = "", true })
		w.register("root@camelot.bt", func(u *user.User) { u.IsSuperuser, u.IsVerified = true, true })

		// Mails are sent off the request: none begins before the answer.
		var mu sync.Mutex
		var calls []string
		w.Store.Plan(func(ctx context.Context, c usertest.Call) usertest.Fault {
			if ctx.Value(requestMark{}) != nil {
				mu.Lock()
				defer mu.Unlock()
				calls = append(calls, c.Method)
			}
			return usertest.NoFault
		})
		var first string
		for i, who := range []string{
			arthur, "unknown@camelot.bt", "inactive@camelot.bt", "unverified@camelot.bt", "factor@camelot.bt", "nopassword@camelot.bt",
			"root@camelot.bt", arthur, "unknown@camelot.bt", "ARTHUR@CAMELOT.BT",
		} {
			mu.Lock()
			calls = nil
			mu.Unlock()
			c := w.browser("cookie")
			c.source = fmt.Sprintf("192.0.2.%d", i)
			c.ctx = context.WithValue(t.Context(), requestMark{}, true)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := c.call("POST", "/auth/request-login", `{"email":"`+who+`"}`)
			runtime.ReadMemStats(&after)
			mu.Lock()
			work := shown(got) + "\nstore: " + strings.Join(calls, " ")
			mu.Unlock()
			if first == "" {
				first = work
				if !strings.HasSuffix(work, "PutPending") || strings.Contains(work, "By") {
					t.Errorf("got the work\n%s\nwant one insert beside the limit", work)
				}
			}
			if work != first {
				t.Errorf("%s: got\n%s\nwant\n%s", who, work, first)
			}
			if hashes := (after.TotalAlloc - before.TotalAlloc) / hashMemory; hashes != 0 {
				t.Errorf("%s: computed %d hashes", who, hashes)
			}
		}
		w.Store.Plan(nil)
		_, mails := w.reports()
		var to []string
		for _, m := range mails {
			to = append(to, m.To)
		}
		slices.Sort(to)
		mailed := []string{arthur, "factor@camelot.bt", "nopassword@camelot.bt", "root@camelot.bt", "unverified@camelot.bt"}
		if open {
			mailed = append(mailed[:4:4], "unknown@camelot.bt", "unverified@camelot.bt")
		}
		if !slices.Equal(to, mailed) {
			t.Errorf("SignUp %v: got mails to %v, want %v", open, to, mailed)
		}
	}
}

func limitsStored(*ginauth.Config, *maillogin.Config) {} // the store's, as everywhere

var secretText = regexp.MustCompile(`[A-Za-z0-9_-]{43}`)

// shown is an answer without what is random.
func shown(a answer) string {
	var headers []string
	for name, values := range a.header {
		headers = append(headers, name+": "+strings.Join(values, ", "))
	}
	slices.Sort(headers)
	return secretText.ReplaceAllString(fmt.Sprintf("%d %s\n%s", a.status, a.body, strings.Join(headers, "\n")), "<43>")
}

func TestRequestAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.browser("cookie")
	got := c.call("POST", "/auth/request-login", `{"email":"nobody@camelot.bt","locale":"de"}`)
	const set = "ginauth_mail=<43>; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax"
	if answer := shown(got); !strings.Contains(answer, "202 {\"request\":\"<43>\"}") || !strings.Contains(answer, "Set-Cookie: "+set) {
		t.Errorf("got %s", answer)
	}
	before := c.cookies["ginauth_mail"]
	c.ask(arthur)
	if c.cookies["ginauth_mail"] != before {
		t.Error("the second request of a browser has another cookie: the first tab's mail would be worth nothing")
	}
	c.cookies["ginauth_mail"] = "planted"
	c.ask(merlin)
	if got := c.cookies["ginauth_mail"]; got == "planted" || len(got) != 43 {
		t.Errorf("got the cookie %q for one that is no secret", got)
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff)
	long := strings.Repeat("1", 65)
	for _, test := range []struct{ path, body, want string }{
		{"/auth/request-login", `{}`, `422 {"detail":[{"loc":["body","email"],"msg":"field required","type":"value_error.missing"}]}`},
		{"/auth/request-login", `{"email":null}`, `422 {"detail":[{"loc":["body","email"],"msg":"field required","type":"value_error.missing"}]}`},
		{"/auth/request-login", `{"email":"arthur"}`, `422 {"detail":[{"loc":["body","email"],"msg":"value is not a valid email address","type":"value_error.email"}]}`},
		{"/auth/request-login", `{"email":7}`, `422 {"detail":[{"loc":["body","email"],"msg":"str type expected","type":"type_error.str"}]}`},
		{"/auth/cookie/login/mail", `{}`, `422 {"detail":[{"loc":["body","token"],"msg":"field required","type":"value_error.missing"}]}`},
		{"/auth/cookie/login/mail", `{"request":"x"}`, `422 {"detail":[{"loc":["body","code"],"msg":"field required","type":"value_error.missing"}]}`},
		{"/auth/cookie/login/mail", `{"code":"x"}`, `422 {"detail":[{"loc":["body","request"],"msg":"field required","type":"value_error.missing"}]}`},
		{"/auth/cookie/login/mail", `{"token":"x","code":"x"}`, `422 {"detail":[{"loc":["body","token"],"msg":"must not be sent together with request and code","type":"value_error"}]}`},
		{"/auth/cookie/login/mail", `{"token":"x","confirm":"maybe"}`, `422 {"detail":[{"loc":["body","confirm"],"msg":"value could not be parsed to a boolean","type":"type_error.bool"}]}`},
		{"/auth/cookie/login/mail", `{"request":"x","code":"` + long + `"}`, `422 {"detail":[{"loc":["body","code"],"msg":"must not be longer than 64 bytes","type":"value_error"}]}`},
		{"/auth/app_web/login/mail", `{"token":"x","remember":7}`, `422 {"detail":[{"loc":["body","remember"],"msg":"value could not be parsed to a boolean","type":"type_error.bool"}]}`},
		{"/auth/cookie/login/mail", `{"token":"x","remember":7}`, `400 ` + badToken},
		{"/auth/cookie/login/mail", `{"request":"x","code":""}`, `400 ` + badToken},
		{"/auth/cookie/login/mail", `{"token":"x"`, ``},
		{"/auth/request-login", `[]`, ``},
	} {
		got := w.browser("cookie").call("POST", test.path, test.body)
		if answer := fmt.Sprint(got.status, " ", got.body); test.want != "" && answer != test.want || got.status >= 500 || got.status < 400 {
			t.Errorf("%s %s: got\n%s, want\n%s", test.path, test.body, answer, test.want)
		}
	}
}

// A page of another origin can neither request a mail in its visitor's browser nor log
// the visitor in.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	attacker := w.browser("cookie")
	request := attacker.ask(arthur)
	m := w.mail(arthur)
	victim := w.browser("cookie")
	victim.header = map[string]string{"Origin": "https://mordred.bt", "Sec-Fetch-Site": "cross-site"}
	const refused = `{"detail":"CROSS_ORIGIN_REQUEST"}`
	want(t, "request", victim.call("POST", "/auth/request-login", `{"email":"`+arthur+`"}`), http.StatusForbidden, refused)
	want(t, "link", victim.byLink(m.Token, `,"confirm":true`), http.StatusForbidden, refused)
	want(t, "code", victim.byCode(request, m.Code), http.StatusForbidden, refused)
	if got := attacker.byCode(request, m.Code); got.status != 200 {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// watched is a store that notes what is pending.
type watched struct {
	*usertest.Store

	mu      sync.Mutex
	records int
	longest time.Duration
}

func (s *watched) PutPending(ctx context.Context, p records.Pending) error {
	s.mu.Lock()
	s.records++
	s.longest = max(s.longest, p.ExpiresAt.Sub(p.CreatedAt))
	s.mu.Unlock()
	return s.Store.PutPending(ctx, p)
}

// Requests for 10,000 addresses leave one record of ten minutes each, and a bounded
// queue.
func TestManyRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := &watched{Store: w.Memory}
	if err := w.tryStart(store, limitsOff); err != nil {
		t.Fatal(err)
	}
	const n = 10_000
	for i := range n {
		w.app("jwt").ask(fmt.Sprintf("knight%d@camelot.bt", i))
	}
	if store.records != n || store.longest > 10*time.Minute {
		t.Errorf("got %d records of up to %v", store.records, store.longest)
	}
	if _, mails := w.reports(); len(mails) != 0 {
		t.Errorf("got %d mails", len(mails))
	}
}

// A source can request ten mails an hour.
func TestRequestsBySource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.browser("cookie")
	c.source = "192.0.2.1"
	for i := range 12 {
		got := c.call("POST", "/auth/request-login", fmt.Sprintf(`{"email":"knight%d@camelot.bt"}`, i))
		if limited := got.status == 429; limited != (i >= 10) {
			t.Errorf("request %d: got %d %s", i, got.status, got.body)
		}
	}
}
