package refresh_test

import (
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/backends/refresh"
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
