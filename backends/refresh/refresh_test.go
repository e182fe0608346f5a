package refresh_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/user"
)

// The answers of the contract, byte for byte but for the tokens.
func TestTranscript(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	shape := regexp.MustCompile(`^\{"access_token":"eyJ[\w.-]+","token_type":"bearer","expires_in":900,"refresh_token":"[\w-]{70}","refresh_expires_in":604800\}$`)
	login := w.do(request{path: "/auth/app/login", form: "username=arthur%40camelot.bt&password=guinevere"})
	if login.Code != 200 || !shape.Match(login.Body.Bytes()) {
		t.Fatalf("login: got %d %s", login.Code, login.Body)
	}
	first := pairOf(t, login)
	w.wait(time.Minute)
	answer := w.do(request{path: "/auth/app/refresh", form: "grant_type=refresh_token&refresh_token=" + first.Refresh})
	if answer.Code != 200 || !shape.Match(answer.Body.Bytes()) {
		t.Fatalf("refresh: got %d %s", answer.Code, answer.Body)
	}
	second := pairOf(t, answer)
	if second.Refresh == first.Refresh || second.Access == first.Access {
		t.Error("the tokens were not replaced")
	}
	w.wait(11 * time.Second)
	answer = w.send(first.Refresh)
	if answer.Code != 401 || answer.Body.String() != `{"detail":"Unauthorized"}` || answer.Header().Get("WWW-Authenticate") != `Bearer error="invalid_token"` {
		t.Errorf("reuse: got %d %s %q", answer.Code, answer.Body, answer.Header().Get("WWW-Authenticate"))
	}
}

// An independent client works unchanged.
func TestOAuth2Client(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	config := oauth2.Config{ClientID: "any", ClientSecret: "any", Endpoint: oauth2.Endpoint{TokenURL: server.URL + "/auth/app/login"}}
	token, err := config.PasswordCredentialsToken(t.Context(), email, password)
	if err != nil {
		t.Fatal(err)
	}
	config.Endpoint.TokenURL = server.URL + "/auth/app/refresh"
	token.Expiry = time.Now().Add(-time.Minute)
	source := config.TokenSource(t.Context(), token)
	next, err := source.Token()
	if err != nil {
		t.Fatal(err)
	}
	if next.AccessToken == token.AccessToken || next.RefreshToken == token.RefreshToken || next.RefreshToken == "" || !next.Valid() {
		t.Errorf("got %+v, want new tokens", next)
	}
	if status := w.access(next.AccessToken); status != 200 {
		t.Errorf("the new access token: got %d, want 200", status)
	}
}

func TestConcurrentRefreshesGetOneChild(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tokens := w.login(t)
	var mu sync.Mutex
	children := map[string]int{}
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			next := w.refresh(t, tokens.Refresh)
			mu.Lock()
			defer mu.Unlock()
			children[next.Refresh]++
		})
	}
	group.Wait()
	if len(children) != 1 {
		t.Errorf("got %d children, want 1", len(children))
	}
	records := w.records(t)
	if len(records) != 1 || records[0].Rotation.Generation != 2 {
		t.Errorf("got %+v, want one record of the second generation", records)
	}
}

func TestGrace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		grace time.Duration
		wait  time.Duration
		want  int
	}{
		{"within the default", 0, 9900 * time.Millisecond, 200},
		{"after the default", 0, 10100 * time.Millisecond, 401},
		{"within another", time.Minute, 59 * time.Second, 200},
		{"none at all", refresh.NoGrace, 0, 401},
		{"a clock that was set back a little", 0, -5 * time.Second, 200},
		{"a clock that was set back a day", 0, -24 * time.Hour, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{strategy: refresh.Strategy{Grace: tt.grace}})
			first := w.login(t)
			w.wait(time.Minute)
			second := w.refresh(t, first.Refresh)
			w.wait(tt.wait)
			answer := w.send(first.Refresh)
			wantStatus(t, "the parent", answer, tt.want)
			if tt.want == 200 {
				if again := pairOf(t, answer); again.Refresh != second.Refresh || again.Access == "" {
					t.Error("the parent did not return the same child")
				}
				wantStatus(t, "the child", w.send(second.Refresh), 200)
				return
			}
			wantStatus(t, "the child", w.send(second.Refresh), 401)
			if events, mails := w.reuses(); events != 1 || mails != 1 {
				t.Errorf("got %d events and %d mails, want one each", events, mails)
			}
		})
	}
}

