package backends_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"
	"golang.org/x/net/http/httpguts"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/backends/sessions"
	"github.com/ginauth/ginauth/internal/test/transporttest"
)

func TestCookieOnTheWire(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		transport  backends.Cookie
		set, clear string
	}{
		{
			"defaults", backends.Cookie{},
			"ginauth=TOKEN; Path=/; HttpOnly; Secure; SameSite=Lax",
			"ginauth=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		},
		{
			"host prefix", backends.Cookie{Name: "__Host-ginauth"},
			"__Host-ginauth=TOKEN; Path=/; HttpOnly; Secure; SameSite=Lax",
			"__Host-ginauth=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		},
		{
			"everything", backends.Cookie{
				Name: "who", Path: "/app", Domain: "camelot.test",
				MaxAge: 2 * time.Hour, SameSite: http.SameSiteStrictMode, Insecure: true,
			},
			"who=TOKEN; Path=/app; Domain=camelot.test; Max-Age=7200; HttpOnly; SameSite=Strict",
			"who=; Path=/app; Domain=camelot.test; Max-Age=0; HttpOnly; SameSite=Strict",
		},
		{
			"embedded in other sites", backends.Cookie{SameSite: http.SameSiteNoneMode},
			"ginauth=TOKEN; Path=/; HttpOnly; Secure; SameSite=None",
			"ginauth=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=None",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			engine := transporttest.NewEngine()
			transporttest.Mount(engine, transporttest.Carrier(t, test.transport, "web"))
			login := transporttest.Serve(engine, httptest.NewRequest(http.MethodPost, "/login/TOKEN", nil))
			transporttest.Lines(t, login.Header["Set-Cookie"], test.set)
			if body := transporttest.Read(t, login); body != "" {
				t.Errorf("got body %q, want none", body)
			}
			logout := transporttest.Serve(engine, httptest.NewRequest(http.MethodPost, "/logout", nil))
			transporttest.Lines(t, logout.Header["Set-Cookie"], test.clear)
		})
	}
}

func TestCookieIsKeptAndForgottenByBrowsers(t *testing.T) {
	t.Parallel()
	engine := transporttest.NewEngine()
	transporttest.Mount(engine, transporttest.Carrier(t, backends.Cookie{Name: "__Host-ginauth"}, "web"))
	b := transporttest.NewBrowser(t, engine)
	if got := b.Body(http.MethodGet, "/token", 200); got != "" {
		t.Errorf("before the login: got %q, want none", got)
	}
	b.Body(http.MethodPost, "/login/first", 200)
	b.Body(http.MethodPost, "/login/second", 200)
	if got := b.Body(http.MethodGet, "/token", 200); got != "second" {
		t.Errorf("after two logins: got %q, want second", got)
	}
	b.Body(http.MethodPost, "/logout", 200)
	if got := len(b.All()); got != 0 {
		t.Errorf("after the logout: got %d cookies, want 0", got)
	}
}

