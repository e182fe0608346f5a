package pages_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gin-gonic/gin"
	"golang.org/x/net/html"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/refresh"
	"github.com/ginauth/ginauth/pages"
)

// allPaths are the pages that can be opened without more.
var allPaths = []string{
	"/account", "/account/sign-in", "/account/sign-in/code", "/account/sign-up", "/account/sign-out", "/account/forgot", "/account/forgot?sent=1",
	"/account/reset", "/account/verify", "/account/verify?done=1", "/account/verify/new", "/account/verify/new?sent=1", "/account/confirm",
	"/account/password", "/account/sessions", "/account/second-factor", "/account/refused?code=FACTOR_REQUIRED", "/account/linked",
	"/account/sign-in/mail", "/account/sign-in/link", "/account/passkeys", "/account/keys", "/account/activity", "/account/invitation",
}

// staffPaths are those of administrators, with %s for a user's ID.
var staffPaths = []string{
	"/account/administration", "/account/administration?banned=maybe", "/account/administration/create", "/account/administration/invitations",
	"/account/administration/users/%s", "/account/administration/users/%s/security", "/account/administration/users/%s/activity",
	"/account/administration/users/%s/ban", "/account/administration/users/%s/act", "/account/administration/users/%s/delete",
}

// maxPage is the greatest size of a page with its style and script, in bytes.
const maxPage = 60 << 10

// Every page has its headers, holds nothing inline, and is small.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withStaff)
	w.superuser(morgan)
	paths := slices.Clone(allPaths)
	for _, path := range staffPaths {
		paths = append(paths, strings.Replace(path, "%s", string(w.id(arthur)), 1))
	}
	for _, who := range []struct{ email, lang string }{{"", "en"}, {morgan, "en"}, {morgan, "de"}} {
		b := w.browser()
		b.lang = who.lang
		if who.email != "" {
			b.signIn(who.email, guinevere)
		}
		for _, path := range paths {
			b.open(path)
			if got := b.header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; ") || strings.Contains(got, "unsafe") {
				t.Errorf("%s: policy %q", path, got)
			}
			if got := b.header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("%s: Cache-Control %q", path, got)
			}
			size := len(b.body)
			for node := range b.page.Descendants() {
				if node.Type != html.ElementNode {
					continue
				}
				address := attribute(node, "src") + attribute(node, "href")
				switch {
				case node.Data == "style", has(node, "style"), node.Data == "script" && !has(node, "src"):
					t.Errorf("%s: <%s> is inline", path, node.Data)
				case strings.Contains(address, ":") || strings.HasPrefix(address, "//"):
					t.Errorf("%s: <%s> leads to %s", path, node.Data, address)
				case node.Data == "form" && attribute(node, "method") != "post" && attribute(node, "role") != "search":
					t.Errorf("%s: a form is sent by %q", path, attribute(node, "method"))
				}
				if node.Data == "link" || node.Data == "script" || node.Data == "img" {
					size += w.asset(address)
				}
				for _, a := range node.Attr {
					if strings.HasPrefix(a.Key, "on") {
						t.Errorf("%s: %s is inline", path, a.Key)
					}
				}
			}
			if size > maxPage {
				t.Errorf("%s: %d bytes, want %d at most", path, size, maxPage)
			}
			if words := b.text(); regexp.MustCompile(`[a-z]+_[a-z]+[.]|[a-z]+[.][a-z]+_|%[!sd]`).MatchString(words) {
				t.Errorf("%s: a text is missing: %s", path, words)
			}
		}
	}
}

// asset returns how large a file is.
func (w *world) asset(address string) int {
	w.t.Helper()
	b := w.browser()
	b.open(address)
	if b.status != 200 || b.header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		w.t.Errorf("%s: got %d, %q", address, b.status, b.header.Get("Cache-Control"))
	}
	return len(b.body)
}

