package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/gin-gonic/gin"
	"github.com/ginauth/ginauth/example/embedded"
	"github.com/ginauth/ginauth/user/secrets"
)

const (
	page     = "https://app.camelot.example"
	account  = `{"email":"king.arthur@camelot.bt","password":"excalibur-in-the-stone"}`
	username = "username=king.arthur%40camelot.bt&password=excalibur-in-the-stone"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	m.Run()
}

// site is the program, running in this process.
type site struct {
	t     *testing.T
	addr  string
	stop  context.CancelFunc
	ended chan error
	mails chan string
}

func start(t *testing.T) *site {
	t.Helper()
	database, err := embedded.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close() })
	p := &site{t: t, ended: make(chan error, 1), mails: make(chan string, 10)}
	s := settingsFrom(func(name string) string {
		return map[string]string{
			"MONGODB_URI": database.URI(), "SECRET": "a secret of at least thirty-two bytes", "APP_URL": page,
			"SMTP_URL": "smtp://" + p.mailServer(), "MAIL_FROM": "Camelot <noreply@camelot.example>", "TRUSTED_PROXIES": "127.0.0.1 ::1",
		}[name]
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = listener.Addr().String()
	var ctx context.Context
	ctx, p.stop = context.WithCancel(context.Background())
	go func() { p.ended <- run(ctx, s, listener); close(p.ended) }()
	t.Cleanup(func() { p.stop(); <-p.ended })
	return p
}

// mailServer starts one that keeps the mails, and returns its address.
func (p *site) mailServer() string {
	p.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.t.Fatal(err)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return letter{p.mails}, nil }))
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	p.t.Cleanup(func() { _ = server.Close(); <-done })
	return listener.Addr().String()
}

type letter struct{ mails chan string }

func (letter) Reset()                               {}
func (letter) Logout() error                        { return nil }
func (letter) Mail(string, *smtp.MailOptions) error { return nil }
func (letter) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (l letter) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	l.mails <- string(text)
	return err
}

// call sends a request with these headers, written as "Name: value".
func (p *site) call(method, path, body string, headers ...string) (*http.Response, string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, "http://"+p.addr+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return response, string(text)
}

const (
	asJSON   = "Content-Type: application/json"
	asForm   = "Content-Type: application/x-www-form-urlencoded"
	fromPage = "Origin: " + page
)

// logIn registers and returns the cookie of a login from the page, as a header.
func (p *site) logIn() string {
	p.t.Helper()
	if r, body := p.call("POST", "/auth/register", account, asJSON, fromPage, "Sec-Fetch-Site: same-site"); r.StatusCode != 201 {
		p.t.Fatalf("register: got %d %s, want 201", r.StatusCode, body)
	}
	r, body := p.call("POST", "/auth/web/login", username, asForm, fromPage, "Sec-Fetch-Site: same-site", "X-Forwarded-For: 198.51.100.7, 203.0.113.9")
	if len(r.Cookies()) != 1 || !r.Cookies()[0].Secure {
		p.t.Fatalf("log in: got %d %s and cookies %v, want one that is Secure", r.StatusCode, body, r.Cookies())
	}
	return "Cookie: " + r.Cookies()[0].Name + "=" + r.Cookies()[0].Value
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	p := start(t)
	cookie := p.logIn()
	preflight := "Access-Control-Request-Method: DELETE"
	tests := []struct {
		name, method, path string
		headers            []string
		status             int
		allowed            bool
	}{
		{"page", "GET", "/hello", []string{fromPage, cookie}, 200, true},
		{"page without login", "GET", "/hello", []string{fromPage}, 401, true},
		{"page changes", "DELETE", "/users/me/sessions", []string{fromPage, "Sec-Fetch-Site: same-site", cookie}, 204, true},
		{"preflight of the page", "OPTIONS", "/users/me", []string{fromPage, preflight}, 204, true},
		{"preflight of another page", "OPTIONS", "/users/me", []string{"Origin: https://evil.example", preflight}, 404, false},
		{"another page", "GET", "/healthz", []string{"Origin: https://evil.example"}, 200, false},
		{"another page changes", "DELETE", "/users/me/sessions", []string{"Origin: https://evil.example", "Sec-Fetch-Site: cross-site", cookie}, 403, false},
		{"page that says nothing of itself", "GET", "/healthz", []string{"Origin: null"}, 200, false},
		{"no page", "GET", "/healthz", nil, 200, false},
	}
	for _, test := range tests {
		r, body := p.call(test.method, test.path, "", test.headers...)
		want := ""
		if test.allowed {
			want = page
		}
		if got := r.Header.Get("Access-Control-Allow-Origin"); r.StatusCode != test.status || got != want {
			t.Errorf("%s: got %d %s, allowed %q, want %d and %q", test.name, r.StatusCode, body, got, test.status, want)
		}
		if r.Header.Get("Vary") == "" {
			t.Errorf("%s: got no Vary", test.name)
		}
		if test.status == 403 && !strings.HasPrefix(body, `{"detail":`) {
			t.Errorf("%s: got %s, want ginauth's refusal", test.name, body)
		}
	}
}