func TestCookieToken(t *testing.T) {
	t.Parallel()
	engine := transporttest.NewEngine()
	transporttest.Mount(engine, transporttest.Carrier(t, backends.Cookie{}, "web"))
	tests := []struct {
		name  string
		lines []string
		want  string
	}{
		{"none", nil, ""},
		{"one", []string{"ginauth=abc"}, "abc"},
		{"among others", []string{"a=1; ginauth=abc; b=2"}, "abc"},
		{"in another line", []string{"a=1", "ginauth=abc"}, "abc"},
		{"empty", []string{"ginauth="}, ""},
		{"without a value", []string{"ginauth"}, ""},
		{"quoted", []string{`ginauth="abc"`}, "abc"},
		{"quoted and empty", []string{`ginauth=""`}, ""},
		{"half quoted", []string{`ginauth="abc`}, ""},
		{"percent signs are not unescaped", []string{"ginauth=a%62c"}, "a%62c"},
		{"broken percent sign", []string{"ginauth=a%zz"}, "a%zz"},
		{"plus is no space", []string{"ginauth=a+b"}, "a+b"},
		{"with equals signs", []string{"ginauth=a=b=="}, "a=b=="},
		{"spaces around", []string{"x=1;  ginauth = abc \t; y=2"}, "abc"},
		{"control character", []string{"ginauth=a\x01c"}, ""},
		{"beyond ASCII", []string{"ginauth=a\u00e9c"}, ""},
		{"backslash", []string{`ginauth=a\c`}, ""},
		{"twice", []string{"ginauth=abc; ginauth=def"}, ""},
		{"twice the same", []string{"ginauth=abc; ginauth=abc"}, ""},
		{"twice, one empty", []string{"ginauth=; ginauth=abc"}, ""},
		{"twice, one without a value", []string{"ginauth; ginauth=abc"}, ""},
		{"twice, one malformed", []string{"ginauth=a\x01c; ginauth=abc"}, ""},
		{"twice in two lines", []string{"ginauth=abc", "ginauth=def"}, ""},
		{"other letter case", []string{"Ginauth=abc"}, ""},
		{"other letter case beside", []string{"Ginauth=def; ginauth=abc"}, "abc"},
		{"longer name", []string{"ginauth2=abc; xginauth=def"}, ""},
		{"Unicode space before the name", []string{"\u2000ginauth=abc"}, ""},
		{"no-break space after the name", []string{"ginauth\u00a0=abc"}, ""},
		{"percent sign in the name", []string{"gin%61uth=abc"}, ""},
		{"comma does not separate", []string{"x=1,ginauth=abc"}, ""},
		{"prefixed", []string{"__Host-ginauth=abc"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/token", nil)
			if test.lines != nil {
				r.Header["Cookie"] = test.lines
			}
			if got := transporttest.Read(t, transporttest.Serve(engine, r)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestCookieConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	none := http.SameSiteNoneMode
	tests := []struct {
		name      string
		transport backends.Cookie
		want      []string // one beginning per joined error
	}{
		{"zero value", backends.Cookie{}, nil},
		{"host prefix", backends.Cookie{Name: "__Host-a", Path: "/"}, nil},
		{"secure prefix", backends.Cookie{Name: "__Secure-a", Domain: "camelot.test", Path: "/a"}, nil},
		{"400 days", backends.Cookie{MaxAge: 400 * 24 * time.Hour}, nil},
		{"leading dot", backends.Cookie{Domain: ".camelot.test"}, nil},

		{"space in the name", backends.Cookie{Name: "a b"}, []string{"Name "}},
		{"equals sign in the name", backends.Cookie{Name: "a=b"}, []string{"Name "}},
		{"semicolon in the name", backends.Cookie{Name: "a;b"}, []string{"Name "}},
		{"name beyond ASCII", backends.Cookie{Name: "é"}, []string{"Name "}},
		{"semicolon in the path", backends.Cookie{Path: "/a; Domain=evil.test"}, []string{"Path "}},
		{"line break in the path", backends.Cookie{Path: "/a\r\nX: y"}, []string{"Path "}},
		{"relative path", backends.Cookie{Path: "app"}, []string{"Path "}},
		{"domain that is none", backends.Cookie{Domain: "a b"}, []string{"Domain "}},
		{"semicolon in the domain", backends.Cookie{Domain: "a.test; Secure"}, []string{"Domain "}},
		{"domain with a port", backends.Cookie{Domain: "camelot.test:80"}, []string{"Domain "}},
		{"negative age", backends.Cookie{MaxAge: -time.Second}, []string{"MaxAge "}},
		{"part of a second", backends.Cookie{MaxAge: 1500 * time.Millisecond}, []string{"MaxAge "}},
		{"over 400 days", backends.Cookie{MaxAge: 400*24*time.Hour + time.Second}, []string{"MaxAge "}},
		{"default SameSite", backends.Cookie{SameSite: http.SameSiteDefaultMode}, []string{"SameSite "}},
		{"unknown SameSite", backends.Cookie{SameSite: 9}, []string{"SameSite "}},
		{"None without Secure", backends.Cookie{SameSite: none, Insecure: true}, []string{"SameSite "}},
		{"host prefix, domain", backends.Cookie{Name: "__Host-a", Domain: "camelot.test"}, []string{`Name "__Host-a" does not go with Domain`}},
		{"host prefix, path", backends.Cookie{Name: "__Host-a", Path: "/a"}, []string{`Name "__Host-a" does not go with Path`}},
		{"host prefix, insecure", backends.Cookie{Name: "__Host-a", Insecure: true}, []string{`Name "__Host-a" does not go with Insecure`}},
		{"host prefix in small letters", backends.Cookie{Name: "__host-a", Insecure: true}, []string{`Name "__host-a" does not go with Insecure`}},
		{"secure prefix, insecure", backends.Cookie{Name: "__Secure-a", Insecure: true}, []string{`Name "__Secure-a" does not go with Insecure`}},
		{
			"all at once",
			backends.Cookie{Name: "a b", Path: "a", Domain: "a b", MaxAge: -1, SameSite: none, Insecure: true},
			[]string{"Name ", "Path ", "Domain ", "MaxAge ", "SameSite "},
		},
		{
			"all of the prefix",
			backends.Cookie{Name: "__Host-a", Path: "/a", Domain: "a.test", Insecure: true},
			[]string{"Name ", "Name ", "Name "},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, transport := range []backends.Transport{test.transport, sessions.Transport(test.transport)} {
				assertProblems(t, transport, test.want)
			}
		})
	}
}

func assertProblems(t *testing.T, transport backends.Transport, want []string) {
	t.Helper()
	carrier, err := transport.SetUp(transporttest.Setup("web"))
	if len(want) == 0 {
		if err != nil || carrier == nil {
			t.Errorf("%T: got carrier %v and error %v, want a carrier", transport, carrier, err)
		}
		return
	}
	if err == nil || carrier != nil {
		t.Fatalf("%T: got carrier %v and error %v, want an error alone", transport, carrier, err)
	}
	got := strings.Split(err.Error(), "\n")
	if len(got) != len(want) {
		t.Fatalf("%T: got %d problems (%q), want %d", transport, len(got), got, len(want))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("%T: got %q, want it to begin with %q", transport, got[i], want[i])
		}
	}
}

// A cookie that the client would not get as it is has to be an error, so that the
// token is taken back.
func TestCookieThatCannotBeDelivered(t *testing.T) {
	t.Parallel()
	carrier := transporttest.Carrier(t, backends.Cookie{}, "web")
	tests := []struct {
		name, token string
		begun       bool
		want        string
	}{
		{"fits exactly", strings.Repeat("a", 4096-len("ginauth")), false, ""},
		{"too long", strings.Repeat("a", 4097-len("ginauth")), false, "4097 bytes"},
		{"empty", "", false, "empty"},
		{"semicolon", "a;b", false, "characters"},
		{"line break", "a\r\nb", false, "characters"},
		{"response has begun", "a", true, "begun"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			c, _ := gin.CreateTestContext(w)
			c.Request = httptest.NewRequest(http.MethodPost, "/", nil)
			if test.begun {
				c.String(http.StatusOK, "hello")
			}
			_, err := carrier.Write(c, backends.Issued{Access: test.token})
			if test.want == "" {
				if err != nil {
					t.Errorf("got %v, want no error", err)
				}
				return
			}
			transporttest.Misconfigured(t, err, test.want)
			if strings.Contains(err.Error(), "a;b") {
				t.Errorf("got %q, which quotes the token", err)
			}
			if got := w.Header()["Set-Cookie"]; len(got) != 0 {
				t.Errorf("got %q, want no cookie", got)
			}
		})
	}
}

func TestCookieIsSetOncePerResponse(t *testing.T) {
	t.Parallel()
	carrier := transporttest.Carrier(t, backends.Cookie{}, "web")
	engine := transporttest.NewEngine()
	engine.POST("/", func(c *gin.Context) {
		c.SetCookie("ginauth2", "kept", 0, "/", "", true, true)
		for _, token := range []string{"one", "two"} {
			if _, err := carrier.Write(c, backends.Issued{Access: token}); err != nil {
				t.Error(err)
			}
		}
	})
	response := transporttest.Serve(engine, httptest.NewRequest(http.MethodPost, "/", nil))
	transporttest.Lines(t, response.Header["Set-Cookie"],
		"ginauth2=kept; Path=/; HttpOnly; Secure",
		"ginauth=two; Path=/; HttpOnly; Secure; SameSite=Lax")
}

// Whatever a client sends, a token is one that Write could have sent and that
// net/http reads as well, and nobody makes up a session.
func FuzzCookieToken(f *testing.F) {
	carrier, err := backends.Cookie{}.SetUp(transporttest.Setup("web"))
	if err != nil {
		f.Fatal(err)
	}
	session, err := sessions.Transport{Name: "s"}.SetUp(transporttest.Setup("web"))
	if err != nil {
		f.Fatal(err)
	}
	middleware := ginsessions.Sessions("s", cookie.NewStore([]byte(formerSecret)))
	f.Add("s=abc; s_bind=" + strings.Repeat("A", 43))
	f.Add("ginauth=0;ginauth\r")
	for _, seed := range []string{"ginauth=abc", `ginauth="a b"`, "ginauth=a; ginauth=b", "ginauth", "=;=;ginauth==", "a=b;\tginauth=%41"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest(http.MethodGet, "/", nil)
		c.Request.Header.Set("Cookie", line)
		middleware(c)
		if token, err := session.Token(c); err != nil || token != "" {
			t.Errorf("%q: got the token %q of a session, error %v", line, token, err)
		}
		token, err := carrier.Token(c)
		if err != nil {
			t.Fatal(err)
		}
		if token == "" {
			return
		}
		if !httpguts.ValidHeaderFieldValue(line) {
			return // net/http lets no such header in, and trims line ends where it finds them
		}
		c.Request.Header.Set("Cookie", trimmedPairs(line))
		if theirs := c.Request.CookiesNamed("ginauth"); len(theirs) != 1 || theirs[0].Value != token {
			t.Errorf("got token %q of %q, net/http reads %v", token, line, theirs)
		}
		if strings.Count(line, "ginauth") == 0 {
			t.Errorf("got token %q of %q", token, line)
		}
		if len(token) < 4000 {
			if _, err := carrier.Write(c, backends.Issued{Access: token}); err != nil {
				t.Errorf("got token %q of %q, which no cookie carries: %v", token, line, err)
			}
		}
	})
}

// trimmedPairs leaves out the white space around names and values, as browsers do and net/http does not.
func trimmedPairs(line string) string {
	var pairs []string
	for pair := range strings.SplitSeq(line, ";") {
		name, value, _ := strings.Cut(pair, "=")
		pairs = append(pairs, strings.Trim(name, " \t")+"="+strings.Trim(value, " \t"))
	}
	return strings.Join(pairs, "; ")
}
