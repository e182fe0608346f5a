package supply

import (
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ginauth/ginauth"

// listed is what go list says about a package.
type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

func goList(t *testing.T, args ...string) []listed {
	t.Helper()
	command := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports,Deps"}, args...)...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// arrows says what each package may import besides the standard library and
// ginauth's own internal packages. A trailing "/" allows everything below.
var arrows = map[string][]string{
	"": {
		module + "/routes", module + "/backends", module + "/user", module + "/user/records", module + "/user/secrets", module + "/user/roles",
		module + "/password", module + "/limits",
		"github.com/gin-gonic/gin",
	},
	"/password": {"golang.org/x/crypto/"},
	"/limits":   {},
	"/profile":  {"github.com/go-json-experiment/json/", "github.com/go-json-experiment/json"},
	"/user": {
		module + "/user/records", module + "/user/secrets", module + "/user/email", module + "/user/username", module + "/user/roles",
		module + "/password", module + "/limits", module + "/profile", "github.com/go-json-experiment/json/jsontext",
	},
	// What user is made of knows neither users nor each other, but for the secret in the
	// record of a refresh token.
	"/user/records":  {module + "/user/secrets"},
	"/user/secrets":  {"github.com/golang-jwt/jwt/v5"},
	"/user/email":    {"golang.org/x/text/", "golang.org/x/net/idna"},
	"/user/username": {},
	"/user/roles":    {},
	"/user/listing":  {module + "/user", module + "/user/records"},
	"/backends": {
		module + "/user", module + "/user/records", module + "/user/secrets", "github.com/gin-gonic/gin", "github.com/golang-jwt/jwt/v5",
		// Claims are read on every request: strictly, and without a map.
		"github.com/go-json-experiment/json/", "github.com/go-json-experiment/json",
	},
	"/routes": {
		module + "/backends", module + "/user", module + "/user/records", module + "/user/secrets", module + "/user/email", module + "/user/username",
		module + "/user/roles", module + "/profile", module + "/password", module + "/limits",
		"github.com/gin-gonic/gin", "github.com/go-json-experiment/json",
		"github.com/go-json-experiment/json/", "github.com/go-playground/",
	},
	"/routes/oauth": {
		module, module + "/routes", module + "/backends", module + "/user", module + "/user/records", module + "/user/secrets", module + "/user/email", module + "/limits", "github.com/gin-gonic/gin",
		"golang.org/x/oauth2", "golang.org/x/oauth2/", "github.com/go-json-experiment/json/",
	},
	"/routes/factors": {
		module, module + "/routes", module + "/backends", module + "/user", module + "/user/records", module + "/user/secrets", "github.com/gin-gonic/gin",
		"github.com/pquerna/otp", "github.com/pquerna/otp/hotp",
	},
	"/routes/passkeys": {
		module, module + "/routes", module + "/backends", module + "/user", module + "/user/records", module + "/user/secrets", module + "/limits", "github.com/gin-gonic/gin",
		"github.com/go-json-experiment/json", "github.com/go-webauthn/webauthn/", "golang.org/x/net/publicsuffix",
	},
	"/routes/oauth/oidc": {
		module + "/routes/oauth", module + "/user", module + "/user/secrets", "golang.org/x/oauth2", "golang.org/x/oauth2/", "github.com/coreos/go-oidc/v3/oidc",
	},
	"/mongostore": {
		module + "/user", module + "/user/records", module + "/user/secrets", module + "/user/email", module + "/user/username", module + "/user/listing", module + "/profile", module + "/limits", module + "/mongostore/internal/",
		"go.mongodb.org/mongo-driver/v2/", "github.com/google/uuid",
	},
	"/mongostore/fastapiusers": {
		module + "/limits", module + "/mongostore", module + "/mongostore/internal/", module + "/mongostore/fastapiusers/internal/", module + "/user", module + "/user/records", module + "/user/email",
		"go.mongodb.org/mongo-driver/v2/", "golang.org/x/net/idna",
	},
	"/backends/sessions": {
		module + "/backends", "github.com/gin-gonic/gin", "github.com/gin-contrib/sessions",
		// What gin-contrib/sessions is made of: its interface does not show whether a session could be loaded.
		"github.com/gorilla/sessions",
	},
	"/backends/redisstrategy": {module + "/backends", module + "/user", module + "/user/records", module + "/user/secrets", module + "/limits", "github.com/redis/go-redis/v9"},
	"/backends/refresh":       {module + "/backends", module + "/user", module + "/user/records", module + "/user/secrets"},
	"/mails":                  {module + "/user", module + "/user/secrets", module + "/user/email", "github.com/wneessen/go-mail", "github.com/wneessen/go-mail/", "golang.org/x/net/idna"},
	"/password/blocklist":     {module + "/password"},
	"/audit":                  {module + "/user", module + "/user/records"},
	"/audit/audittest":        {module + "/audit", module + "/user"},
	"/audit/mongoaudit":       {module + "/audit", module + "/user", "go.mongodb.org/mongo-driver/v2/"},
	"/routes/events":          {module, module + "/audit", module + "/routes", module + "/user", module + "/user/records", "github.com/gin-gonic/gin"},
	"/telemetry": {
		module, module + "/user", module + "/user/records", module + "/user/email", module + "/password", module + "/limits", "go.opentelemetry.io/otel", "go.opentelemetry.io/otel/metric",
		"go.opentelemetry.io/otel/trace", "go.opentelemetry.io/otel/attribute", "go.opentelemetry.io/otel/codes",
	},
	"/openapi": {
		module, module + "/routes", module + "/backends", module + "/user", module + "/profile", "github.com/gin-gonic/gin",
		"github.com/getkin/kin-openapi/openapi3", "github.com/swaggest/swgui/v5/static",
	},
	"/user/usertest": {module + "/user", module + "/user/records", module + "/user/email", module + "/user/username", module + "/user/listing", module + "/profile", module + "/limits", "github.com/google/uuid"},
	"/authtest/factortest": {
		module, module + "/authtest", module + "/backends", module + "/user", "github.com/pquerna/otp", "github.com/pquerna/otp/hotp",
	},
	"/backends/backendtest": {module + "/backends", module + "/user", module + "/user/records", module + "/user/secrets", module + "/user/usertest"},
}

func TestArrows(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, p := range goList(t, "./...") {
		path := strings.TrimPrefix(p.ImportPath, module)
		allowed, ruled := arrows[path]
		if !ruled {
			continue
		}
		found[path] = true
		for _, imported := range p.Imports {
			if isStandard(imported) || isInternal(imported) {
				continue
			}
			if !slices.ContainsFunc(allowed, func(rule string) bool { return allows(rule, imported) }) {
				t.Errorf("%s imports %s, which its arrows do not allow", p.ImportPath, imported)
			}
		}
	}
	for path := range arrows {
		if !found[path] {
			t.Errorf("%s%s has arrows but does not exist", module, path)
		}
	}
}

func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// isInternal reports whether a package is ginauth's own business, other than its tests'.
func isInternal(path string) bool {
	return strings.HasPrefix(path, module+"/") && strings.Contains(path, "/internal/") && !strings.HasPrefix(path, module+"/internal/test/")
}

func allows(rule, path string) bool {
	if strings.HasSuffix(rule, "/") {
		return strings.HasPrefix(path, rule)
	}
	return rule == path
}

// heavy are parts of packages nobody pays for who does not import them.
var heavy = []string{
	"go.mongodb.org/mongo-driver/v2/mongo", "github.com/FerretDB/", "github.com/redis/", "github.com/alicebob/",
	"golang.org/x/oauth2", "github.com/coreos/", "github.com/zitadel/", "github.com/wneessen/", "github.com/getkin/", "github.com/swaggest/", "github.com/pb33f/",
	"github.com/pquerna/", "github.com/chromedp/", "modernc.org/", module + "/mongostore", module + "/mails", module + "/example",
	module + "/backends/redisstrategy", module + "/backends/sessions", "github.com/gin-contrib/sessions", "github.com/gorilla/", module + "/routes/oauth", module + "/openapi", module + "/authtest",
	module + "/password/blocklist", module + "/audit",
}

func TestRootIsLight(t *testing.T) {
	t.Parallel()
	for _, dependency := range goList(t, ".")[0].Deps {
		for _, prefix := range heavy {
			if strings.HasPrefix(dependency, prefix) {
				t.Errorf("package ginauth needs %s", dependency)
			}
		}
	}
}

// Features read records and derive keys without the Manager.
func TestRecordsKnowNoUsers(t *testing.T) {
	t.Parallel()
	for _, p := range goList(t, "./user/records", "./user/secrets", "./user/email", "./user/username", "./user/roles") {
		if slices.Contains(p.Deps, module+"/user") || slices.Contains(p.Deps, "net/http") {
			t.Errorf("%s needs package user, or net/http", p.ImportPath)
		}
	}
}

func TestUserKnowsNoHTTP(t *testing.T) {
	t.Parallel()
	for _, dependency := range goList(t, "./user")[0].Deps {
		if dependency == "net/http" || strings.HasPrefix(dependency, "github.com/gin-gonic/") {
			t.Errorf("package user needs %s", dependency)
		}
	}
}

// The codes of authenticator apps reach only tests that ask for them.
func TestAuthtestIsLight(t *testing.T) {
	t.Parallel()
	for _, dependency := range goList(t, "./authtest")[0].Deps {
		if strings.HasPrefix(dependency, "github.com/pquerna/") || dependency == module+"/routes/factors" {
			t.Errorf("package authtest needs %s", dependency)
		}
	}
	if !slices.Contains(goList(t, "./authtest/factortest")[0].Deps, "github.com/pquerna/otp/hotp") {
		t.Error("package authtest/factortest does not need github.com/pquerna/otp/hotp; the test has seen nothing")
	}
}

// An application that imports the root alone links only what the root needs.
func TestBinaryIsLight(t *testing.T) {
	t.Parallel()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	write("go.mod", "module app\n\ngo 1.26.0\n\nrequire "+module+" v0.0.0\n\nreplace "+module+" => "+root+"\n")
	write("go.sum", string(sums))
	write("main.go", "package main\n\nimport \""+module+"\"\n\nfunc main() { _, _ = ginauth.New(ginauth.Config{}) }\n")
	build := exec.Command("go", "build", "-mod=mod", "-o", "app", ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	info, err := buildinfo.ReadFile(filepath.Join(dir, "app"))
	if err != nil {
		t.Fatal(err)
	}
	unwanted := []string{
		"github.com/gin-contrib/sessions", "github.com/gorilla/sessions",
		"github.com/FerretDB/FerretDB", "github.com/redis/go-redis/v9", "github.com/alicebob/miniredis/v2", "golang.org/x/oauth2",
		"github.com/coreos/go-oidc/v3", "github.com/wneessen/go-mail", "github.com/wneessen/go-mail/", "github.com/getkin/kin-openapi", "github.com/swaggest/swgui", "modernc.org/sqlite",
		module + "/example",
	}
	for _, linked := range info.Deps {
		if slices.Contains(unwanted, linked.Path) {
			t.Errorf("an application that imports only the root links %s", linked.Path)
		}
	}
	if len(info.Deps) == 0 {
		t.Error("the binary names no module at all; the test has seen nothing")
	}
}