// Whoever is first, a thief is seen at the first step that is more than the grace apart,
// and only the stolen login ends.
func TestW13Theft(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		steal func(t *testing.T, w *world, stolen string) (owner string)
	}{
		{"the thief is first", func(t *testing.T, w *world, stolen string) string {
			w.refresh(t, stolen)
			return stolen
		}},
		{"the owner is first", func(t *testing.T, w *world, stolen string) string {
			w.refresh(t, stolen)
			w.wait(time.Minute)
			return stolen
		}},
		{"a grandparent within the grace", func(t *testing.T, w *world, stolen string) string {
			w.refresh(t, w.refresh(t, stolen).Refresh)
			return stolen
		}},
		{"in lockstep, then apart", func(t *testing.T, w *world, stolen string) string {
			thief, owner := w.refresh(t, stolen), w.refresh(t, stolen)
			w.wait(15 * time.Minute)
			w.refresh(t, thief.Refresh)
			w.wait(11 * time.Second)
			return owner.Refresh
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			other := w.login(t)
			token := tt.steal(t, w, w.login(t).Refresh)
			if tt.name == "the thief is first" {
				w.wait(11 * time.Second)
			}
			wantStatus(t, "the replaced token", w.send(token), 401)
			if got := len(w.records(t)); got != 1 {
				t.Errorf("got %d logins, want the other one alone", got)
			}
			wantStatus(t, "the other login", w.send(other.Refresh), 200)
			if events, _ := w.reuses(); events != 1 {
				t.Errorf("got %d events, want 1", events)
			}
		})
	}
}

// No stranger who knows the family, which is in every access token, ends a login.
func TestW14ForgedToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tokens := w.login(t)
	good, err := base64.RawURLEncoding.DecodeString(tokens.Refresh)
	if err != nil || len(good) != 52 {
		t.Fatalf("got %d bytes, %v, want 52", len(good), err)
	}
	forged := func(change func([]byte)) string {
		text := append([]byte{}, good...)
		change(text)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	// The last of 70 characters holds two bits that mean nothing.
	last := tokens.Refresh[:69] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", tokens.Refresh[69])^1])
	for name, token := range map[string]string{
		"another MAC":        forged(func(b []byte) { b[51] ^= 1 }),
		"an older one":       forged(func(b []byte) { b[19]-- }),
		"a newer one":        forged(func(b []byte) { b[19]++ }),
		"another family":     forged(func(b []byte) { b[0] ^= 1 }),
		"a second spelling":  last,
		"longer":             tokens.Refresh + "A",
		"with a line break":  tokens.Refresh[:40] + `\n` + tokens.Refresh[40:],
		"padded":             tokens.Refresh + "==",
		"an access token":    tokens.Access,
		"a word":             "x",
		"a hash of a record": w.records(t)[0].Hash,
	} {
		wantStatus(t, name, w.send(token), 401)
	}
	if len(w.records(t)) != 1 {
		t.Fatal("a forged token ended the login")
	}
	wantStatus(t, "the token itself", w.send(tokens.Refresh), 200)
	if events, _ := w.reuses(); events != 0 {
		t.Errorf("got %d events, want none", events)
	}
}

func TestOtherBackend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tokens, cookies := w.login(t), w.webLogin(t, `{"username":"arthur@camelot.bt","password":"guinevere"}`)
	wantStatus(t, "a token of the cookie's backend", w.send(cookies["app_web_refresh"]), 401)
	wantStatus(t, "a token of the bearer's backend", w.do(request{path: "/auth/app_web/refresh", cookies: map[string]string{"app_web_refresh": tokens.Refresh}}), 401)
	if got := len(w.records(t)); got != 2 {
		t.Errorf("got %d logins, want 2", got)
	}
}

