package app

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Every way in stops where the user has a second factor, and issues no token.
func TestEveryWayInStopsAtTheFactor(t *testing.T) {
	t.Parallel()
	a := newGateApp(t)
	nothing := func(t *testing.T, what string, got answer) {
		t.Helper()
		for _, cookie := range got.header.Values("Set-Cookie") {
			if name, _, _ := strings.Cut(cookie, "="); !strings.HasSuffix(name, "_factor") && !strings.HasSuffix(name, "session") {
				t.Errorf("%s: got the cookie %s", what, cookie)
			}
		}
		if tokens, err := a.store.TokensOf(t.Context(), a.member.ID, records.TokenQuery{}); err != nil || len(tokens) != 0 {
			t.Errorf("%s: got %d tokens, %v, want none", what, len(tokens), err)
		}
	}
	for _, b := range gateBackends {
		byForm := send(t, a, "POST", "/auth/"+b.Name+"/login", "username=arthur%40camelot.bt&password=guinevere",
			"Content-Type", "application/x-www-form-urlencoded")
		for what, got := range map[string]answer{
			"JSON": send(t, a, "POST", "/auth/"+b.Name+"/login", gatePassword),
			"form": byForm,
		} {
			if got.status != 400 || !strings.HasPrefix(got.body, `{"detail":{"code":"LOGIN_FACTOR_REQUIRED","factors":["badge"]`) {
				t.Errorf("%s by %s: got %d %s", b.Name, what, got.status, got.body)
			}
			nothing(t, b.Name+" by "+what, got)
		}
		got := send(t, a, "POST", "/own/"+b.Name, "")
		wantAnswer(t, b.Name+" by LogIn", got, 400, "*user.FactorRequired")
		nothing(t, b.Name+" by LogIn", got)
	}
	if len(a.logins) != 0 {
		t.Errorf("BeforeLogin ran %d times before the factor", len(a.logins))
	}
}

// The second step completes the login at every backend, once.
func TestFactorCompletesLogin(t *testing.T) {
	t.Parallel()
	for _, b := range gateBackends {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			a := newGateApp(t)
			token, header := a.half(t, b.Name)
			code := a.badge.issue("4711")
			if got := a.answer(t, b.Name, token, code, header...); got.status != 200 {
				t.Fatalf("got %d %s, want 200", got.status, got.body)
			}
			want := []user.Method{"mfa", "otp", "pwd"}
			if len(a.logins) != 1 || !slices.Equal(a.logins[0].Methods, want) || !a.logins[0].At.Equal(a.clock()) {
				t.Errorf("BeforeLogin: got %+v, want one login by %v", a.logins, want)
			}
			a.badge.issue("4712")
			wantAnswer(t, "the login token again", a.answer(t, b.Name, token, "4712", header...), 400, `{"detail":"LOGIN_BAD_TOKEN"}`)
			next, header := a.half(t, b.Name)
			wantAnswer(t, "the code again", a.answer(t, b.Name, next, code, header...), 400, `{"detail":"LOGIN_BAD_FACTOR"}`)
		})
	}
}

