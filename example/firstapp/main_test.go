package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/example/internal/program"
)

func TestTranscript(t *testing.T) {
	t.Parallel()
	program.Transcript(t, "../../docs/quickstart.md", program.Start(t))
}

func TestFirstApp(t *testing.T) {
	t.Parallel()
	base := "http://" + program.Start(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser, stranger := &http.Client{Jar: jar}, &http.Client{}

	register := `{"email":"king.arthur@camelot.bt","password":"guinevere","first_name":"Arthur"}`
	status, body := answer(t)(stranger.Post(base+"/auth/register", "application/json", strings.NewReader(register)))
	if status != 201 || !strings.HasSuffix(body, `,"first_name":"Arthur"}`) {
		t.Errorf("register: got %d %s, want 201 and the first name", status, body)
	}
	login := url.Values{"username": {"king.arthur@camelot.bt"}, "password": {"guinevere"}}
	if status, body := answer(t)(browser.PostForm(base+"/auth/web/login", login)); status != 200 || body != "null" {
		t.Errorf("login by cookie: got %d %s, want 200 null", status, body)
	}
	status, body = answer(t)(stranger.PostForm(base+"/auth/api/login", login))
	token, found := strings.CutPrefix(strings.TrimSuffix(body, `","token_type":"bearer"}`), `{"access_token":"`)
	if status != 200 || !found {
		t.Fatalf("login by bearer token: got %d %s, want 200 and a token", status, body)
	}

	if status, body := answer(t)(browser.Get(base + "/hello")); status != 200 || body != "Hello, Arthur\n" {
		t.Errorf("by cookie: got %d %q, want 200 and Hello, Arthur", status, body)
	}
	request, err := http.NewRequest(http.MethodGet, base+"/hello", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if status, body := answer(t)(stranger.Do(request)); status != 200 || body != "Hello, Arthur\n" {
		t.Errorf("by bearer token: got %d %q, want 200 and Hello, Arthur", status, body)
	}
	if status, body := answer(t)(stranger.Get(base + "/hello")); status != 401 || body != `{"detail":"Unauthorized"}` {
		t.Errorf("by nobody: got %d %s, want 401 and Unauthorized", status, body)
	}
}

func answer(t *testing.T) func(*http.Response, error) (status int, body string) {
	t.Helper()
	return func(response *http.Response, err error) (int, string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(text)
	}
}

// Thirty lines must do for a first application.
func TestThirtyLines(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	_, own, found := strings.Cut(string(source), "\n)\n") // what is after the imports
	if !found {
		t.Fatal("main.go has no imports")
	}
	lines := 0
	for line := range strings.Lines(own) {
		if strings.TrimSpace(line) != "" {
			lines++
		}
	}
	if lines > 30 {
		t.Errorf("got %d lines after the imports, want at most 30", lines)
	}
}
