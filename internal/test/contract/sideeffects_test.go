package contract

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// record is what is stored for a user.
type record struct {
	user   user.User
	name   string
	plan   string
	tokens []string // the backends of the token records, sorted
}

// stored reads what is stored for p.
func (in *inside) stored(t testing.TB, p *person) record {
	t.Helper()
	u, err := in.store.fullStore.ByID(t.Context(), user.ID(p.id))
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := in.store.fullStore.TokensOf(t.Context(), u.ID, records.TokenQuery{})
	if err != nil {
		t.Fatal(err)
	}
	r := record{user: *u, name: nameOf(u), plan: u.Profile.(*Profile).Plan, tokens: []string{}}
	r.user.Profile = nil
	r.user.CreatedAt, r.user.UpdatedAt = u.CreatedAt.UTC(), u.UpdatedAt.UTC()
	for _, token := range tokens {
		r.tokens = append(r.tokens, token.Backend)
	}
	slices.Sort(r.tokens)
	return r
}

// wantChange wants the record to be as before but for what change says.
func (in *inside) wantChange(t testing.TB, what string, p *person, before record, change func(r *record)) record {
	t.Helper()
	after, want := in.stored(t, p), before
	want.tokens = slices.Clone(before.tokens)
	change(&want)
	if want.user.HashedPassword == anyOther && after.user.HashedPassword != before.user.HashedPassword && isNewHash(after.user.HashedPassword) {
		want.user.HashedPassword = after.user.HashedPassword
	}
	if !reflect.DeepEqual(after, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, after.text(), want.text())
	}
	return after
}

func (r record) text() string {
	u := r.user
	return strings.Join([]string{
		string(u.ID), u.Email, u.EmailKey, u.HashedPassword, flagText(u.IsActive, u.IsSuperuser, u.IsVerified),
		time.Duration(u.TokenVersion).String(), u.KeptToken, u.CreatedAt.String(), u.UpdatedAt.String(), r.name, r.plan, strings.Join(r.tokens, "+"),
	}, " | ")
}

func flagText(flags ...bool) string {
	var text strings.Builder
	for _, flag := range flags {
		text.WriteByte("-+"[map[bool]int{true: 1}[flag]])
	}
	return text.String()
}

// anyOther stands for the hash of another password.
const anyOther = "any other"

func isNewHash(hash string) bool { return strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") }

// TestStored checks what each operation changes in the store, and that it changes
// nothing else.
func TestStored(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{})
		w.settle(t)
		in := w.in
		now := func() time.Time { return in.clock.Now() }
		email := "Lancelot." + unique() + "@camelot.bt"
		p := w.signUp(t, email)
		r := in.stored(t, p)
		born := now()
		want := record{
			user: user.User{
				ID: user.ID(p.id), Email: email, EmailKey: strings.ToLower(email), HashedPassword: r.user.HashedPassword,
				IsActive: true, CreatedAt: born, UpdatedAt: born,
			},
			name: "-", plan: "free", tokens: []string{},
		}
		if !reflect.DeepEqual(r, want) || !isNewHash(r.user.HashedPassword) {
			t.Errorf("register:\n got %s\nwant %s", r.text(), want.text())
		}
		step := func(what string, change func(r *record)) {
			t.Helper()
			r = in.wantChange(t, what, p, r, change)
			in.clock.Advance(time.Minute)
		}
		updated := func(r *record) { r.user.UpdatedAt = now() }
		none := func(*record) {}
		in.clock.Advance(time.Minute)

		p.logIn(t)
		step("login by JWT", none)
		browser := p.signIn(t, "cookie")
		step("login by cookie", func(r *record) { r.tokens = []string{"cookie"} })
		p.signIn(t, "cookie")
		step("login again", func(r *record) { r.tokens = []string{"cookie", "cookie"} })
		other := p.signIn(t, "session")
		step("login by session", func(r *record) { r.tokens = append(r.tokens, "session") })
		other.post(t, "/auth/session/logout", "").wantEmpty(t, w)
		step("logout", func(r *record) { r.tokens = []string{"cookie", "cookie"} })
		w.client().logIn(t, "cookie", p.email, otherPassword).want(t, 400, badCredentials)
		step("refused login", none)

		browser.patch(t, "/users/me", `{"first_name":"Wart"}`).mustBe(t, 200)
		step("PATCH of the name", func(r *record) { r.name = "Wart"; updated(r) })
		in.store.taken()
		browser.patch(t, "/users/me", `{"first_name":"Wart","email":"`+email+`","plan":"gold","is_superuser":true}`).mustBe(t, 200)
		wantNoWrites(t, "PATCH of nothing", in.store.takenBut("TouchToken"))
		step("PATCH of nothing", none)
		email = strings.ToUpper(strings.Split(email, "@")[0]) + "@camelot.bt"
		browser.patch(t, "/users/me", `{"email":"`+email+`"}`).mustBe(t, 200)
		step("PATCH of the spelling", func(r *record) { r.user.Email = email; updated(r) })
		p.email = email

		in.store.taken()
		verify, reset := p.requestVerify(t, 1), p.forgot(t, 1)
		wantNoWrites(t, "requests for tokens", in.store.takenBut("TouchToken"))
		step("requests for tokens", none)
		w.client().verify(t, verify).mustBe(t, 200)
		step("verify", func(r *record) { r.user.IsVerified = true; updated(r) })

		p.wantChangesOfTokens(t, step, updated, browser, reset)
	})
}