// Both languages have the same texts.
func TestLanguages(t *testing.T) {
	t.Parallel()
	var texts [2]map[string]string
	for i, name := range []string{"languages/en.json", "languages/de.json"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(content, &texts[i]); err != nil {
			t.Fatal(err)
		}
	}
	for key := range texts[0] {
		if texts[1][key] == "" {
			t.Errorf("German has no %s", key)
		}
	}
	if len(texts[0]) != len(texts[1]) {
		t.Errorf("English has %d texts, German %d", len(texts[0]), len(texts[1]))
	}

	french := fstest.MapFS{
		"languages/fr.json": {Data: []byte(`{"sign_in.title":"Connexion"}`)},
		"languages/en.json": {Data: []byte(`{"sign_in.submit":"Enter the castle"}`)},
	}
	w := newWorld(t, func(_ *ginauth.Config, c *pages.Config) {
		c.Files = french
		c.Language = func(c *gin.Context) string { return c.Query("lang") }
	})
	for _, test := range []struct{ accept, path, lang, title, button string }{
		{"", "/account/sign-in", "en", "Sign in · Camelot", "Enter the castle"},
		{"de-AT,de;q=0.9,en;q=0.8", "/account/sign-in", "de", "Anmelden · Camelot", "Anmelden"},
		{"es,fr;q=0.5", "/account/sign-in", "fr", "Connexion · Camelot", "Enter the castle"},
		{"zz-broken;;q=", "/account/sign-in", "en", "Sign in · Camelot", "Enter the castle"},
		{strings.Repeat("de,", 1000), "/account/sign-in", "en", "Sign in · Camelot", "Enter the castle"},
		{"de", "/account/sign-in?lang=fr-CA", "fr", "Connexion · Camelot", "Enter the castle"},
		{"de", "/account/sign-in?lang=xx-nonsense-", "de", "Anmelden · Camelot", "Anmelden"},
	} {
		b := w.browser()
		b.lang = test.accept
		b.open(test.path)
		if !strings.Contains(b.body, `<html lang="`+test.lang+`">`) {
			t.Errorf("%q %s: not in %s", test.accept, test.path, test.lang)
		}
		b.see(test.title, test.button)
	}
}

// An application replaces files one by one.
func TestFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *ginauth.Config, c *pages.Config) {
		c.Files = fstest.MapFS{
			"templates/sign-in.html": {Data: []byte(`{{template "top" .}}<p>Who goes there?</p>{{template "form" .Form}}{{template "bottom" .}}`)},
			"assets/theme.css":       {Data: []byte(`:root { --accent: #7a1f3d }`)},
			"assets/logo.svg":        {Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)},
			"assets/crest.woff2":     {Data: []byte("font")},
		}
	})
	b := w.browser()
	b.open("/account/sign-in")
	b.see("Who goes there?")
	b.send("/account/sign-in", "email", arthur, "password", guinevere)
	b.at(200, "/account")
	if !strings.Contains(b.body, "/account/assets/logo.svg?v=") {
		t.Error("the logo is not on the page")
	}
	for name, contentType := range map[string]string{
		"theme.css": "text/css; charset=utf-8", "logo.svg": "image/svg+xml", "crest.woff2": "font/woff2", "style.css": "text/css; charset=utf-8",
	} {
		b.open("/account/assets/" + name)
		if b.status != 200 || b.header.Get("Content-Type") != contentType || b.header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: got %d %v", name, b.status, b.header)
		}
	}
	b.open("/account/assets/missing.css")
	b.at(404, "/account/assets/missing.css")
}

