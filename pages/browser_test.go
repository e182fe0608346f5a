package pages_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/ginauth/ginauth/internal/test/testlog"
)

// browser is a client without scripts: it follows redirects, keeps cookies and sends
// forms as they are in the page.
type browser struct {
	t      *testing.T
	engine http.Handler
	jar    http.CookieJar
	lang   string
	// site is what it says in Sec-Fetch-Site.
	site string
	log  *testlog.Log

	url    *url.URL
	status int
	header http.Header
	body   string
	page   *html.Node
	hops   []string
	away   string // where it was sent off to
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &browser{t: w.t, engine: w.Engine, jar: jar, lang: "en", site: "same-origin", log: w.log}
}

func (b *browser) do(method, target string, form url.Values) {
	b.t.Helper()
	b.hops, b.away = nil, ""
	base, _ := url.Parse(origin)
	for range 10 {
		u, err := base.Parse(target)
		if err != nil {
			b.t.Fatal(err)
		}
		request := httptest.NewRequestWithContext(b.t.Context(), method, u.String(), strings.NewReader(form.Encode()))
		request.Header.Set("Accept", "text/html,*/*;q=0.8")
		request.Header.Set("Accept-Language", b.lang)
		request.Header.Set("Sec-Fetch-Site", b.site)
		request.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0")
		if form != nil {
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		for _, c := range b.jar.Cookies(u) {
			request.AddCookie(c)
		}
		response := httptest.NewRecorder()
		b.engine.ServeHTTP(response, request)
		result := response.Result()
		b.jar.SetCookies(u, result.Cookies())
		b.url, b.status, b.header, b.body = u, result.StatusCode, result.Header, response.Body.String()
		b.hops = append(b.hops, u.RequestURI())
		if location := result.Header.Get("Location"); location != "" && result.StatusCode == http.StatusSeeOther {
			method, target, form = "GET", location, nil
			if !strings.HasPrefix(location, "/") && !strings.HasPrefix(location, origin) {
				b.away, b.page = location, &html.Node{}
				return
			}
			continue
		}
		if b.status == http.StatusInternalServerError {
			b.t.Errorf("%s: 500: %s", target, b.log)
			b.log.Forget()
		}
		b.page, err = html.Parse(strings.NewReader(b.body))
		if err != nil {
			b.t.Fatal(err)
		}
		return
	}
	b.t.Fatalf("too many redirects: %q", b.hops)
}

func (b *browser) open(target string) { b.t.Helper(); b.do("GET", target, nil) }

// send sends the page's form to action, with what is typed in the place of what its
// fields have.
func (b *browser) send(action string, typed ...string) {
	b.t.Helper()
	for node := range b.page.Descendants() {
		if node.Data == "form" && attribute(node, "action") == action {
			form := url.Values{}
			names := map[string]bool{}
			for field := range node.Descendants() {
				name := attribute(field, "name")
				if field.Type != html.ElementNode || name == "" {
					continue
				}
				names[name] = true
				switch {
				case field.Data == "select":
					for option := range field.Descendants() {
						if has(option, "selected") {
							form.Set(name, attribute(option, "value"))
						}
					}
				case attribute(field, "type") == "checkbox" && !has(field, "checked"):
				default:
					form.Set(name, attribute(field, "value"))
				}
			}
			for i := 0; i < len(typed); i += 2 {
				if !names[typed[i]] {
					b.t.Fatalf("the form %s has no field %s:\n%s", action, typed[i], b.body)
				}
				form.Set(typed[i], typed[i+1])
				if typed[i+1] == "" {
					form.Del(typed[i])
				}
			}
			b.do("POST", action, form)
			return
		}
	}
	b.t.Fatalf("no form %s on %s:\n%s", action, b.url, b.body)
}

// at checks where the browser is.
func (b *browser) at(status int, target string) {
	b.t.Helper()
	if b.status != status || b.url.RequestURI() != target {
		b.t.Fatalf("got %d at %s, want %d at %s (%q)\n%s", b.status, b.url.RequestURI(), status, target, b.hops, b.text())
	}
}

// see checks that the page has a text.
func (b *browser) see(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if !strings.Contains(b.text(), text) {
			b.t.Fatalf("%q is not on %s:\n%s", text, b.url, b.text())
		}
	}
}

// text returns the words of the page.
func (b *browser) text() string {
	var words []string
	for node := range b.page.Descendants() {
		if node.Type == html.TextNode && node.Parent.Data != "script" && node.Parent.Data != "style" {
			words = append(words, strings.Fields(node.Data)...)
		}
	}
	return strings.Join(words, " ")
}

// input returns the field of a name, and fails where there is none.
func (b *browser) input(name string) *html.Node {
	b.t.Helper()
	for node := range b.page.Descendants() {
		if node.Type == html.ElementNode && attribute(node, "name") == name && (node.Data == "input" || node.Data == "select") {
			return node
		}
	}
	b.t.Fatalf("no field %s on %s:\n%s", name, b.url, b.body)
	return nil
}

// complaint returns what is said to be wrong with a field.
func (b *browser) complaint(name string) string {
	b.t.Helper()
	field := b.input(name)
	if attribute(field, "aria-invalid") != "true" {
		return ""
	}
	for id := range strings.FieldsSeq(attribute(field, "aria-describedby")) {
		for node := range b.page.Descendants() {
			if attribute(node, "id") == id && strings.HasSuffix(id, "-error") {
				return node.FirstChild.Data
			}
		}
	}
	return "aria-describedby leads nowhere"
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(node *html.Node, name string) bool {
	return slices.ContainsFunc(node.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func (b *browser) signIn(email, password string) {
	b.t.Helper()
	b.open("/account/sign-in")
	b.send("/account/sign-in", "email", email, "password", password)
}

// api sends a request to the routes themselves, with the browser's cookies.
func (b *browser) api(method, target, body string) (int, string) {
	b.t.Helper()
	u, _ := url.Parse(origin + target)
	request := httptest.NewRequestWithContext(b.t.Context(), method, u.String(), strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Sec-Fetch-Site", b.site)
	for _, c := range b.jar.Cookies(u) {
		request.AddCookie(c)
	}
	response := httptest.NewRecorder()
	b.engine.ServeHTTP(response, request)
	b.jar.SetCookies(u, response.Result().Cookies())
	content, _ := io.ReadAll(response.Body)
	return response.Code, string(content)
}
