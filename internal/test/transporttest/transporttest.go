// Package transporttest serves what ginauth's routes do with a transport, to a client
// that keeps cookies, for the tests of transports.
package transporttest

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

// Origin is where the browser believes itself to be.
const Origin = "https://camelot.test"

// Browser is a client that keeps cookies, Secure ones too.
type Browser struct {
	t       *testing.T
	engine  *gin.Engine
	cookies *cookiejar.Jar
}

// NewBrowser returns a browser without cookies that sends its requests to engine.
func NewBrowser(t *testing.T, engine *gin.Engine) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Browser{t, engine, jar}
}

// Do sends a request with the browser's cookies and keeps those of the answer.
func (b *Browser) Do(method, path string) *http.Response {
	b.t.Helper()
	r := httptest.NewRequest(method, Origin+path, nil)
	for _, cookie := range b.All() {
		r.AddCookie(cookie)
	}
	response := Serve(b.engine, r)
	b.cookies.SetCookies(site(), response.Cookies())
	return response
}

// Body is Do for the answer's body, which has to come with the status.
func (b *Browser) Body(method, path string, status int) string {
	b.t.Helper()
	response := b.Do(method, path)
	body := Read(b.t, response)
	if response.StatusCode != status {
		b.t.Fatalf("%s %s: got status %d with %q, want %d", method, path, response.StatusCode, body, status)
	}
	return body
}

// All returns the browser's cookies.
func (b *Browser) All() []*http.Cookie { return b.cookies.Cookies(site()) }

// Cookie returns the value of the browser's cookie of that name, "" for none.
func (b *Browser) Cookie(name string) string {
	for _, cookie := range b.All() {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// Plant puts cookies into the browser as a neighbouring host could.
func (b *Browser) Plant(cookies []*http.Cookie) {
	planted := make([]*http.Cookie, len(cookies))
	for i, cookie := range cookies {
		planted[i] = &http.Cookie{Name: cookie.Name, Value: cookie.Value, Path: "/"}
	}
	b.cookies.SetCookies(site(), planted)
}

func site() *url.URL { return &url.URL{Scheme: "https", Host: "camelot.test", Path: "/"} }

// Serve returns the answer of engine to a request.
func Serve(engine *gin.Engine, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	return w.Result()
}

// Read returns the body of an answer.
func Read(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// Setup returns what an application would give the backend of that name.
func Setup(backend string) backends.Setup {
	return backends.Setup{Backend: backend, Now: time.Now, Logger: slog.New(slog.DiscardHandler)}
}

// Carrier sets a transport up as an application would. The test ends if that fails.
func Carrier(t *testing.T, transport backends.Transport, backend string) backends.Carrier {
	t.Helper()
	carrier, err := transport.SetUp(Setup(backend))
	if err != nil {
		t.Fatal(err)
	}
	return carrier
}

// NewEngine returns an engine without middleware.
func NewEngine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	return gin.New()
}

// Mount serves what ginauth's routes do with a carrier: /login/TOKEN, /token, /logout.
func Mount(router gin.IRouter, carrier backends.Carrier) {
	router.POST("/login/:token", func(c *gin.Context) {
		body, err := carrier.Write(c, backends.Issued{Access: c.Param("token")})
		if Answer(c, err); body != nil {
			c.JSON(http.StatusOK, body)
		}
	})
	router.GET("/token", func(c *gin.Context) {
		token, err := carrier.Token(c)
		if Answer(c, err); err == nil {
			c.String(http.StatusOK, token)
		}
	})
	router.POST("/logout", func(c *gin.Context) { Answer(c, carrier.Clear(c)) })
}

// Answer sends the status that belongs to an error of a carrier, and nothing for nil.
func Answer(c *gin.Context, err error) {
	switch {
	case errors.Is(err, user.ErrUnavailable):
		c.String(http.StatusServiceUnavailable, err.Error())
	case err != nil:
		c.String(http.StatusInternalServerError, err.Error())
	}
}

// Lines compares lists of header lines.
func Lines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got lines\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Misconfigured reports an error that is not [backends.ErrMisconfigured] with want in it.
func Misconfigured(t *testing.T, err error, want string) {
	t.Helper()
	if !errors.Is(err, backends.ErrMisconfigured) || !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("got %v, want backends.ErrMisconfigured with %q", err, want)
	}
}
