package pages_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/net/html"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/audit/audittest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/apikey"
	"github.com/ginauth/ginauth/internal/test/testlog"
	"github.com/ginauth/ginauth/pages"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/routes/admin"
	"github.com/ginauth/ginauth/routes/apikeys"
	"github.com/ginauth/ginauth/routes/events"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/routes/invitations"
	"github.com/ginauth/ginauth/routes/maillogin"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/passkeys"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

const (
	secret    = user.Secret("0123456789abcdef0123456789abcdef")
	arthur    = "king.arthur@camelot.bt"
	merlin    = "merlin@camelot.bt"
	guinevere = "guinevere"
	origin    = "http://camelot.test"
)

// knight has a field of each sort that a form can have, and some that none can.
type knight struct {
	FirstName *string    `json:"first_name" bson:"first_name" binding:"omitempty,max=20"`
	House     string     `json:"house" bson:"house" binding:"required,oneof=pendragon 'du lac'"`
	Age       *int       `json:"age" bson:"age" binding:"omitempty,min=0,max=150"`
	Height    float64    `json:"height" bson:"height"`
	Born      *time.Time `json:"born" bson:"born"`
	Mailing   bool       `json:"mailing" bson:"mailing"`
	Site      string     `json:"site" bson:"site" binding:"omitempty,url"`
	Plan      string     `json:"plan" bson:"plan" ginauth:"readonly"`
	Horses    []string   `json:"horses" bson:"horses"`
	Note      string     `json:"-" bson:"note"`
}

// world is an application with pages at /account.
type world struct {
	*gin.Engine
	t      *testing.T
	auth   *ginauth.Auth
	memory *usertest.Store
	store  *usertest.FaultyStore
	log    *testlog.Log

	mu     sync.Mutex
	now    time.Time
	mails  []user.Mail
	mailed *sync.Cond // mails has changed
}

// keys is the backend of API keys.
var keys = backends.Backend{Name: "keys", Transport: backends.Header{Name: "X-API-Key"}, Strategy: apikey.Strategy{}}

var web = backends.Backend{Name: "web", Transport: backends.Cookie{Insecure: true}, Strategy: backends.Database{}}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

var hashed = sync.OnceValues(func() (string, error) {
	hasher, err := password.New(password.Config{})
	if err != nil {
		return "", err
	}
	return hasher.Hash(context.Background(), guinevere)
})

