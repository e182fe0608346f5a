package browser_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// evil is a page that makes the browser send requests to the app: a form, which goes
// off by itself, or a script.
func evil(t *testing.T, host string) (base string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /form", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<!doctype html><title>evil</title><link rel="icon" href="data:,"><form method="post" action="%s">
<input name="username" value="%s"><input name="password" value="%s"></form><script>document.forms[0].submit()</script>`,
			r.FormValue("to"), r.FormValue("username"), password)
	})
	mux.HandleFunc("GET /script", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `<!doctype html><title>evil</title><link rel="icon" href="data:,">`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + net.JoinHostPort(host, port)
}

// post makes the browser send a form from a page of another origin, and returns the
// app's answer.
func (b *tab) post(from, path, username string) (status int64, body string) {
	b.t.Helper()
	ctx, cancel := withPatience(b)
	defer cancel()
	var answer *network.Response
	answers := chromedp.Events(ctx, network.ResponseReceived)
	b.do("open the other page", navigate(from+"/form?to="+b.site.url+path+"&username="+username))
	for event, err := range answers {
		if err != nil {
			b.t.Fatalf("wait for the answer of %s: %v\n%s", path, err, b.describe())
		}
		if event.Response.URL == b.site.url+path {
			answer = event.Response
			break
		}
	}
	b.do("see the answer", chromedp.WaitVisible("//pre"))
	return answer.Status, evaluate[string](b, `document.querySelector('pre').textContent`)
}

// fetch makes a script of the page that is open send a request with cookies, and
// returns what the script learns: a status, or that it was refused.
func (b *tab) fetch(method, path, options string) string {
	b.t.Helper()
	return evaluate[string](b, fmt.Sprintf(`fetch(%q, {method: %q, credentials: 'include', %s}).then((r) => r.type + ' ' + r.status, (e) => 'refused')`,
		b.site.url+path, method, options))
}

// Another port is another origin, but of the same site: cookies with SameSite=Lax
// come along, and only the check of the origin protects.
func TestAnotherOrigin(t *testing.T) {
	t.Parallel()
	b := newTab(t, widths[0])
	email, mallory := b.email("arthur"), b.email("mallory")
	b.site.person(t, email)
	b.site.person(t, mallory)
	const refusal = `{"detail":"CROSS_ORIGIN_REQUEST"}`

	for _, backend := range []string{"cookie", "session"} {
		for _, host := range []string{"127.0.0.1", "localhost"} {
			from := evil(t, host)
			b.open("/")
			b.login(backend, email)
			for _, path := range []string{"/auth/cookie/login", "/auth/session/login"} {
				if status, body := b.post(from, path, mallory); status != http.StatusForbidden || body != refusal {
					t.Errorf("%s, form of %s to %s: got %d %s, want 403 %s", backend, host, path, status, body, refusal)
				}
				b.refused(http.StatusForbidden, path)
			}
			// From another site no cookie is sent, so the request has no user.
			want, answer := int64(http.StatusForbidden), refusal
			if host == "localhost" {
				want, answer = http.StatusUnauthorized, `{"detail":"Unauthorized"}`
			}
			for _, path := range []string{"/auth/" + backend + "/logout", "/protected/active"} {
				if status, body := b.post(from, path, mallory); status != want || body != answer {
					t.Errorf("%s, form of %s to %s: got %d %s, want %d %s", backend, host, path, status, body, want, answer)
				}
				b.refused(int(want), path)
			}

			b.do("open the other page", navigate(from+"/script"))
			for _, request := range []struct{ method, path, options string }{
				{"PATCH", "/users/me", `headers: {'Content-Type': 'application/json'}, body: '{"first_name":"Mordred"}'`},
				{"DELETE", "/users/me/sessions", ``},
				{"POST", "/protected/active", ``},
				{"GET", "/users/me", ``},
			} {
				if got := b.fetch(request.method, request.path, request.options); got != "refused" {
					t.Errorf("%s, script of %s, %s %s: got %s, want it refused", backend, host, request.method, request.path, got)
				}
			}
			if got := b.fetch("POST", "/auth/"+backend+"/logout", `mode: 'no-cors', body: 'x'`); got != "opaque 0" {
				t.Errorf("%s, script of %s: got %s, want an answer it cannot read", backend, host, got)
			}
			b.watch.forget(from, b.site.url)

			b.open("/")
			if got := evaluate[string](b, `fetch('/users/me').then((r) => r.json()).then((me) => me.email + ' ' + me.first_name)`); got != email+" null" {
				t.Errorf("the user afterwards: got %q, want %s without a first name", got, email)
			}
			b.status("POST", "/auth/"+backend+"/logout", "")
		}
	}
}
