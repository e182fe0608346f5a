package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/user"
)

const (
	arthur    = "king.arthur@camelot.bt"
	guinevere = "guinevere"
)

// world is the demonstration on the network.
type world struct {
	t   *testing.T
	app *App
	url string
}

// newWorld starts the demonstration in this process, on the embedded engines.
func newWorld(t *testing.T, change ...func(*Settings)) *world {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	w := &world{t: t, url: "http://" + server.Listener.Addr().String()}
	s := Settings{Addr: server.Listener.Addr().String(), DataDir: t.TempDir(), PublicURL: w.url, Wire: "v9", Limits: "off", AssociateByEmail: "off"}
	for _, c := range change {
		c(&s)
	}
	var err error
	if w.app, err = New(context.Background(), s, io.Discard); err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = w.app.Engine
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if err := w.app.Auth.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := w.app.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// client is an HTTP client with its cookies and its bearer token.
type client struct {
	*world
	http   *http.Client
	bearer string
	// origin is that of the page which sends requests; none where it is empty.
	origin string
	// header is of all requests.
	header http.Header
}

// client returns a new one that follows no redirects.
func (w *world) client() *client {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &client{world: w, http: &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is what the server has answered.
type answer struct {
	status int
	header http.Header
	body   string
}

// call sends a request. A string is sent as JSON, values as a form.
func (c *client) call(method, path string, body any) answer {
	c.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = c.url + path
	}
	var content io.Reader
	contentType := ""
	switch b := body.(type) {
	case string:
		content, contentType = strings.NewReader(b), "application/json"
	case url.Values:
		content, contentType = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, path, content)
	if err != nil {
		c.t.Fatal(err)
	}
	maps.Copy(r.Header, c.header)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if c.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	if c.origin != "" {
		r.Header.Set("Origin", c.origin)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	response, err := c.http.Do(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

// want calls and compares status and body.
func (c *client) want(method, path string, body any, status int, text string) answer {
	c.t.Helper()
	got := c.call(method, path, body)
	if got.status != status || got.body != text {
		c.t.Errorf("%s %s: got %d %s, want %d %s", method, path, got.status, got.body, status, text)
	}
	return got
}

// wantStatus calls and compares the status.
func (c *client) wantStatus(method, path string, body any, status int) answer {
	c.t.Helper()
	got := c.call(method, path, body)
	if got.status != status {
		c.t.Errorf("%s %s: got %d %s, want %d", method, path, got.status, got.body, status)
	}
	return got
}

// decode reads the JSON of an answer.
func decode[T any](t *testing.T, a answer) T {
	t.Helper()
	var value T
	decoder := json.NewDecoder(bytes.NewReader([]byte(a.body)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("decode %s: %v", a.body, err)
	}
	return value
}

// logIn logs in by a group of /auth and keeps the token, if there is one to see.
func (c *client) logIn(group, email string) *client {
	c.t.Helper()
	a := c.call(http.MethodPost, "/auth/"+group+"/login", url.Values{"username": {email}, "password": {guinevere}})
	if a.status != http.StatusOK && a.status != http.StatusNoContent {
		c.t.Fatalf("log in by %s: got %d %s, want a success", group, a.status, a.body)
	}
	if strings.HasPrefix(a.body, "{") {
		c.bearer = decode[struct {
			AccessToken string `json:"access_token"`
			TokenType   string `json:"token_type"`
		}](c.t, a).AccessToken
	}
	return c
}

// cookies returns the names of the cookies c keeps.
func (c *client) cookies() map[string]bool {
	u, err := url.Parse(c.url)
	if err != nil {
		c.t.Fatal(err)
	}
	names := map[string]bool{}
	for _, cookie := range c.http.Jar.Cookies(u) {
		names[cookie.Name] = true
	}
	return names
}

// person makes a user.
func (w *world) person(email string, change ...func(*user.Registration)) *user.User {
	w.t.Helper()
	r := user.Registration{Email: email, Password: guinevere}
	for _, c := range change {
		c(&r)
	}
	u, err := w.app.Auth.Manager().Create(w.t.Context(), r)
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

func verified(r *user.Registration)  { r.IsVerified = true }
func superuser(r *user.Registration) { r.IsSuperuser = true }

// userJSON is a user as the API shows it.
type userJSON struct {
	ID          string   `json:"id"`
	Email       string   `json:"email"`
	IsActive    bool     `json:"is_active"`
	IsSuperuser bool     `json:"is_superuser"`
	IsVerified  bool     `json:"is_verified"`
	Roles       []string `json:"roles"`
	FirstName   *string  `json:"first_name"`
	Plan        string   `json:"plan"`
}