func TestLoginFactorInput(t *testing.T) {
	t.Parallel()
	a := newGateApp(t)
	missing := func(field string) string {
		return `{"loc":["body","` + field + `"],"msg":"field required","type":"value_error.missing"}`
	}
	unknown := `{"loc":["body","factor"],"msg":"unknown factor","type":"value_error"}`
	tests := []struct {
		name, body string
		status     int
		want       string
	}{
		{"no body", "", 422, `{"detail":[` + missing("login_token") + `,` + missing("factor") + `,` + missing("code") + `]}`},
		{"nulls", `{"login_token":null,"factor":null,"code":null}`, 422, `{"detail":[` + missing("login_token") + `,` + missing("factor") + `,` + missing("code") + `]}`},
		{"unknown factor", `{"login_token":"x","factor":"Badge","code":"1"}`, 422, `{"detail":[` + unknown + `]}`},
		{"a number", `{"login_token":"x","factor":"badge","code":1}`, 422, `{"detail":[{"loc":["body","code"],"msg":"str type expected","type":"type_error.str"}]}`},
		{"a long code", `{"login_token":"x","factor":"badge","code":"` + strings.Repeat("1", 65) + `"}`, 422, `{"detail":[{"loc":["body","code"],"msg":"must not be longer than 64 bytes","type":"value_error"}]}`},
		{"malformed", `{"login_token"`, 422, `{"detail":[{"loc":["body",14],"msg":"Invalid JSON: line 1 column 15 (char 14)","type":"value_error.jsondecode"}]}`},
		{"not UTF-8", "{\"login_token\":\"\xff\",\"factor\":\"badge\",\"code\":\"1\"}", 400, `{"detail":"There was an error parsing the body"}`},
		{"a short token", `{"login_token":"x","factor":"badge","code":"1"}`, 400, `{"detail":"LOGIN_BAD_TOKEN"}`},
		{"an unknown token", `{"login_token":"` + strings.Repeat("A", 43) + `","factor":"badge","code":"1"}`, 400, `{"detail":"LOGIN_BAD_TOKEN"}`},
		{"another spelling", `{"login_token":"` + strings.Repeat("A", 42) + `B","factor":"badge","code":"1"}`, 400, `{"detail":"LOGIN_BAD_TOKEN"}`},
	}
	for _, test := range tests {
		got := send(t, a, "POST", "/auth/jwt/login/factor", test.body, "Content-Type", "application/json")
		wantAnswer(t, test.name, got, test.status, test.want)
	}
	wantAnswer(t, "no cookie", send(t, a, "GET", "/auth/cookie/login/factor", ""), 400, `{"detail":"LOGIN_BAD_TOKEN"}`)
	wantAnswer(t, "from another site", send(t, a, "POST", "/auth/cookie/login/factor", `{}`, "Sec-Fetch-Site", "cross-site"), 403, `{"detail":"CROSS_ORIGIN_REQUEST"}`)
}

// A browser is told which factors complete its login, as after a redirect.
func TestFactorsOfBrowser(t *testing.T) {
	t.Parallel()
	a := newGateApp(t)
	_, header := a.half(t, "cookie")
	a.wait(13 * time.Second)
	wantAnswer(t, "GET", send(t, a, "GET", "/auth/cookie/login/factor", "", header...), 200, `{"factors":["badge"],"expires_in":287}`)
	got := send(t, a, "POST", "/auth/cookie/login", gatePassword).header.Get("Set-Cookie")
	if want := "; Path=/; Max-Age=300; HttpOnly; Secure; SameSite=Lax"; !strings.HasPrefix(got, "ginauth_factor=") || !strings.HasSuffix(got, want) {
		t.Errorf("got Set-Cookie %s, want ginauth_factor=…%s", got, want)
	}
	answered := a.answer(t, "cookie", "", a.badge.issue("1"), header...)
	if cookies := strings.Join(answered.header.Values("Set-Cookie"), "\n"); !strings.Contains(cookies, "ginauth_factor=; Path=/; Max-Age=0") {
		t.Errorf("got the cookies %s, want that of the login token removed", cookies)
	}
}

