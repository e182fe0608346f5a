package factors_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

const required = `{"detail":{"code":"LOGIN_FACTOR_REQUIRED","factors":["recovery_code","totp"]`

// Every way in stops at the factor, and no token is issued before.
func TestEveryWayInStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	enroller := w.client("stored").enter(arthur)
	k := enroller.enrol("Phone")
	before := len(w.tokens(arthur))
	stops := func(t *testing.T, what string, got answer) {
		t.Helper()
		if got.status != 400 || !strings.HasPrefix(got.body, required) {
			t.Errorf("%s: got %d %s, want LOGIN_FACTOR_REQUIRED", what, got.status, got.body)
		}
		for _, cookie := range got.header.Values("Set-Cookie") {
			if name, _, _ := strings.Cut(cookie, "="); !strings.HasSuffix(name, "_factor") && name != "session" {
				t.Errorf("%s: got the cookie %s", what, cookie)
			}
		}
		if now := len(w.tokens(arthur)); now != before {
			t.Errorf("%s: there are %d tokens, want %d", what, now, before)
		}
	}
	for _, b := range allBackends {
		c := w.client(b.Name)
		stops(t, b.Name+" by password", c.password(arthur))
		stops(t, b.Name+" by LogIn", c.call("POST", "/own/"+b.Name+"?email="+arthur, ""))
		want(t, b.Name+" half-way", c.call("GET", "/active", ""), 401, unauthorized)
	}
	// The half-done login is no token, and none of another backend.
	c := w.client("jwt")
	login := c.half(arthur)
	c.token = login
	want(t, "the login token as a bearer token", c.call("GET", "/active", ""), 401, unauthorized)
	c.token = ""
	want(t, "at another backend", w.client("stored").answer(login, "totp", w.at(k, 0)), 400, badToken)
	if got := c.answer(login, "totp", w.at(k, 0)); got.status != 200 {
		t.Errorf("got %d %s, want 200", got.status, got.body)
	}
	want(t, "replayed", w.client("jwt").answer(login, "totp", w.at(k, 1)), 400, badToken)
	want(t, "logged in", c.call("GET", "/mfa", ""), 200, `["app","mfa","otp"]`)

	// A new password is no second factor, whose mailbox is not the phone.
	w.resetPassword(arthur, "excalibur")
	if before = len(w.tokens(arthur)); before != 0 {
		t.Errorf("after a reset there are %d tokens, want none", before)
	}
	for _, b := range allBackends {
		c := w.client(b.Name)
		stops(t, b.Name+" by the password of a reset", c.call("POST", "/auth/"+b.Name+"/login", `{"username":"`+arthur+`","password":"excalibur"}`))
		want(t, b.Name+" half-way after a reset", c.call("GET", "/active", ""), 401, unauthorized)
	}
}

// resetPassword replaces a password by the token of a mail. No mails are sent afterwards.
func (w *world) resetPassword(email, password string) {
	w.t.Helper()
	c := w.client("jwt")
	want(w.t, "forgot password", c.call("POST", "/auth/forgot-password", `{"email":"`+email+`"}`), 202, "null")
	_, mails := w.reports()
	token := ""
	for _, m := range mails {
		if m.Kind == user.MailReset && m.To == email {
			token = string(m.Token)
		}
	}
	want(w.t, "reset", c.call("POST", "/auth/reset-password", `{"token":"`+token+`","password":"`+password+`"}`), 200, "null")
}

func (w *world) tokens(email string) []string {
	w.t.Helper()
	tokens, err := w.Memory.TokensOf(w.t.Context(), w.User(email).ID, records.TokenQuery{})
	if err != nil {
		w.t.Fatal(err)
	}
	var hashes []string
	for _, token := range tokens {
		hashes = append(hashes, token.Hash)
	}
	return hashes
}

// Of any number of logins with one code one gets through.
func TestOneCodeAtManyTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limitsOff)
	k := w.client("jwt").enter(arthur).enrol("Phone")
	tries := map[string]func(round int) (factor, code string){
		"totp": func(int) (string, string) { return "totp", w.at(k, 0) },
		"recovery code": func(round int) (string, string) {
			return "recovery_code", k.codes[round%10]
		},
	}
	for name, try := range tries {
		n := rounds
		if name != "totp" {
			n = 10
		}
		for round := range n {
			var logins []string
			for range 2 {
				logins = append(logins, w.client("jwt").half(arthur))
			}
			factor, code := try(round)
			if wins := fixture.Together(len(logins), func(i int) bool {
				return w.client("jwt").answer(logins[i], factor, code).status == 200
			}); wins != 1 {
				t.Fatalf("%s, round %d: got %d logins, want 1", name, round, wins)
			}
			w.Wait(30 * time.Second)
		}
	}
	logins := make([]string, 50)
	for i := range logins {
		logins[i] = w.client("jwt").half(arthur)
	}
	code := w.at(k, 0)
	if wins := fixture.Together(50, func(i int) bool { return w.client("jwt").answer(logins[i], "totp", code).status == 200 }); wins != 1 {
		t.Errorf("50 at once: got %d logins, want 1", wins)
	}
}

func limitsOff(c *ginauth.Config, _ *factors.Config) { c.Limits.Off = true }