// There is no page for what is not attached.
func TestNotAttached(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := gin.New()
	auth, err := ginauth.New(ginauth.Config{Store: w.memory, Secret: secret, Backends: []backends.Backend{web}, Now: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	auth.AuthRoutes(web).Attach(r.Group("/auth/web"))
	pages.Routes(auth, pages.Config{Engine: r, Backend: web}).Attach(r.Group("/"))
	w.Engine = r
	b := w.browser()
	for _, path := range []string{
		"/", "/sign-up", "/forgot", "/reset", "/verify", "/confirm", "/password", "/sessions", "/second-factor", "/linked",
		"/sign-in/code", "/sign-in/with/github", "/sign-in/mail", "/sign-in/mail/code", "/sign-in/link", "/passkeys", "/keys", "/activity", "/invitation",
	} {
		b.open(path)
		b.at(404, path)
		b.see("There is no such page")
	}
	b.open("/sign-in")
	b.at(200, "/sign-in")
	if strings.Contains(b.body, "/sign-up") || strings.Contains(b.body, "/forgot") || strings.Contains(b.body, "/mail") || strings.Contains(b.body, "passkey") {
		t.Error("the page leads to pages that are not there")
	}
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	b.open("/sign-up")
	b.at(200, "/sign-up")
}

// An application's middleware on its routes sees what the pages send.
func TestMiddlewareOfRoutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := gin.New()
	auth, err := ginauth.New(ginauth.Config{Store: w.memory, Secret: secret, Backends: []backends.Backend{web}, Now: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	closed := func(c *gin.Context) { c.AbortWithStatusJSON(http.StatusForbidden, gin.H{"detail": "CLOSED_AT_NIGHT"}) }
	auth.AuthRoutes(web).Attach(r.Group("/auth/web", closed))
	files := fstest.MapFS{"languages/en.json": {Data: []byte(`{"code.CLOSED_AT_NIGHT":"Come back in the morning."}`)}}
	pages.Routes(auth, pages.Config{Engine: r, Backend: web, Files: files}).Attach(r.Group("/account"))
	w.Engine = r
	b := w.browser()
	b.signIn(arthur, guinevere)
	b.at(403, "/account/sign-in")
	b.see("Come back in the morning.")
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bearer := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	refreshing := backends.Backend{Name: "app", Transport: backends.Cookie{Name: "app", Insecure: true}, Strategy: refresh.Strategy{}}
	auth, err := ginauth.New(ginauth.Config{Store: w.memory, Secret: secret, Backends: []backends.Backend{web, bearer, refreshing}})
	if err != nil {
		t.Fatal(err)
	}
	engine := gin.New()
	for _, test := range []struct {
		name   string
		config pages.Config
		want   []string
	}{
		{"nothing", pages.Config{}, []string{`Config.Backend is "", which is not in ginauth.Config.Backends`, "Config.Engine is missing"}},
		{"bearer", pages.Config{Engine: engine, Backend: bearer}, []string{`Config.Backend is "api", want a backend with cookies or a session`}},
		{"refresh", pages.Config{Engine: engine, Backend: refreshing}, []string{`Config.Backend is "app", whose refresh tokens take JavaScript`}},
		{"paths", pages.Config{Engine: engine, Backend: web, Home: "https://evil.test", ReturnTo: []string{"/ok/", "//evil.test", "/a?b"}}, []string{
			`Config.Home is "https://evil.test"`, `Config.ReturnTo[1] is "//evil.test"`, `Config.ReturnTo[2] is "/a?b"`,
		}},
		{"fields", pages.Config{Engine: engine, Backend: web, SignUpFields: []string{"first_name", "plan"}}, []string{`Config.SignUpFields[1] is "plan"`}},
		{"files", pages.Config{Engine: engine, Backend: web, Files: fstest.MapFS{
			"templates/sign-in.html": {Data: []byte("{{")},
			"languages/xx!.json":     {Data: []byte("{}")},
			"languages/fr.json":      {Data: []byte("{")},
		}}, []string{"templates/sign-in.html", "languages/xx!.json is not named after a language", "languages/fr.json: "}},
		{"placeholders", pages.Config{Engine: engine, Backend: web, Files: fstest.MapFS{
			"languages/fr.json": {Data: []byte(`{"error.title":"Erreur"}`)},
		}}, []string{`languages/fr.json: "error.title" has other placeholders than "Error: %s"`}},
		{"placeholders in their order", pages.Config{Engine: engine, Backend: web, Files: fstest.MapFS{
			"languages/fr.json": {Data: []byte(`{"sign_in.with":"","sign_in.as":"","field.optional":"","error.title":""}`)},
		}}, []string{`languages/fr.json: "error.title" has other placeholders than "Error: %s"
Config.Files: languages/fr.json: "field.optional" has other placeholders than "%s (optional)"
Config.Files: languages/fr.json: "sign_in.as" has other placeholders than "You are signed in as %s."
Config.Files: languages/fr.json: "sign_in.with" has other placeholders than "Continue with %s"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := pages.New(auth, test.config)
			if err == nil {
				t.Fatal("got no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in %q", want, err)
				}
			}
		})
	}
}

// The same style serves light and dark, and asks nothing of other hosts.
func TestStyle(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, foreign := range []string{"url(", "@import", "http"} {
		if bytes.Contains(content, []byte(foreign)) {
			t.Errorf("the style has %q", foreign)
		}
	}
}