func newWorld(t *testing.T, change ...func(*ginauth.Config, *pages.Config)) *world {
	t.Helper()
	w := &world{t: t, memory: usertest.NewStore(usertest.WithProfile[knight]()), log: &testlog.Log{}, now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
	w.store = usertest.NewFaultyStore(w.memory)
	w.mailed = sync.NewCond(&w.mu)
	hash, err := hashed()
	if err != nil {
		t.Fatal(err)
	}
	err = w.memory.Create(t.Context(), &user.User{
		ID: w.memory.NewID(), Email: arthur, EmailKey: arthur, HashedPassword: hash, IsActive: true, IsVerified: true,
		CreatedAt: w.now, UpdatedAt: w.now, Profile: &knight{House: "pendragon", Plan: "gold"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.start(change...)
	return w
}

func (w *world) start(change ...func(*ginauth.Config, *pages.Config)) {
	w.t.Helper()
	r := gin.New()
	config := ginauth.Config{
		Store: w.store, Secret: secret, Backends: []backends.Backend{web, keys}, Now: w.clock, Logger: slog.New(slog.NewTextHandler(w.log, nil)),
		Hooks: user.Hooks{Send: func(_ context.Context, m user.Mail) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.mails = append(w.mails, m)
			w.mailed.Broadcast()
			return nil
		}},
	}
	shown := pages.Config{Engine: r, Backend: web, Name: "Camelot"}
	for _, c := range change {
		c(&config, &shown)
	}
	log, err := audit.NewLog(&audittest.Store{}, audit.Config{Now: w.clock})
	if err != nil {
		w.t.Fatal(err)
	}
	config.OnEvent = log.Sink
	auth, err := ginauth.New(config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = auth.Shutdown(context.Background()) })
	second, err := factors.New(w.t.Context(), auth, factors.Config{Issuer: "Camelot", TrustDevice: 30 * 24 * time.Hour})
	if err != nil {
		w.t.Fatal(err)
	}
	w.attachRooms(r, auth, log)
	auth.AuthRoutes(web).Attach(r.Group("/auth/web"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.ResetPasswordRoutes().Attach(r.Group("/auth"))
	auth.VerifyRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	auth.SessionsRoutes().Attach(r.Group("/users/me"))
	second.Own().Attach(r.Group("/users/me"))
	second.Admin().Attach(r.Group("/users/:id"))
	github := oauth.GitHub{ClientID: "round-table", ClientSecret: "excalibur"}
	oauth.Routes(auth, github, web, oauth.Config{
		RedirectURL: "https://camelot.test/auth/github/callback", RedirectTo: []string{"https://camelot.test/", "https://camelot.test/account"},
	}).Attach(r.Group("/auth/github"))
	oauth.AssociateRoutes(auth, github, oauth.Config{
		RedirectURL: "https://camelot.test/auth/link/github/callback", RedirectTo: []string{"https://camelot.test/account/linked"},
	}).Attach(r.Group("/auth/link/github"))
	oauth.AccountsRoutes(auth).Attach(r.Group("/users/me"))
	pages.Routes(auth, shown).Attach(r.Group("/account"))
	r.GET("/castle", pages.RequireLogin(auth), func(c *gin.Context) { c.String(200, "castle of "+ginauth.UserFrom(c).Email) })
	r.GET("/vault", pages.RequireLogin(auth, ginauth.Fresh(10*time.Minute)), func(c *gin.Context) { c.String(200, "vault") })
	r.POST("/castle", pages.RequireLogin(auth), func(c *gin.Context) { c.String(200, "done") })
	r.GET("/throne", pages.RequireLogin(auth, ginauth.Verified()), func(c *gin.Context) { c.String(200, "throne") })
	w.Engine, w.auth = r, auth
}

// attachRooms attaches what an application has by choice.
func (w *world) attachRooms(r *gin.Engine, auth *ginauth.Auth, log *audit.Log) {
	w.t.Helper()
	invited, err := invitations.New(w.t.Context(), auth, invitations.Config{})
	if err != nil {
		w.t.Fatal(err)
	}
	invited.Routes().Attach(r)
	byMail, err := maillogin.New(w.t.Context(), auth, maillogin.Config{Cookie: backends.Cookie{Insecure: true}})
	if err != nil {
		w.t.Fatal(err)
	}
	byMail.Request().Attach(r.Group("/auth"))
	byMail.Login(web).Attach(r.Group("/auth/web"))
	made, err := apikeys.New(w.t.Context(), auth, apikeys.Config{
		Scopes:      map[string]apikeys.Scope{"orders:read": {}, "orders:write": {Needs: "orders:write"}},
		MaxLifetime: 100 * 24 * time.Hour, MaxKeys: 2, Permits: func(*user.User, string) bool { return false },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	made.Own().Attach(r.Group("/users/me"))
	seen, err := events.New(auth, events.Config{Log: log})
	if err != nil {
		w.t.Fatal(err)
	}
	seen.Own().Attach(r.Group("/users/me"))
	held, err := passkeys.New(w.t.Context(), auth, passkeys.Config{Name: "Camelot", RPID: "camelot.test", Origins: []string{"https://camelot.test"}, Limit: 2})
	if err != nil {
		w.t.Fatal(err)
	}
	held.Own().Attach(r.Group("/users/me"))
	held.Login(web).Attach(r.Group("/auth/web"))
	staff, err := admin.New(w.t.Context(), auth, admin.Config{AllowUnrecordedImpersonation: true})
	if err != nil {
		w.t.Fatal(err)
	}
	staff.Routes().Attach(r.Group("/users"))
}

// mail waits for the last mail of a kind to an address.
func (w *world) mail(kind user.MailKind, to string) user.Mail {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.mailed.Broadcast()
	})()
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		for _, m := range slices.Backward(w.mails) {
			if m.Kind == kind && m.To == to {
				return m
			}
		}
		if ctx.Err() != nil {
			w.t.Fatalf("no %s mail to %s among %v", kind, to, w.mails)
		}
		w.mailed.Wait()
	}
}

// superuser makes one.
func (w *world) superuser(email string) {
	w.t.Helper()
	_, err := w.auth.Manager().Create(w.t.Context(), user.Registration{
		Email: email, Password: guinevere, IsVerified: true, IsSuperuser: true, Profile: &knight{House: "pendragon"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

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
