package browser_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/example/app"
	"github.com/ginauth/ginauth/mails"
	"github.com/ginauth/ginauth/user"
)

// site is the demonstration, running in this process on the embedded engines.
type site struct {
	*app.App
	url string
}

func startApp() (*site, error) {
	data, err := os.MkdirTemp("", "ginauth-data-")
	if err != nil {
		return nil, err
	}
	atEnd = append(atEnd, func() { _ = os.RemoveAll(data) })
	server := httptest.NewUnstartedServer(nil)
	s := &site{url: "http://" + server.Listener.Addr().String()}
	s.App, err = app.New(context.Background(), app.Settings{Addr: server.Listener.Addr().String(), DataDir: data, PublicURL: s.url, Wire: "v9", Limits: "off"}, io.Discard)
	if err != nil {
		server.Listener.Close()
		return nil, err
	}
	server.Config.Handler = s.Engine
	server.Start()
	atEnd = append(atEnd, func() {
		server.Close()
		_ = s.Auth.Shutdown(context.Background())
		_ = s.Close()
	})
	return s, nil
}

func needApp(t *testing.T) *site {
	t.Helper()
	s, err := theApp()
	if err != nil {
		t.Fatalf("start the app: %v", err)
	}
	return s
}

// password is the password of every user.
const password = "guinevere"

// person makes a user.
func (s *site) person(t *testing.T, email string, change ...func(*user.Registration)) *user.User {
	t.Helper()
	r := user.Registration{Email: email, Password: password, IsVerified: true}
	for _, c := range change {
		c(&r)
	}
	u, err := s.Auth.Manager().Create(t.Context(), r)
	if err != nil {
		t.Fatalf("create %s: %v", email, err)
	}
	return u
}

func superuser(r *user.Registration) { r.IsSuperuser = true }

// mailed waits for the last mail of a kind to an address.
func (s *site) mailed(t *testing.T, kind mails.Kind, to string) mails.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	m, err := s.Outbox.Wait(ctx, func(m mails.Message) bool { return m.Kind == kind && m.To == to })
	if err != nil {
		t.Fatalf("wait for the %s mail to %s: %v", kind, to, err)
	}
	return m
}

// elsewhere logs a user in outside the browser.
func (s *site) elsewhere(t *testing.T, email, backend, program string) {
	t.Helper()
	form := url.Values{"username": {email}, "password": {password}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/auth/"+backend+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("User-Agent", program)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("log in by %s: got %d, want 200", backend, response.StatusCode)
	}
}