// A refresh token is no access token.
func TestRefreshTokenIsNoAccessToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tokens := w.login(t)
	if status := w.access(tokens.Refresh); status != 401 {
		t.Errorf("got %d, want 401", status)
	}
	answer := w.do(request{method: http.MethodGet, path: "/login?access_token=" + tokens.Access + "&refresh_token=" + tokens.Refresh})
	wantStatus(t, "in a query", answer, 401)
}

// A restored backup knows less than its clients do. That is no theft.
func TestW17RestoredBackup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	first := w.login(t)
	backup := w.records(t)[0]
	second := w.refresh(t, first.Refresh)
	if err := w.memory.DeleteToken(t.Context(), backup.Hash); err != nil {
		t.Fatal(err)
	}
	if err := w.memory.CreateToken(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	w.wait(time.Hour)
	wantStatus(t, "a newer token", w.send(second.Refresh), 401)
	if events, _ := w.reuses(); events != 0 || len(w.records(t)) != 1 {
		t.Errorf("got %d events and %d logins, want none and 1", events, len(w.records(t)))
	}

	later := newWorld(t, options{store: w.memory, after: time.Hour, config: func(c *ginauth.Config) {
		c.TokensValidFrom = time.Date(2026, 1, 1, 12, 30, 0, 0, time.UTC)
	}})
	wantStatus(t, "a token from before TokensValidFrom", later.send(first.Refresh), 401)
	wantStatus(t, "a login after it", later.send(later.login(t).Refresh), 200)
}

// Reuse and rotation at once: afterwards the login is gone, or one token is valid.
func TestReuseAgainstRotation(t *testing.T) {
	t.Parallel()
	rounds := 1000
	if testing.Short() {
		rounds = 50
	}
	w := newWorld(t, options{strategy: refresh.Strategy{Grace: refresh.NoGrace}, config: func(c *ginauth.Config) { c.Limits.Off = true }})
	ctx := context.Background()
	tokens := w.auth.Routes().Authenticator().Backend("app")
	refresher, _ := tokens.Refresher()
	refreshAt := func(text string) (string, bool) {
		identity, found, err := refresher.ReadRefresh(ctx, text)
		if err != nil || !found {
			return "", false
		}
		issued, err := refresher.Refresh(ctx, text, identity, w.user)
		return issued.Refresh, err == nil
	}
	for range rounds {
		issued, err := tokens.Tokens.Write(ctx, user.Login{User: w.user, Remember: true})
		if err != nil {
			t.Fatal(err)
		}
		parent := issued.Refresh
		current, ok := refreshAt(parent)
		if !ok {
			t.Fatal("the first refresh failed")
		}
		var next string
		var rotated bool
		var group sync.WaitGroup
		group.Go(func() { next, rotated = refreshAt(current) })
		group.Go(func() {
			if _, ok := refreshAt(parent); ok {
				t.Error("a replaced token was refreshed")
			}
		})
		group.Wait()
		alive := 0
		if left := w.records(t); len(left) != 0 {
			if !rotated {
				t.Fatal("the login lives, but its owner has no token")
			}
			if _, ok := refreshAt(next); ok {
				alive++
			}
			if alive != 1 {
				t.Fatalf("%d tokens are valid, want 1", alive)
			}
			_ = w.memory.DeleteTokensOf(ctx, w.user.ID, "")
		}
	}
}