// wantChangesOfTokens has what ends tokens, and what leaves them.
func (p *person) wantChangesOfTokens(t *testing.T, step func(string, func(*record)), updated func(*record), browser *client, reset string) {
	w := p.w
	token := browser.cookie(t, "ginauth")
	browser.patch(t, "/users/me", `{"password":"lady-of-the-lake"}`).mustBe(t, 200)
	step("PATCH /me of the password", func(r *record) {
		r.user.HashedPassword, r.user.TokenVersion, r.user.KeptToken = anyOther, 1, records.HashToken(token)
		r.tokens = []string{"cookie"}
		updated(r)
	})
	w.client().reset(t, reset, password).want(t, 400, badResetToken)
	reset = p.forgot(t, 2)
	step("reset with an old token", func(*record) {})
	w.client().reset(t, reset, password).mustBe(t, 200)
	step("reset", func(r *record) {
		r.user.HashedPassword, r.user.TokenVersion, r.user.KeptToken = anyOther, 2, ""
		r.user.KeyVersion = 1
		r.tokens = []string{}
		updated(r)
	})
	browser = p.signIn(t, "cookie")
	token = browser.cookie(t, "ginauth")
	browser.delete(t, "/users/me/sessions").want(t, 204, "")
	step("log out everywhere else", func(r *record) {
		r.user.TokenVersion, r.user.KeptToken = 3, records.HashToken(token)
		r.tokens = []string{"cookie"}
		updated(r)
	})
	admin := w.super
	path := "/users/" + p.id
	admin.patch(t, path, `{"is_superuser":true}`).mustBe(t, 200)
	step("promotion", func(r *record) { r.user.IsSuperuser = true; updated(r) })
	admin.patch(t, path, `{"is_superuser":false,"is_verified":false,"first_name":null}`).mustBe(t, 200)
	step("demotion", func(r *record) {
		r.user.IsSuperuser, r.user.IsVerified, r.name = false, false, "-"
		updated(r)
	})
	browser.wantMe(t, &person{client: p.client, account: account{id: p.id, email: p.email, active: true, firstName: "null", plan: "free"}})
	admin.patch(t, path, `{"password":"lady-of-the-lake"}`).mustBe(t, 200)
	step("PATCH /{id} of the password", func(r *record) {
		r.user.HashedPassword, r.user.TokenVersion, r.user.KeptToken = anyOther, 4, ""
		r.tokens = []string{}
		updated(r)
	})
	p.password = otherPassword
	p.signIn(t, "cookie")
	step("login", func(r *record) { r.tokens = []string{"cookie"} })
	admin.patch(t, path, `{"is_active":false}`).mustBe(t, 200)
	step("deactivation", func(r *record) {
		r.user.IsActive, r.user.TokenVersion, r.user.KeyVersion = false, 5, 2
		r.tokens = []string{}
		updated(r)
	})
	admin.patch(t, path, `{"is_active":true}`).mustBe(t, 200)
	step("activation", func(r *record) { r.user.IsActive = true; updated(r) })
	p.signIn(t, "cookie")
	link := records.OAuthAccount{ID: w.in.store.NewAccountID(), UserID: user.ID(p.id), Provider: "grail", AccountID: p.id, CreatedAt: w.in.clock.Now(), UpdatedAt: w.in.clock.Now()}
	if err := w.in.store.LinkAccount(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	admin.delete(t, path).want(t, 204, "")
	if tokens, err := w.in.store.TokensOf(t.Context(), user.ID(p.id), records.TokenQuery{}); err != nil || len(tokens) > 0 {
		t.Errorf("after DELETE: got the tokens %v, %v, want none", tokens, err)
	}
	if accounts, err := w.in.store.AccountsOf(t.Context(), user.ID(p.id)); err != nil || len(accounts) > 0 {
		t.Errorf("after DELETE: got the accounts %v, %v, want none", accounts, err)
	}
}

// cookie returns the value of the browser's cookie.
func (c *client) cookie(t testing.TB, name string) string {
	t.Helper()
	site, err := url.Parse(c.w.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range c.http.Jar.Cookies(site) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	t.Fatalf("the browser has no cookie %s", name)
	return ""
}

// TestTokenRecord has the record of a login: of the token only its hash is stored.
func TestTokenRecord(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{})
		p := w.register(t)
		agent := strings.Repeat("ö", 300)
		browser := w.client()
		browser.post(t, "/auth/cookie/login", `{"username":"`+p.email+`","password":"guinevere"}`, "User-Agent", agent).wantEmpty(t, w)
		tokens, err := w.in.store.TokensOf(t.Context(), user.ID(p.id), records.TokenQuery{})
		if err != nil || len(tokens) != 1 {
			t.Fatalf("got %d records, %v, want one", len(tokens), err)
		}
		got, now := tokens[0], w.in.clock.Now()
		got.CreatedAt, got.ExpiresAt, got.LastSeenAt = got.CreatedAt.UTC(), got.ExpiresAt.UTC(), got.LastSeenAt.UTC()
		want := records.Token{
			Hash: records.HashToken(browser.cookie(t, "ginauth")), UserID: user.ID(p.id), Backend: "cookie",
			CreatedAt: now, ExpiresAt: now.Add(7 * 24 * time.Hour), LastSeenAt: now, IP: "127.0.0.1", UserAgent: strings.Repeat("ö", 256),
			Methods: []user.Method{user.MethodPassword}, AuthenticatedAt: now,
		}
		got.AuthenticatedAt = got.AuthenticatedAt.UTC()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got the record %+v, want %+v", got, want)
		}
	})
}