func TestProxies(t *testing.T) {
	t.Parallel()
	p := start(t)
	_, sessions := p.call("GET", "/users/me/sessions", "", p.logIn())
	if !strings.Contains(sessions, `"ip":"203.0.113.9"`) {
		t.Errorf("sessions: got %s, want the address that the proxy has written", sessions)
	}
}

// What has begun when the server is stopped is finished: a request, and the mail
// it asks for.
func TestStop(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.call("POST", "/auth/register", account, asJSON)
	connection, err := net.Dial("tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(time.Now().Add(graceTime)); err != nil {
		t.Fatal(err)
	}
	const body = `{"email":"king.arthur@camelot.bt"}`
	fmt.Fprintf(connection, "POST /auth/forgot-password HTTP/1.1\r\nHost: camelot.bt\r\n%s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", asJSON, len(body))
	reader := bufio.NewReader(connection)
	if line, err := reader.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q, error %v, want that the server waits for the body", line, err)
	}
	if _, err := reader.ReadString('\n'); err != nil { // the empty line after it
		t.Fatal(err)
	}

	p.stop()
	for { // until no new connection is taken
		other, err := net.Dial("tcp", p.addr)
		if err != nil {
			break
		}
		_ = other.Close()
	}
	if _, err := io.WriteString(connection, body); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(reader, nil)
	if err != nil || response.StatusCode != http.StatusAccepted {
		t.Fatalf("answer: got %v, error %v, want 202", response, err)
	}
	_ = response.Body.Close()
	if err := <-p.ended; err != nil {
		t.Errorf("end: got error %v, want none", err)
	}
	select {
	case mail := <-p.mails:
		if !strings.Contains(mail, "king.arthur@camelot.bt") {
			t.Errorf("mail: got %s, want one to the king", mail)
		}
	default:
		t.Error("got no mail before the end")
	}
}

// Mistakes are reported before anything is served.
func TestMistakes(t *testing.T) {
	t.Parallel()
	database, err := embedded.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close() })
	good := settings{
		MongoDB: secrets.Secret(database.URI()), Secret: "a secret of at least thirty-two bytes", AppURL: page,
		SMTP: "smtp://127.0.0.1:2525", MailFrom: "noreply@camelot.example",
	}
	tests := []struct {
		name   string
		change func(*settings)
		want   string
	}{
		{"no database", func(s *settings) { s.MongoDB = "" }, "mongodb"},
		{"no secret", func(s *settings) { s.Secret = "" }, "Secret"},
		{"no mail server", func(s *settings) { s.SMTP = "" }, "SMTP"},
		{"page by HTTP", func(s *settings) { s.AppURL = "http://app.camelot.example" }, "AppURL"},
		{"proxies without an address", func(s *settings) { s.Proxies = []string{"proxy"} }, "proxy"},
	}
	for _, test := range tests {
		s := good
		test.change(&s)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := run(t.Context(), s, listener); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got error %v, want one about %s", test.name, err, test.want)
		}
	}
}
