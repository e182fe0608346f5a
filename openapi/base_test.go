package openapi_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/openapi"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

const secret secrets.Secret = "0123456789abcdef0123456789abcdef"

var (
	api = backends.Backend{Name: "api", Transport: backends.Bearer{}, Strategy: backends.JWT{}}
	web = backends.Backend{Name: "web", Transport: backends.Cookie{}, Strategy: backends.Database{}}
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

// newAuth returns an application with two groups.
func newAuth(t testing.TB, more ...backends.Backend) *ginauth.Auth {
	t.Helper()
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: secret, Backends: append([]backends.Backend{api}, more...),
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = auth.Shutdown(context.Background()) })
	r := gin.New()
	auth.AuthRoutes(api).Attach(r.Group("/auth/api"))
	auth.UsersRoutes().Attach(r.Group("/users"))
	return auth
}

const ownDocument = `{
	"openapi": "3.1.1",
	"info": {"title": "Camelot", "version": "7"},
	"servers": [{"url": "https://camelot.bt"}],
	"security": [{"api": []}],
	"paths": {
		"/users/{id}": {"put": {"operationId": "put_user", "responses": {"200": {"description": "Done."}},
			"parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]}},
		"/knights": {"get": {"operationId": "users_get_me", "responses": {"200": {"description": "All.",
			"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Knight"}}}}}}}
	},
	"components": {"schemas": {"Knight": {"type": "object"}},
		"securitySchemes": {"api": {"type": "http", "scheme": "bearer", "description": "` + "`access_token` of the login of backend `api`." + `"}}}
}`

func base(t testing.TB, text string) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestBase(t *testing.T) {
	t.Parallel()
	own := base(t, ownDocument)
	doc, err := openapi.Document(newAuth(t), openapi.Base(own), openapi.Version("8"), openapi.Server("https://www.camelot.bt", ""))
	if err != nil {
		t.Fatal(err)
	}
	if doc.Info.Title != "Camelot" || doc.Info.Version != "8" || len(doc.Servers) != 2 || doc.OpenAPI != "3.1.1" {
		t.Errorf("got %q %q, %d servers, OpenAPI %s", doc.Info.Title, doc.Info.Version, len(doc.Servers), doc.OpenAPI)
	}
	if doc.Paths.Value("/knights") == nil || doc.Paths.Value("/auth/api/login") == nil {
		t.Error("a path is missing")
	}
	item := doc.Paths.Value("/users/{id}")
	if item.Put == nil || item.Delete == nil {
		t.Error("an operation of a path that both have is missing")
	}
	if got := doc.Paths.Value("/users/me").Get.OperationID; got != "users_get_me_at_users" {
		t.Errorf("got operation %q, want the name that the base has not taken", got)
	}
	if login := doc.Paths.Value("/auth/api/login").Post; login.Security == nil || len(*login.Security) != 0 {
		t.Error("a login demands what the base demands of all routes")
	}
	if own.Paths.Value("/auth/api/login") != nil || own.Info.Version != "7" {
		t.Error("the base has changed")
	}
}

