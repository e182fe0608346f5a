package contract

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user/records"
)

// render makes the bytes of a request, and the secrets that are in it.
//
// After the path of the request line may follow "json" or "form" for a
// Content-Type, and "as NAME", "cookie NAME" or "session NAME" for somebody's token.
func (h *hostileWorld) render(t *testing.T, c hostileCase) (request string, secrets []string) {
	t.Helper()
	h.used = nil
	words := strings.Fields(h.text(t, c.line))
	headers := h.texts(t, c.headers)
	add := func(name, value string) {
		if !slices.ContainsFunc(headers, func(line string) bool { return strings.HasPrefix(strings.ToLower(line), strings.ToLower(name)+":") }) {
			headers = append(headers, name+": "+value)
		}
	}
	for i := 2; i < len(words); i++ {
		switch words[i] {
		case "json":
			add("Content-Type", asJSON)
			continue
		case "form":
			add("Content-Type", asForm)
			continue
		case "as":
			add("Authorization", "Bearer "+h.token(words[i+1], "jwt"))
		case "cookie":
			add("Cookie", "ginauth="+h.token(words[i+1], "cookie"))
		case "session":
			add("Cookie", h.session(words[i+1]))
		default:
			t.Fatalf("unknown word %q after the path", words[i])
		}
		i++
	}
	payload := ""
	if c.payload != nil {
		payload = h.text(t, *c.payload)
	}
	add("Host", strings.TrimPrefix(h.url, "http://"))
	add("Connection", "close")
	if !slices.ContainsFunc(headers, func(line string) bool { return strings.HasPrefix(line, "Transfer-Encoding:") }) {
		add("Content-Length", fmt.Sprint(len(payload)))
	}
	request = words[0] + " " + words[1] + " HTTP/1.1\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n" + payload
	return request, append(h.used, passwordsIn(payload)...)
}

var passwordField = regexp.MustCompile(`"(?:current_)?password" ?: ?"([^"]{6,200})"|(?:^|&)password=([^&]{6,200})`)

// passwordsIn returns the passwords of a body. A client's own address is none.
func passwordsIn(payload string) []string {
	var found []string
	for _, match := range passwordField.FindAllStringSubmatch(payload, -1) {
		found = append(found, match[1]+match[2])
	}
	return found
}

// sendRaw sends bytes as they are, which no HTTP client would do with some.
func (h *hostileWorld) sendRaw(t *testing.T, request string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	method, rest, _ := strings.Cut(request, " ")
	path, _, _ := strings.Cut(rest, " ")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("no answer to\n%.2000q\n%v", request, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Errorf("read the body: %v", err)
	}
	return answer{request: method + " " + path, status: response.StatusCode, header: response.Header, body: string(body)}
}

// flowCookie is the name of the cookie of a sign-in that begins. The state, which
// nobody knows before, decides the end of it.
var flowCookie = regexp.MustCompile(`^ginauth_oauth_[A-Za-z0-9_-]{8}$`)

// checkAnswer checks what every answer must be, whatever was sent.
func (h *hostileWorld) checkAnswer(t *testing.T, a answer, c hostileCase) {
	t.Helper()
	if a.status >= 500 {
		t.Errorf("got %d, want never a failure", a.status)
	}
	for name := range a.header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("got the header %s, want no opinion on CORS", name)
		}
	}
	// Gin's and net/http's own refusals are plain text, and what is behind a guard
	// is the application's.
	guarded := strings.HasPrefix(a.request, "GET /protected/") && a.status == 200
	if !guarded && (a.header.Get("Content-Type") == asJSON || a.status == 204 || a.status == 303) {
		a.wantHeader(t, "Cache-Control", "no-store")
		a.wantHeader(t, "X-Content-Type-Options", "nosniff")
		a.wantHeader(t, "Referrer-Policy", "no-referrer")
	}
	if challenge := a.header.Get("WWW-Authenticate"); (a.status == 401) != strings.HasPrefix(challenge, "Bearer") {
		t.Errorf("got %d with WWW-Authenticate %q", a.status, challenge)
	}
	told := []string{}
	for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
		if cookie.MaxAge < 0 {
			told = append(told, "clear "+cookie.Name)
		} else {
			told = append(told, "set "+flowCookie.ReplaceAllString(cookie.Name, "ginauth_oauth_…"))
		}
	}
	if location := a.header.Get("Location"); location != "" {
		told = append(told, "location "+location)
	}
	want := h.texts(t, c.answered)
	slices.Sort(told)
	slices.Sort(want)
	if !slices.Equal(told, want) {
		t.Errorf("the answer says %q, want %q", told, want)
	}
}

// checkSecrets wants nothing of what was sent, and nothing that is stored, in the
// answer or the log.
func (h *hostileWorld) checkSecrets(t *testing.T, a answer, sent []string) {
	t.Helper()
	log := h.in.log.String()
	headers := fmt.Sprint(a.header)
	for _, secret := range append(sent, h.keptSecrets()...) {
		if strings.Contains(a.body, secret) || strings.Contains(headers, secret) {
			t.Errorf("the secret %.60q is in the answer: %s", secret, a.body)
		}
		if strings.Contains(log, secret) {
			t.Errorf("the secret %.60q is in the log:\n%s", secret, log)
		}
	}
}

// keptSecrets are those of the store: hashes of passwords and of tokens, and the
// tokens themselves.
func (h *hostileWorld) keptSecrets() []string {
	secrets := []string{"$argon2", string(hostileSecret)}
	for _, token := range h.tokens {
		secrets = append(secrets, token, records.HashToken(token))
	}
	return secrets
}

// matches compares a body; "…" in want stands for a text without quotes, "⋯" for
// anything.
func matches(got, want string) bool {
	pattern := strings.NewReplacer("…", `[^"\\]+`, "⋯", ".*").Replace(regexp.QuoteMeta(want))
	return regexp.MustCompile(`^(?s:` + pattern + `)$`).MatchString(got)
}
