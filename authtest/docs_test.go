package authtest_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/authtest"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/mails"
)

// The application that docs/testing.md tests.

type Profile struct {
	FirstName string `json:"first_name" bson:"first_name"`
}

func config() ginauth.Config {
	return ginauth.Config{Backends: []backends.Backend{web, api}}
}

// ownMails are the templates of the application.
var ownMails = fstest.MapFS{"verify.subject.txt": {Data: []byte("Is it you, {{.Email}}?")}}

func configWith(delivery mails.Config) ginauth.Config {
	delivery.AppURL, delivery.Templates = "https://camelot.example", ownMails
	c := config()
	c.Hooks = mails.Hooks(delivery)
	return c
}

func newApp(auth *ginauth.Auth) *gin.Engine {
	r := gin.New()
	auth.AuthRoutes(web).Attach(r.Group("/auth/web"))
	auth.AuthRoutes(api).Attach(r.Group("/auth/api"))
	auth.VerifyRoutes().Attach(r.Group("/auth"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	r.GET("/hello", auth.ActiveUser(), func(c *gin.Context) {
		c.String(http.StatusOK, "Hello, %s", ginauth.ProfileFrom[Profile](c).FirstName)
	})
	r.POST("/orders", auth.ActiveUser(ginauth.Verified()), func(c *gin.Context) {
		c.Status(http.StatusCreated)
	})
	r.DELETE("/orders", auth.Superuser(), func(c *gin.Context) {
		c.Status(http.StatusNoContent)
	})
	return r
}

// The tests below are the code of docs/testing.md.

func TestHello(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t, authtest.WithProfile[Profile]())
	app := newApp(kit.Auth(config()))
	arthur := kit.User(authtest.Verified(), authtest.Profile(Profile{FirstName: "Arthur"}))

	r := httptest.NewRequest("GET", "/hello", nil)
	kit.LogIn(r, web, arthur)
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)

	if got, want := w.Body.String(), "Hello, Arthur"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t, authtest.WithProfile[Profile]())
	app := newApp(kit.Auth(config()))
	arthur := kit.User()
	post := func(path, body string) int {
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		return w.Code
	}

	post("/auth/request-verify-token", `{"email":"`+arthur.Email+`"}`)
	token := kit.VerifyToken(arthur.Email) // waits for the mail
	if got := post("/auth/verify", `{"token":"`+token+`"}`); got != 200 {
		t.Errorf("got %d, want 200", got)
	}
}

func TestOwnMails(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t, authtest.WithProfile[Profile]())
	auth := kit.Auth(configWith(mails.Config{Sender: kit.Sender()}))
	arthur := kit.User()

	if err := auth.Manager().RequestVerify(t.Context(), arthur.Email); err != nil {
		t.Fatal(err)
	}
	mail := kit.Mail(mails.Verify, arthur.Email)
	if got, want := mail.Subject, "Is it you, "+arthur.Email+"?"; got != want {
		t.Errorf("got subject %q, want %q", got, want)
	}
}

func TestLoginExpires(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t, authtest.WithProfile[Profile]())
	app := newApp(kit.Auth(config()))
	r := httptest.NewRequest("GET", "/hello", nil)
	kit.LogIn(r, api, kit.User())

	kit.Clock.Advance(time.Hour)
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	if w.Code != 401 {
		t.Errorf("got %d, want 401", w.Code)
	}
}

func TestAccess(t *testing.T) {
	t.Parallel()
	kit := authtest.New(t, authtest.WithProfile[Profile]())
	auth := kit.Auth(config())
	authtest.Matrix(t, auth, newApp(auth))
}

// TestDocs makes sure that docs/testing.md shows code that was compiled and run,
// and what it really prints.
func TestDocs(t *testing.T) {
	t.Setenv("AUTHTEST_UPDATE", "")
	code := contents(t, "docs_test.go") + contents(t, "factortest/docs_test.go")
	_, failure := failing(t, "TestAccess", func(fake testing.TB) {
		kit := authtest.New(fake, authtest.WithProfile[Profile]())
		auth := kit.Auth(config())
		engine := newApp(auth)
		engine.GET("/orders", func(c *gin.Context) { c.Status(http.StatusOK) })
		authtest.Matrix(fake, auth, engine)
	})
	failure = strings.ReplaceAll(failure, "github.com/ginauth/ginauth/authtest\n", "example.com/app\n")
	shown := []string{contents(t, "testdata/access_matrix.golden"), failure}

	blocks := codeBlocks(contents(t, filepath.FromSlash("../docs/testing.md")))
	if len(blocks["go"]) < 4 || len(blocks["text"]) != len(shown) {
		t.Fatalf("got %d blocks of Go and %d of text, want at least 4 and %d", len(blocks["go"]), len(blocks["text"]), len(shown))
	}
	for _, block := range blocks["go"] {
		if !strings.Contains(code, block) {
			t.Errorf("this code of docs/testing.md is not in docs_test.go or factortest/docs_test.go:\n%s", block)
		}
	}
	for i, block := range blocks["text"] {
		if strings.TrimSpace(block) != strings.TrimSpace(shown[i]) {
			t.Errorf("docs/testing.md shows\n%s\nwant\n%s", block, shown[i])
		}
	}
}

func contents(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// codeBlocks returns the fenced blocks of a Markdown page by language.
func codeBlocks(page string) map[string][]string {
	blocks := map[string][]string{}
	language, block := "", ""
	for line := range strings.Lines(page) {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case !isFence && language != "":
			block += line
		case isFence && language == "":
			language, block = fence, ""
		case isFence:
			blocks[language] = append(blocks[language], block)
			language = ""
		}
	}
	return blocks
}
