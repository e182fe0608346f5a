package backends_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

const origin = "https://camelot.test"

// browser is a client that keeps cookies, Secure ones too.
type browser struct {
	t       *testing.T
	engine  *gin.Engine
	cookies *cookiejar.Jar
}

func newBrowser(t *testing.T, engine *gin.Engine) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, engine, jar}
}

// do sends a request with the browser's cookies and keeps those of the answer.
func (b *browser) do(method, path string) *http.Response {
	b.t.Helper()
	r := httptest.NewRequest(method, origin+path, nil)
	for _, cookie := range b.all() {
		r.AddCookie(cookie)
	}
	response := serve(b.engine, r)
	b.cookies.SetCookies(site(), response.Cookies())
	return response
}

// body is do for the answer's body, which has to come with the status.
func (b *browser) body(method, path string, status int) string {
	b.t.Helper()
	response := b.do(method, path)
	body := read(b.t, response)
	if response.StatusCode != status {
		b.t.Fatalf("%s %s: got status %d with %q, want %d", method, path, response.StatusCode, body, status)
	}
	return body
}

func (b *browser) all() []*http.Cookie { return b.cookies.Cookies(site()) }

// cookie returns the value of the browser's cookie of that name, "" for none.
func (b *browser) cookie(name string) string {
	for _, cookie := range b.all() {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// plant puts cookies into the browser as a neighbouring host could.
func (b *browser) plant(cookies []*http.Cookie) {
	planted := make([]*http.Cookie, len(cookies))
	for i, cookie := range cookies {
		planted[i] = &http.Cookie{Name: cookie.Name, Value: cookie.Value, Path: "/"}
	}
	b.cookies.SetCookies(site(), planted)
}

func site() *url.URL { return &url.URL{Scheme: "https", Host: "camelot.test", Path: "/"} }

func serve(engine *gin.Engine, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	return w.Result()
}

func read(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// setup is what an application would give the backend of that name.
func setup(backend string) backends.Setup {
	return backends.Setup{Backend: backend, Now: time.Now, Logger: slog.New(slog.DiscardHandler)}
}

func mustCarrier(t *testing.T, transport backends.Transport, backend string) backends.Carrier {
	t.Helper()
	carrier, err := transport.SetUp(setup(backend))
	if err != nil {
		t.Fatal(err)
	}
	return carrier
}

func newEngine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	return gin.New()
}

// mount serves what ginauth's routes do with a carrier: /login/TOKEN, /token, /logout.
func mount(router gin.IRouter, carrier backends.Carrier) {
	router.POST("/login/:token", func(c *gin.Context) {
		body, err := carrier.Write(c, backends.Issued{Access: c.Param("token")})
		if answer(c, err); body != nil {
			c.JSON(http.StatusOK, body)
		}
	})
	router.GET("/token", func(c *gin.Context) {
		token, err := carrier.Token(c)
		if answer(c, err); err == nil {
			c.String(http.StatusOK, token)
		}
	})
	router.POST("/logout", func(c *gin.Context) { answer(c, carrier.Clear(c)) })
}

func answer(c *gin.Context, err error) {
	switch {
	case errors.Is(err, user.ErrUnavailable):
		c.String(http.StatusServiceUnavailable, err.Error())
	case err != nil:
		c.String(http.StatusInternalServerError, err.Error())
	}
}

func assertLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got lines\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func assertMisconfigured(t *testing.T, err error, want string) {
	t.Helper()
	if !errors.Is(err, backends.ErrMisconfigured) || !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("got %v, want backends.ErrMisconfigured with %q", err, want)
	}
}