func TestLostAnswer(t *testing.T) {
	t.Parallel()
	strategy := refresh.Strategy{LostAnswer: 6 * time.Hour}
	t.Run("a client that lost an answer goes on", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{strategy: strategy})
		first := w.login(t)
		lost := w.refresh(t, first.Refresh)
		w.wait(time.Hour)
		again := w.refresh(t, first.Refresh)
		if again.Refresh == lost.Refresh {
			t.Error("got the child that was replaced, want another")
		}
		if repeated := w.refresh(t, first.Refresh); repeated.Refresh != again.Refresh {
			t.Error("within the grace: got another child, want the same")
		}
		w.wait(time.Hour)
		wantStatus(t, "the next one", w.send(again.Refresh), 200)
	})
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{strategy: strategy})
		first := w.login(t)
		w.refresh(t, first.Refresh)
		w.wait(time.Hour)
		w.refresh(t, first.Refresh)
		w.wait(time.Hour)
		wantStatus(t, "the parent a second time", w.send(first.Refresh), 401)
	})
	t.Run("not when the child was used", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{strategy: strategy})
		first := w.login(t)
		w.refresh(t, w.refresh(t, first.Refresh).Refresh)
		w.wait(time.Hour)
		wantStatus(t, "the parent", w.send(first.Refresh), 401)
	})
	t.Run("not for ever", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{strategy: strategy})
		first := w.login(t)
		w.refresh(t, first.Refresh)
		w.wait(7 * time.Hour)
		wantStatus(t, "the parent", w.send(first.Refresh), 401)
	})
	t.Run("a thief of the parent is in until the owner's next refresh", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{strategy: strategy})
		stolen := w.login(t)
		owner := w.refresh(t, stolen.Refresh)
		w.wait(time.Hour)
		thief := w.refresh(t, stolen.Refresh)
		wantStatus(t, "the owner", w.send(owner.Refresh), 401)
		wantStatus(t, "the thief", w.send(thief.Refresh), 401)
		if events, _ := w.reuses(); events != 1 {
			t.Errorf("got %d events, want 1", events)
		}
	})
}

func TestSecretRotated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	first := w.login(t)
	lost := w.refresh(t, first.Refresh)
	next := user.Secret(strings.Repeat("another one", 4))
	rotated := newWorld(t, options{store: w.memory, config: func(c *ginauth.Config) { c.Secret, c.PreviousSecrets = next, []user.Secret{secret} }})
	again := rotated.refresh(t, first.Refresh)
	if again.Refresh == lost.Refresh {
		t.Error("new tokens are not made with the new secret")
	}
	forgotten := newWorld(t, options{store: w.memory, config: func(c *ginauth.Config) { c.Secret = next }})
	wantStatus(t, "a token of a secret that is gone", forgotten.send(lost.Refresh), 401)
	wantStatus(t, "a token of the new secret", forgotten.send(again.Refresh), 200)
}

func TestEnds(t *testing.T) {
	t.Parallel()
	t.Run("idle", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{})
		tokens := w.login(t)
		w.wait(7*24*time.Hour - time.Minute)
		tokens = w.refresh(t, tokens.Refresh)
		w.wait(7 * 24 * time.Hour)
		wantStatus(t, "after 7 days", w.send(tokens.Refresh), 401)
	})
	t.Run("absolute, whatever the clock says later", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{})
		tokens := w.login(t)
		for range 4 {
			w.wait(7*24*time.Hour - time.Minute)
			tokens = w.refresh(t, tokens.Refresh)
		}
		end := w.records(t)[0].Rotation.AbsoluteAt
		w.wait(-24 * time.Hour)
		tokens = w.refresh(t, tokens.Refresh)
		if got := w.records(t)[0]; !got.Rotation.AbsoluteAt.Equal(end) || got.ExpiresAt.After(end) {
			t.Errorf("got %v and %v, want no end after %v", got.ExpiresAt, got.Rotation.AbsoluteAt, end)
		}
		w.wait(3*24*time.Hour + 10*time.Minute)
		wantStatus(t, "after 30 days", w.send(tokens.Refresh), 401)
	})
	t.Run("an access token never outlives its login", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, options{strategy: refresh.Strategy{Idle: time.Hour, Absolute: time.Hour}})
		tokens := w.login(t)
		w.wait(55 * time.Minute)
		answer := w.send(tokens.Refresh)
		if !strings.Contains(answer.Body.String(), `"expires_in":300,`) || !strings.Contains(answer.Body.String(), `"refresh_expires_in":300}`) {
			t.Errorf("got %s, want 300 seconds of both", answer.Body)
		}
		next := pairOf(t, answer)
		w.wait(6 * time.Minute)
		if status := w.access(next.Access); status != 401 {
			t.Errorf("got %d, want 401", status)
		}
	})
}

func TestBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	token := w.login(t).Refresh
	form := func(pairs ...string) string {
		values := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		return values.Encode()
	}
	missing := `{"detail":[{"loc":["body","refresh_token"],"msg":"field required","type":"value_error.missing"}]}`
	tests := []struct {
		name string
		request
		want int
		body string
	}{
		{"form", request{form: form("refresh_token", token)}, 200, ""},
		{"with a grant type", request{form: form("refresh_token", token, "grant_type", "refresh_token", "client_id", "x", "scope", "y")}, 200, ""},
		{"with an empty grant type", request{form: form("refresh_token", token, "grant_type", "")}, 200, ""},
		{"with an Authorization header", request{form: form("refresh_token", token), headers: map[string]string{"Authorization": "Basic eDp5"}}, 200, ""},
		{"JSON", request{json: `{"refresh_token":"` + token + `"}`}, 200, ""},
		{"another grant type", request{form: form("refresh_token", token, "grant_type", "password")}, 422,
			`{"detail":[{"loc":["body","grant_type"],"msg":"string does not match regex \"refresh_token\"","type":"value_error.str.regex"}]}`},
		{"nothing", request{}, 422, missing},
		{"an empty token", request{json: `{"refresh_token":""}`}, 422, missing},
		{"null", request{json: `{"refresh_token":null}`}, 422, missing},
		{"in the query", request{path: "/auth/app/refresh?refresh_token=" + token}, 422, missing},
		{"a number", request{json: `{"refresh_token":1}`}, 422, `{"detail":[{"loc":["body","refresh_token"],"msg":"str type expected","type":"type_error.str"}]}`},
		{"broken JSON", request{json: `{`}, 422, ""},
	}
	for _, tt := range tests {
		if tt.path == "" {
			tt.path = "/auth/app/refresh"
		}
		answer := w.do(tt.request)
		wantStatus(t, tt.name, answer, tt.want)
		if tt.body != "" && answer.Body.String() != tt.body {
			t.Errorf("%s: got %s, want %s", tt.name, answer.Body, tt.body)
		}
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	for range 60 {
		wantStatus(t, "within the limit", w.send("x"), 401)
	}
	answer := w.send("x")
	wantStatus(t, "over the limit", answer, 429)
	if answer.Header().Get("Retry-After") == "" {
		t.Error("Retry-After is missing")
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tests := []struct {
		name string
		refresh.Strategy
		want string
	}{
		{"records", refresh.Strategy{Access: jwtRecord}, "Access.Record is set"},
		{"a long access token", refresh.Strategy{Access: jwtLong}, "Access.Lifetime is 1h0m1s, want at most 1h0m0s"},
		{"an endless access token", refresh.Strategy{Access: jwtForever}, "Access.Lifetime is"},
		{"endless", refresh.Strategy{Idle: ginauth.Forever}, "Idle is"},
		{"an absolute end before the idle one", refresh.Strategy{Absolute: time.Hour}, "Absolute is 1h0m0s, want at least Idle"},
		{"a long grace", refresh.Strategy{Grace: 61 * time.Second}, "Grace is 1m1s, want at most 1m0s"},
		{"a negative grace", refresh.Strategy{Grace: -2}, "Grace is"},
		{"a long wait for lost answers", refresh.Strategy{LostAnswer: 8 * 24 * time.Hour}, "LostAnswer is"},
		{"more without remember", refresh.Strategy{WithoutRemember: 31 * 24 * time.Hour}, "WithoutRemember is"},
		{"a bad path", refresh.Strategy{Path: "auth"}, `Path "auth"`},
		{"no session", refresh.Strategy{MaxSessions: -1}, "MaxSessions is -1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := newError(w.memory, bearer, tt.Strategy)
			if err == nil || !strings.Contains(err.Error(), "Config.Backends[0].Strategy: "+tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if err := newError(w.memory, session, refresh.Strategy{}); err == nil || !strings.Contains(err.Error(), "Config.Backends[0].Transport cannot carry refresh tokens") {
		t.Errorf("a session: got %v", err)
	}
	if err := newError(plainStore{w.memory}, bearer, refresh.Strategy{}); err == nil || !strings.Contains(err.Error(), "user.RotatingTokenStore") {
		t.Errorf("a store without refresh tokens: got %v", err)
	}
	if err := newError(w.memory, bearer, refresh.Strategy{}); err != nil {
		t.Errorf("the zero value: got %v", err)
	}
}
