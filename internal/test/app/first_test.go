package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

const secret secrets.Secret = "0123456789abcdef0123456789abcdef"

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

// answer is what a request got.
type answer struct {
	status int
	body   string
	header http.Header
}

func send(t *testing.T, engine http.Handler, method, path, body string, header ...string) answer {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/json")
	} else if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, r)
	text, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{w.Code, string(text), w.Header()}
}

func TestFirstSteps(t *testing.T) {
	t.Parallel()
	api := backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	auth, err := ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{api}})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	auth.AuthRoutes(api).Attach(r.Group("/auth/api"))
	auth.RegisterRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	r.GET("/hello", auth.ActiveUser(), func(c *gin.Context) { c.String(200, "Hello, %s", ginauth.UserFrom(c).Email) })

	got := send(t, r, "POST", "/auth/register", `{"email":"king.arthur@camelot.bt","password":"guinevere"}`)
	if got.status != 201 || !strings.HasSuffix(got.body, `,"email":"king.arthur@camelot.bt","is_active":true,"is_superuser":false,"is_verified":false}`) {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	got = send(t, r, "POST", "/auth/api/login", "username=king.arthur@camelot.bt&password=guinevere")
	token, found := strings.CutPrefix(got.body, `{"access_token":"`)
	token, found2 := strings.CutSuffix(token, `","token_type":"bearer"}`)
	if got.status != 200 || !found || !found2 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	if got := send(t, r, "GET", "/hello", "", "Authorization", "Bearer "+token); got.status != 200 || got.body != "Hello, king.arthur@camelot.bt" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	got = send(t, r, "GET", "/hello", "", "Authorization", "Bearer x")
	if got.status != 401 || got.body != `{"detail":"Unauthorized"}` || got.header.Get("WWW-Authenticate") != `Bearer error="invalid_token"` {
		t.Errorf("got %d %s %v", got.status, got.body, got.header)
	}
}

func readAll(t *testing.T, response *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