func TestConflicts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, old, new, want string
	}{
		{"schema", `"Knight"`, `"User"`, "something else under these names: schema User; Prefix gives other ones"},
		{"security scheme", `"scheme": "bearer"`, `"scheme": "basic"`, "security scheme api"},
		{"route", `"put": {`, `"patch": {`, "the base has PATCH /users/{id} already"},
		{"version", `"3.1.1"`, `"3.0.3"`, `the base is of OpenAPI "3.0.3", want 3.1`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := strings.NewReplacer(test.old, test.new, "schemas/Knight", "schemas/"+strings.Trim(test.new, `"`)).Replace(ownDocument)
			if test.name != "schema" {
				text = strings.Replace(ownDocument, test.old, test.new, 1)
			}
			_, err := openapi.Document(newAuth(t), openapi.Base(base(t, text)))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	text := strings.ReplaceAll(ownDocument, "Knight", "User")
	doc, err := openapi.Document(newAuth(t), openapi.Base(base(t, text)), openapi.Prefix("Account"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"User", "AccountUser", "AccountUserUpdate", "AccountRefusal"} {
		if doc.Components.Schemas[name] == nil {
			t.Errorf("there is no schema %s", name)
		}
	}
	me := doc.Paths.Value("/users/me").Get
	if me.OperationID != "Accountusers_get_me" {
		t.Errorf("got operation %q", me.OperationID)
	}
	if got := me.Responses.Value("200").Value.Content["application/json"].Schema.Ref; got != "#/components/schemas/AccountUser" {
		t.Errorf("got %q", got)
	}
	if got := (*me.Security)[0]; got["Accountapi"] == nil {
		t.Errorf("got security %v", got)
	}
}

// header is a transport of an application's own.
type header struct{ backends.Bearer }

func (header) Token(c *gin.Context) (string, error)             { return c.GetHeader("X-Token"), nil }
func (h header) SetUp(backends.Setup) (backends.Carrier, error) { return h, nil }

func TestScheme(t *testing.T) {
	t.Parallel()
	own := backends.Backend{Name: "own", Transport: header{}, Strategy: backends.JWT{}}
	auth := newAuth(t, own)
	auth.AuthRoutes(own).Attach(gin.New().Group("/auth/own"))
	if _, err := openapi.Document(auth); err == nil || !strings.Contains(err.Error(), `backend "own" has a transport that is not known here`) {
		t.Errorf("got %v", err)
	}
	doc, err := openapi.Document(auth, openapi.Scheme("own", &openapi3.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Token"}))
	if err != nil {
		t.Fatal(err)
	}
	if got := doc.Components.SecuritySchemes["own"].Value.Name; got != "X-Token" {
		t.Errorf("got %q", got)
	}
	if len(*doc.Paths.Value("/users/me").Get.Security) != 2 || len(*doc.Paths.Value("/auth/own/logout").Post.Security) != 1 {
		t.Error("a route does not say by which backends it may be asked")
	}
}

// What is returned is the caller's.
func TestDocumentIsTheCallers(t *testing.T) {
	t.Parallel()
	auth := newAuth(t)
	first, err := openapi.Document(auth)
	if err != nil {
		t.Fatal(err)
	}
	first.Paths.Set("/knights", &openapi3.PathItem{Get: &openapi3.Operation{Responses: openapi3.NewResponses()}})
	first.Components.Schemas["User"].Value.Properties = nil
	second, err := openapi.Document(auth)
	if err != nil {
		t.Fatal(err)
	}
	if second.Paths.Value("/knights") != nil || second.Components.Schemas["User"].Value.Properties == nil {
		t.Error("a change of one document is one of the next")
	}
	if _, err := json.Marshal(first); err != nil {
		t.Error(err)
	}
}

// Without cookies and bearer tokens there is nothing to say about either.
func TestOnlyWhatIsConfigured(t *testing.T) {
	t.Parallel()
	doc, err := openapi.Document(newAuth(t))
	if err != nil {
		t.Fatal(err)
	}
	if doc.Paths.Value("/auth/api/login").Post.Responses.Value("403") != nil {
		t.Error("403 is described though no browser sends a token by itself")
	}
	auth, err := ginauth.New(ginauth.Config{Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{web}})
	if err != nil {
		t.Fatal(err)
	}
	auth.UsersRoutes().Attach(gin.New().Group("/users"))
	if doc, err = openapi.Document(auth); err != nil {
		t.Fatal(err)
	}
	if len(doc.Paths.Value("/users/me").GetOperation(http.MethodGet).Responses.Value("401").Value.Headers) != 0 {
		t.Error("WWW-Authenticate is described though there is no bearer backend")
	}
}

// Where limits are off, nothing is refused by one.
func TestWithoutLimits(t *testing.T) {
	t.Parallel()
	auth, err := ginauth.New(ginauth.Config{
		Store: usertest.NewStore(), Secret: secret, Backends: []backends.Backend{api},
		Limits: limits.Config{Off: true}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	auth.AuthRoutes(api).Attach(gin.New().Group("/auth"))
	if got := openapi.Statuses(auth, "POST", "/auth/login"); slices.Contains(got, 429) {
		t.Errorf("got %v, with 429", got)
	}
}

func TestDescription(t *testing.T) {
	t.Parallel()
	doc, err := openapi.Document(newAuth(t), openapi.Description("Who may enter *Camelot*."))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := doc.Info.Description, "Who may enter *Camelot*."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
