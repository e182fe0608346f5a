package contract

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strconv"
	"strings"
	"testing"
)

// client is one browser or program, with cookies and a bearer token of its own.
type client struct {
	w    *world
	http *http.Client
	// bearer is sent as the bearer token unless it is empty.
	bearer string
	// mayFail lets answers of 500 and above pass, which are a fault else.
	mayFail bool
}

// transport keeps enough connections for the races.
var transport = &http.Transport{MaxIdleConnsPerHost: 64}

func (w *world) client() *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // it never fails without options
	}
	var way http.RoundTripper = transport
	if w.way != nil {
		way = w.way
	}
	return &client{w: w, http: &http.Client{
		Transport:     way,
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// with returns a client of the same cookies that sends another bearer token.
func (c *client) with(bearer string) *client {
	other := *c
	other.bearer = bearer
	return &other
}

// at returns a client of the same cookies for another instance.
func (c *client) at(w *world) *client {
	other := *c
	other.w = w
	return &other
}

// answer is a response with its whole body.
type answer struct {
	request string // for messages
	status  int
	header  http.Header
	body    string
}

func (c *client) get(t testing.TB, path string, headers ...string) answer {
	t.Helper()
	return c.send(t, "GET", path, "", headers...)
}

func (c *client) delete(t testing.TB, path string, headers ...string) answer {
	t.Helper()
	return c.send(t, "DELETE", path, "", headers...)
}

// post sends JSON, unless headers name another Content-Type.
func (c *client) post(t testing.TB, path, body string, headers ...string) answer {
	t.Helper()
	return c.send(t, "POST", path, body, append([]string{"Content-Type", "application/json"}, headers...)...)
}

func (c *client) patch(t testing.TB, path, body string, headers ...string) answer {
	t.Helper()
	return c.send(t, "PATCH", path, body, append([]string{"Content-Type", "application/json"}, headers...)...)
}

// postForm sends an URL-encoded form.
func (c *client) postForm(t testing.TB, path, body string, headers ...string) answer {
	t.Helper()
	return c.send(t, "POST", path, body, append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
}

// send sends a request and checks what every answer must be. Headers are names
// and values; of a name the last counts, and an empty value takes it away.
func (c *client) send(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, c.w.url+path, strings.NewReader(body))
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return answer{}
	}
	if c.bearer != "" {
		request.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			request.Header.Del(headers[i])
		}
	}
	return c.do(t, request)
}

// do is send for a request that is ready. It may be called from any goroutine.
func (c *client) do(t testing.TB, request *http.Request) answer {
	t.Helper()
	a := answer{request: request.Method + " " + request.URL.Path}
	response, err := c.http.Do(request)
	if err != nil {
		t.Errorf("%s: %v", a.request, err)
		return a
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Errorf("%s: read the body: %v", a.request, err)
	}
	a.status, a.header, a.body = response.StatusCode, response.Header, string(body)
	a.checkHeaders(t, request)
	a.checkBody(t, c)
	return a
}

// checkHeaders checks the headers that every answer has.
func (a answer) checkHeaders(t testing.TB, request *http.Request) {
	t.Helper()
	contentType := "application/json"
	if a.status == 204 {
		contentType = ""
	}
	a.wantHeader(t, "Content-Type", contentType)
	a.wantHeader(t, "Cache-Control", "no-store")
	if a.status != 200 || !strings.HasPrefix(request.URL.Path, "/protected/") { // those are the application's own answers
		a.wantHeader(t, "X-Content-Type-Options", "nosniff")
		a.wantHeader(t, "Referrer-Policy", "no-referrer")
	}
	a.wantHeader(t, "Access-Control-Allow-Origin", "") // who may read answers is the application's word
	challenge := ""
	if a.status == 401 {
		challenge = "Bearer"
		if isBearer(request.Header.Get("Authorization")) {
			challenge = `Bearer error="invalid_token"`
		}
	}
	a.wantHeader(t, "WWW-Authenticate", challenge)
	if a.status == 503 {
		if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || seconds < 1 {
			t.Errorf("%s: got Retry-After %q, want seconds", a.request, a.header.Get("Retry-After"))
		}
	}
}

// isBearer reports whether a header of this package's own tests has a bearer token.
func isBearer(header string) bool {
	scheme, token, _ := strings.Cut(header, " ")
	return strings.EqualFold(scheme, "bearer") && strings.TrimLeft(token, " ") != ""
}

func (a answer) checkBody(t testing.TB, c *client) {
	t.Helper()
	switch {
	case a.status == 204 && a.body != "":
		t.Errorf("%s: got 204 with the body %s", a.request, a.body)
	case a.status == 204:
		return
	case !json.Valid([]byte(a.body)) || strings.TrimSpace(a.body) != a.body:
		t.Errorf("%s: got %d with a body that is no compact JSON: %q", a.request, a.status, a.body)
	case a.status >= 400 && !strings.HasPrefix(a.body, `{"detail":`):
		t.Errorf("%s: got %d with the body %s, want a detail", a.request, a.status, a.body)
	case a.status >= 500 && !c.mayFail:
		t.Errorf("%s: got %d %s", a.request, a.status, a.body)
	}
	if a.status < 400 {
		return
	}
	for _, secret := range c.w.secrets() {
		if strings.Contains(a.body, secret) {
			t.Errorf("%s: the error holds the secret %q: %s", a.request, secret, a.body)
		}
	}
}

// wantHeader wants exactly one header of that value, or none for "".
func (a answer) wantHeader(t testing.TB, name, value string) {
	t.Helper()
	got := a.header.Values(name)
	if value == "" && len(got) == 0 {
		return
	}
	if len(got) != 1 || got[0] != value {
		t.Errorf("%s: got %d with %s %q, want %q", a.request, a.status, name, got, value)
	}
}
