//go:build unix

package crash

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// client is a browser or another HTTP client.
type client struct {
	p      *process
	http   *http.Client
	bearer string
}

// newClient returns one whose connections are its own, so that none outlives a kill.
func newClient(p *process) *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // it never fails without options
	}
	return &client{p: p, http: &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		Jar:           jar,
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

type answer struct {
	status int
	header http.Header
	body   string
}

// try sends a request, a body that begins with { as JSON and any other as a form.
// The error says that there was no whole answer.
func (c *client) try(ctx context.Context, method, path, body string) (answer, error) {
	if strings.HasPrefix(path, "/") {
		path = "http://" + c.p.addr + path
	}
	request, err := http.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if strings.HasPrefix(body, "{") {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.bearer != "" {
		request.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text)}, err
}

// want sends a request and wants the answer to have that status.
func (c *client) want(t *testing.T, status int, method, path, body string) answer {
	t.Helper()
	a, err := c.try(t.Context(), method, path, body)
	if err != nil || a.status != status {
		t.Errorf("%s %s: got %d %s, %v, want %d", method, path, a.status, a.body, err, status)
	}
	return a
}

func (c *client) register(t *testing.T, email string) {
	t.Helper()
	c.want(t, 201, "POST", "/auth/register", credentials("email", email, password))
}

func credentials(name, email, password string) string {
	return `{"` + name + `":"` + email + `","password":"` + password + `"}`
}

// logIn logs in by a backend and keeps the token.
func (c *client) logIn(t *testing.T, backend, email, password string) *client {
	t.Helper()
	c.keepToken(c.want(t, 200, "POST", "/auth/"+backend+"/login", credentials("username", email, password)))
	return c
}

func (c *client) keepToken(a answer) {
	var granted struct {
		Token string `json:"access_token"`
	}
	if json.Unmarshal([]byte(a.body), &granted) == nil {
		c.bearer = granted.Token
	}
}

// me returns the user's ID.
func (c *client) me(t *testing.T) string {
	t.Helper()
	var seen struct{ ID string }
	a := c.want(t, 200, "GET", "/users/me", "")
	if err := json.Unmarshal([]byte(a.body), &seen); err != nil || seen.ID == "" {
		t.Errorf("/users/me: got %s", a.body)
	}
	return seen.ID
}

// superuser returns a client of the superuser.
func superuser(t *testing.T, p *process) *client {
	t.Helper()
	return newClient(p).logIn(t, "jwt", superuserEmail, superuserPassword)
}

// emails returns the addresses of all users that begin with prefix, and how often each is there.
func (c *client) emails(t *testing.T, prefix string) map[string]int {
	t.Helper()
	found, cursor := map[string]int{}, ""
	for {
		a := c.want(t, 200, "GET", "/users?limit=100&q="+url.QueryEscape(prefix)+cursor, "")
		var page struct {
			Items []struct{ Email string }
			Next  string
		}
		if err := json.Unmarshal([]byte(a.body), &page); err != nil {
			t.Fatalf("list of users: %v", err)
		}
		for _, item := range page.Items {
			found[item.Email]++
		}
		if page.Next == "" {
			return found
		}
		cursor = "&cursor=" + url.QueryEscape(page.Next)
	}
}

// mail waits for the token of the newest mail of a kind to an address.
func (c *client) mail(t *testing.T, kind, to string) string {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	late := time.After(patience)
	for {
		var mails []struct{ To, Kind, Token string }
		a := c.want(t, 200, "GET", "/outbox.json", "")
		if err := json.Unmarshal([]byte(a.body), &mails); err != nil {
			t.Fatalf("outbox: %v", err)
		}
		for i := len(mails) - 1; i >= 0; i-- {
			if mails[i].To == to && mails[i].Kind == kind {
				return mails[i].Token
			}
		}
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("there is no mail of kind %s to %s", kind, to)
		}
	}
}

// copyOf returns another jar with the client's cookies.
func copyOf(t *testing.T, c *client) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	home := &url.URL{Scheme: "http", Host: c.p.addr, Path: "/"}
	jar.SetCookies(home, c.http.Jar.Cookies(home))
	return jar
}