// Wrong codes are limited over all login tokens, whatever passwords come between.
func TestGuessesAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.client("jwt").enter(arthur).enrol("Phone")
	looked := 0
	for i := range 60 {
		c := w.client("jwt")
		c.source = "198.51.100." + strconv.Itoa(i)
		if got := c.answer(c.half(arthur), "totp", "0"); got.status == 400 {
			looked++
		} else if got.status != 429 || got.header.Get("Retry-After") == "" {
			t.Fatalf("got %d %s, want 429 with Retry-After", got.status, got.body)
		}
	}
	if looked != 5 {
		t.Errorf("%d guesses were looked at, want 5", looked)
	}
	if !strings.Contains(w.Log.String(), "password of a user seems to be known") {
		t.Error("the log does not say that the password seems to be known")
	}
	// The right code waits as well, but a recovery code has its own row.
	c := w.client("jwt")
	if got := c.answer(c.half(arthur), "totp", w.at(k, 0)); got.status != 429 {
		t.Errorf("the right code: got %d %s, want 429", got.status, got.body)
	}
	if got := c.answer(c.half(arthur), "recovery_code", k.codes[0]); got.status != 200 {
		t.Errorf("a recovery code: got %d %s, want 200", got.status, got.body)
	}
	// The completed login has ended the row.
	w.client("jwt").full(arthur, k)

	// After 100 in a row no code is taken, until another factor is right.
	for failed := 0; failed < 100; w.Wait(16 * time.Minute) {
		c := w.client("jwt")
		c.source = "192.0.2." + strconv.Itoa(failed)
		if c.answer(c.half(arthur), "totp", "0").status == 400 {
			failed++
		}
	}
	w.Wait(16 * time.Minute)
	if got := c.answer(c.half(arthur), "totp", w.at(k, 0)); got.status != 429 {
		t.Errorf("after 100 wrong codes: got %d %s, want 429", got.status, got.body)
	}
	if got := c.answer(c.half(arthur), "recovery_code", k.codes[1]); got.status != 200 {
		t.Errorf("a recovery code: got %d %s, want 200", got.status, got.body)
	}
	w.client("jwt").full(arthur, k)
}

// Wrong passwords of a stranger do not delay the factor.
func TestStrangersDoNotDelayTheFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.client("jwt").enter(arthur).enrol("Phone")
	for range 8 {
		w.client("jwt").call("POST", "/auth/jwt/login", `{"username":"`+arthur+`","password":"morgana"}`)
	}
	w.client("jwt").full(arthur, k)
}

// Before the password is right, nothing shows who has a second factor.
func TestFactorShowsNothingBeforeThePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register(merlin)
	w.client("jwt").enter(arthur).enrol("Phone")
	for _, email := range []string{arthur, merlin, "nobody@camelot.bt"} {
		want(t, email, w.client("jwt").call("POST", "/auth/jwt/login", `{"username":"`+email+`","password":"morgana"}`), 400, `{"detail":"LOGIN_BAD_CREDENTIALS"}`)
	}
}

// Recovery codes are used once, and a new set ends the old one.
func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client("cookie").enter(arthur)
	want(t, "without a factor", c.call("POST", "/users/me/recovery-codes", ""), 400, `{"detail":"FACTOR_MISSING"}`)
	k := c.enrol("Phone")
	want(t, "with the password alone", c.call("POST", "/users/me/recovery-codes", ""), 403, `{"detail":"FACTOR_REQUIRED"}`)
	in := w.client("cookie")
	if got := in.answer(in.half(arthur), "recovery_code", k.codes[0]); got.status != 200 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	want(t, "methods", in.call("GET", "/mfa", ""), 200, `["app","mfa","rc"]`)
	if got := in.call("GET", "/users/me/factors", ""); !strings.Contains(got.body, `"recovery_codes_left":9`) {
		t.Errorf("got %s, want nine left", got.body)
	}
	want(t, "again", w.client("jwt").answer(w.client("jwt").half(arthur), "recovery_code", k.codes[0]), 400, badFactor)
	got := in.call("POST", "/users/me/recovery-codes", "")
	fresh := decode[map[string][]string](t, got)["recovery_codes"]
	if got.status != 200 || len(fresh) != 10 {
		t.Fatalf("got %d %s, want ten codes", got.status, got.body)
	}
	want(t, "an old one", w.client("jwt").answer(w.client("jwt").half(arthur), "recovery_code", k.codes[1]), 400, badFactor)
	next := w.client("jwt")
	if got := next.answer(next.half(arthur), "recovery_code", fresh[9]); got.status != 200 {
		t.Errorf("a new one: got %d %s", got.status, got.body)
	}
}

// A session becomes fresh by a factor only, and by a new token.
func TestStepUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.client("cookie").enter(arthur).enrol("Phone")
	c := w.client("cookie").full(arthur, k)
	w.Wait(11 * time.Minute)
	for _, route := range []string{"POST /users/me/factors/totp", "POST /users/me/factors/totp/x/confirm", "DELETE /users/me/factors/x", "POST /users/me/recovery-codes"} {
		method, path, _ := strings.Cut(route, " ")
		want(t, ""+route+" of a stale session", c.call(method, path, ""), 403, `{"detail":"FRESH_LOGIN_REQUIRED"}`)
	}
	stolen := w.client("cookie")
	stolen.cookies["ginauth"] = c.cookies["ginauth"]
	want(t, "the password alone", stolen.call("POST", "/auth/cookie/reauthenticate", `{"password":"guinevere"}`), 400, required+`}}`)
	want(t, "the factor", c.call("POST", "/auth/cookie/reauthenticate", `{"factor":"totp","code":"`+w.at(k, 0)+`"}`), 200, "null")
	want(t, "the stolen cookie", stolen.call("GET", "/active", ""), 401, unauthorized)
	want(t, "the new one", c.call("GET", "/fresh", ""), 200, `["app","mfa","otp"]`)
}