// A login token is good for one user, one backend, one token version and five minutes.
func TestLoginTokenEnds(t *testing.T) {
	t.Parallel()
	no := false
	tests := []struct {
		name    string
		backend string
		change  func(t *testing.T, a *gateApp)
		want    string
	}{
		{"as it is", "jwt", func(*testing.T, *gateApp) {}, ""},
		{"at another backend", "stored", func(*testing.T, *gateApp) {}, `{"detail":"LOGIN_BAD_TOKEN"}`},
		{"just in time", "jwt", func(_ *testing.T, a *gateApp) { a.wait(5*time.Minute - time.Second) }, ""},
		{"too late", "jwt", func(_ *testing.T, a *gateApp) { a.wait(5 * time.Minute) }, `{"detail":"LOGIN_BAD_TOKEN"}`},
		{"tokens ended", "jwt", func(t *testing.T, a *gateApp) {
			if _, err := a.auth.Manager().LogOutEverywhere(t.Context(), a.member, ""); err != nil {
				t.Fatal(err)
			}
		}, `{"detail":"LOGIN_BAD_TOKEN"}`},
		{"deactivated", "jwt", func(t *testing.T, a *gateApp) {
			if _, err := a.auth.Manager().Update(t.Context(), a.member, user.Changes{IsActive: &no}); err != nil {
				t.Fatal(err)
			}
		}, `{"detail":"LOGIN_BAD_TOKEN"}`},
		{"deleted", "jwt", func(t *testing.T, a *gateApp) {
			if err := a.auth.Manager().Delete(t.Context(), a.member); err != nil {
				t.Fatal(err)
			}
		}, `{"detail":"LOGIN_BAD_TOKEN"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newGateApp(t)
			token, _ := a.half(t, "jwt")
			test.change(t, a)
			got := a.answer(t, test.backend, token, a.badge.issue("4711"))
			if test.want == "" && got.status != 200 || test.want != "" && (got.status != 400 || got.body != test.want) {
				t.Errorf("got %d %s, want %s", got.status, got.body, test.want)
			}
		})
	}
}

// Of many answers to one login token at once five are looked at, and one logs in.
func TestAnswersAtOnce(t *testing.T) {
	t.Parallel()
	a := newGateApp(t)
	token, _ := a.half(t, "jwt")
	for i := range 100 {
		a.badge.issue(string(rune('a' + i)))
	}
	var wins int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			if a.answer(t, "jwt", token, string(rune('a'+i))).status == 200 {
				mu.Lock()
				wins++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if used := 100 - len(a.badge.codes); wins != 1 || used > 5 {
		t.Errorf("got %d logins and %d codes looked at, want 1 and at most 5", wins, used)
	}
}

// Wrong answers are limited over all login tokens of an account, and the right password
// in between ends nothing.
func TestFactorGuessesAreLimited(t *testing.T) {
	t.Parallel()
	a := newGateApp(t)
	for i := range 5 {
		token, _ := a.half(t, "jwt")
		wantAnswer(t, "a free failure", a.answer(t, "jwt", token, "wrong"), 400, `{"detail":"LOGIN_BAD_FACTOR"}`)
		if i == 0 {
			a.wait(time.Millisecond)
		}
	}
	token, _ := a.half(t, "jwt")
	got := a.answer(t, "jwt", token, a.badge.issue("right"))
	wantAnswer(t, "the sixth", got, 429, `{"detail":"TOO_MANY_REQUESTS"}`)
	if got.header.Get("Retry-After") != "1" {
		t.Errorf("got Retry-After %q, want 1", got.header.Get("Retry-After"))
	}
	a.wait(time.Second)
	if got := a.answer(t, "jwt", token, "right"); got.status != 200 {
		t.Errorf("after the wait: got %d %s, want 200", got.status, got.body)
	}
	for range 4 {
		token, _ := a.half(t, "jwt")
		wantAnswer(t, "after a login", a.answer(t, "jwt", token, "wrong"), 400, `{"detail":"LOGIN_BAD_FACTOR"}`)
	}
}

// A factor that is out of order refuses the login, and says nothing to the client.
func TestBrokenFactor(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]func() error{
		"error": func() error { return errors.New("guinevere") },
		"panic": func() error { panic("guinevere") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newGateApp(t)
			token, _ := a.half(t, "jwt")
			a.badge.broken = broken
			wantAnswer(t, name, a.answer(t, "jwt", token, "1"), 503, `{"detail":"Service Unavailable"}`)
			if log := a.log.String(); !strings.Contains(log, "factor badge") || name == "panic" && strings.Contains(log, "guinevere") {
				t.Errorf("got the log %s", log)
			}
			a.badge.broken = nil
			if got := a.answer(t, "jwt", token, a.badge.issue("1")); got.status != 200 {
				t.Errorf("afterwards: got %d %s, want 200", got.status, got.body)
			}
		})
	}
}

// Guards know how and when the user logged in.
func TestStepUp(t *testing.T) {
	t.Parallel()
	a := newGateApp(t)
	plain, err := a.auth.Manager().Create(t.Context(), user.Registration{Email: "lancelot@camelot.bt", Password: "guinevere"})
	if err != nil {
		t.Fatal(err)
	}
	withFactor, withPassword := a.logIn(t, "stored"), a.plainLogin(t, "lancelot@camelot.bt")
	wantAnswer(t, "methods", a.get(t, "/active", withFactor), 200, `["mfa","otp","pwd"]`)
	wantAnswer(t, "two factors", a.get(t, "/mfa", withFactor), 200, `["mfa","otp","pwd"]`)
	wantAnswer(t, "one factor", a.get(t, "/mfa", withPassword), 403, `{"detail":"FACTOR_REQUIRED"}`)
	wantAnswer(t, "other methods", a.get(t, "/passkey", withFactor), 403, `{"detail":"FACTOR_REQUIRED"}`)
	wantAnswer(t, "fresh", a.get(t, "/fresh", withPassword), 200, `["pwd"]`)
	a.wait(10*time.Minute + time.Second)
	stale := a.get(t, "/fresh", withPassword)
	wantAnswer(t, "stale", stale, 403, `{"detail":"FRESH_LOGIN_REQUIRED"}`)
	wantAnswer(t, "stale by the shorter of two times", a.get(t, "/twice", withPassword), 403, `{"detail":"FRESH_LOGIN_REQUIRED"}`)
	if got, want := stale.header.Get("WWW-Authenticate"), `Bearer error="insufficient_user_authentication", max_age=600`; got != want {
		t.Errorf("got WWW-Authenticate %s, want %s", got, want)
	}

	// Somebody who turns the second factor on later is not fresh without it.
	a.wait(-10 * time.Minute)
	yes := true
	if _, err := a.store.Update(t.Context(), plain.ID, user.Update{SecondFactor: &yes}); err != nil {
		t.Fatal(err)
	}
	wantAnswer(t, "without the factor", a.get(t, "/fresh", withPassword), 403, `{"detail":"FACTOR_REQUIRED"}`)
}

// plainLogin logs a user without a second factor in.
func (a *gateApp) plainLogin(t *testing.T, email string) string {
	t.Helper()
	got := send(t, a, "POST", "/auth/stored/login", `{"username":"`+email+`","password":"guinevere"}`)
	return strings.Split(got.body, `"`)[3]
}

func TestReauthenticate(t *testing.T) {
	t.Parallel()
	a := newGateApp(t)
	if _, err := a.auth.Manager().Create(t.Context(), user.Registration{Email: "lancelot@camelot.bt", Password: "guinevere"}); err != nil {
		t.Fatal(err)
	}
	again := func(token, body string) answer {
		return send(t, a, "POST", "/auth/stored/reauthenticate", body, "Authorization", "Bearer "+token)
	}
	token := a.plainLogin(t, "lancelot@camelot.bt")
	a.wait(time.Hour)
	wantAnswer(t, "nothing", again(token, `{}`), 422, `{"detail":[{"loc":["body","password"],"msg":"field required","type":"value_error.missing"}]}`)
	wantAnswer(t, "both", again(token, `{"password":"x","factor":"badge","code":"1"}`), 422, `{"detail":[{"loc":["body","factor"],"msg":"must not be sent with a password","type":"value_error"}]}`)
	wantAnswer(t, "no token", again("", `{"password":"guinevere"}`), 401, `{"detail":"Unauthorized"}`)
	wantAnswer(t, "wrong", again(token, `{"password":"excalibur"}`), 400, `{"detail":"LOGIN_BAD_CREDENTIALS"}`)
	got := again(token, `{"password":"guinevere"}`)
	if got.status != http.StatusOK {
		t.Fatalf("got %d %s, want 200", got.status, got.body)
	}
	renewed := strings.Split(got.body, `"`)[3]
	wantAnswer(t, "the old token", a.get(t, "/active", token), 401, `{"detail":"Unauthorized"}`)
	wantAnswer(t, "the new token", a.get(t, "/fresh", renewed), 200, `["pwd"]`)
	lancelot, err := a.auth.Manager().ByEmail(t.Context(), "lancelot@camelot.bt")
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := a.store.TokensOf(t.Context(), lancelot.ID, records.TokenQuery{})
	if err != nil || len(tokens) != 1 || !tokens[0].CreatedAt.Equal(a.clock().Add(-time.Hour)) || !tokens[0].ExpiresAt.Equal(a.clock().Add(7*24*time.Hour-time.Hour)) {
		t.Errorf("got the records %+v, %v, want one of the same session", tokens, err)
	}

	// With a second factor only a factor will do; the password is not even looked at.
	token = a.logIn(t, "stored")
	for _, password := range []string{"guinevere", "wrong"} {
		wantAnswer(t, "a password alone", again(token, `{"password":"`+password+`"}`), 400, `{"detail":{"code":"LOGIN_FACTOR_REQUIRED","factors":["badge"]}}`)
	}
	wantAnswer(t, "a wrong code", again(token, `{"factor":"badge","code":"0"}`), 400, `{"detail":"LOGIN_BAD_FACTOR"}`)
	if got := again(token, `{"factor":"badge","code":"`+a.badge.issue("8")+`"}`); got.status != 200 {
		t.Errorf("a code: got %d %s, want 200", got.status, got.body)
	}
}
