package supply

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/internal/test/source"
)

// Promises of docs/security.md about what the code is made of.

// floors are the least versions without a known weakness that concerns ginauth.
var floors = map[string]string{
	"github.com/gin-gonic/gin":       "v1.9.1",  // CVE-2023-29401
	"github.com/golang-jwt/jwt/v5":   "v5.2.2",  // CVE-2025-30204
	"golang.org/x/oauth2":            "v0.27.0", // CVE-2025-22868
	"golang.org/x/net":               "v0.55.0",
	"golang.org/x/text":              "v0.39.0",
	"go.mongodb.org/mongo-driver":    "v1.17.7",
	"go.mongodb.org/mongo-driver/v2": "v2.4.2",
	"github.com/redis/go-redis/v9":   "v9.7.3", // CVE-2025-29923: answers of other requests after time-outs
}

var required = regexp.MustCompile(`(?m)^(?:require)?\s+(\S+) (v\d+\.\d+\.\d+)`)

// No module goes below a floor, whatever a dependency would be content with.
func TestDependencyFloors(t *testing.T) {
	t.Parallel()
	met := map[string]bool{}
	for _, path := range source.Files(t, "go.mod") {
		for _, match := range required.FindAllStringSubmatch(source.Read(t, path), -1) {
			floor, guarded := floors[match[1]]
			if !guarded {
				continue
			}
			met[match[1]] = true
			if older(match[2], floor) {
				t.Errorf("%s: %s is %s, want at least %s", path, match[1], match[2], floor)
			}
		}
	}
	for module := range floors {
		if !met[module] {
			t.Errorf("no module requires %s; the test has seen nothing of it", module)
		}
	}
}

func older(version, floor string) bool {
	have, want := numbersOf(version), numbersOf(floor)
	for i := range want {
		if have[i] != want[i] {
			return have[i] < want[i]
		}
	}
	return false
}

func numbersOf(version string) [3]int {
	var numbers [3]int
	for i, text := range strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3) {
		numbers[i], _ = strconv.Atoi(text)
	}
	return numbers
}

// What only tests need is not required by the library's module, so that no application
// has it in its module graph: such tests are in the module internal/test/peers.
func TestRequirementsAreOfPackages(t *testing.T) {
	t.Parallel()
	direct, _, found := strings.Cut(source.Read(t, "go.mod"), "// indirect")
	modules := required.FindAllStringSubmatch(direct, -1)
	if !found || len(modules) < 10 {
		t.Fatalf("got %d requirements; the test has seen too little", len(modules))
	}
	var imported []string
	for path, file := range sources(t) {
		if strings.HasPrefix(path, "sqlstore/") {
			continue // a module of its own
		}
		for _, spec := range file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			imported = append(imported, name)
		}
	}
	for _, module := range modules[:len(modules)-1] { // the last one is indirect
		if !slices.ContainsFunc(imported, func(name string) bool { return name == module[1] || strings.HasPrefix(name, module[1]+"/") }) {
			t.Errorf("go.mod requires %s, which no package imports but in tests", module[1])
		}
	}
}

// The code host asks the database of known vulnerabilities for every change, and
// runs nothing whose content could be exchanged.
func TestWorkflowIsGuarded(t *testing.T) {
	t.Parallel()
	workflow := source.Read(t, ".github/workflows/ci.yml")
	for _, want := range []string{"golang.org/x/vuln/cmd/govulncheck@v", "permissions:\n  contents: read", ".ci/run"} {
		if !strings.Contains(workflow, want) {
			t.Errorf("ci.yml has no %q", want)
		}
	}
	uses := regexp.MustCompile(`uses: (\S+)`).FindAllStringSubmatch(workflow, -1)
	for _, match := range uses {
		if !regexp.MustCompile(`@[0-9a-f]{40}$`).MatchString(match[1]) {
			t.Errorf("ci.yml uses %s, want a commit", match[1])
		}
	}
	if len(uses) == 0 {
		t.Error("ci.yml uses nothing; the test has seen nothing")
	}
}

// sources are the parsed files of the library that applications run.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, path := range source.Files(t, ".go") {
		path = filepath.ToSlash(path)
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "example/") || strings.HasPrefix(path, "internal/test/") ||
			strings.HasPrefix(path, "benchmarks/") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = file
	}
	if len(files) < 100 {
		t.Fatalf("got %d files; the test has seen too little", len(files))
	}
	return files
}

// Nothing is random but what crypto/rand makes, which ends the process rather than fail.
func TestRandomnessIsCryptographic(t *testing.T) {
	t.Parallel()
	seen := false
	for path, file := range sources(t) {
		for _, spec := range file.Imports {
			switch name, _ := strconv.Unquote(spec.Path.Value); name {
			case "math/rand", "math/rand/v2":
				t.Errorf("%s imports %s", path, name)
			case "crypto/rand":
				seen = true
			}
		}
	}
	if !seen {
		t.Error("no file imports crypto/rand; the test has seen nothing")
	}
}

// All ways in end in one gate: nothing else issues tokens or puts them into a response,
// but re-authentication and refreshing, which replace some, the end of an impersonation,
// which puts the superuser's own token back, and the cookies that bind a sign-in at a
// provider or by mail to its browser, which are no tokens. The gate delivers twice: a login
// and an impersonation. Tokens.Write and Carrier.Write are the methods Write with two
// arguments, whatever a variable that holds one is called.
func TestOneGateIssuesTokens(t *testing.T) {
	t.Parallel()
	var callers []string
	for path, file := range sources(t) {
		if strings.HasPrefix(path, "backends/backendtest/") {
			continue // what strategies are tested with
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			write, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || write.Sel.Name != "Write" {
				return true
			}
			on := "?"
			switch x := write.X.(type) {
			case *ast.SelectorExpr:
				on = x.Sel.Name
			case *ast.Ident:
				on = x.Name
			}
			callers = append(callers, path+": "+on)
			return true
		})
	}
	slices.Sort(callers)
	want := []string{
		"backends/cookie_refresh.go: cookieCarrier", "routes/gate.go: Carrier", "routes/gate.go: Carrier", "routes/gate.go: Tokens",
		"routes/impersonation.go: Carrier", "routes/maillogin/request.go: cookie", "routes/oauth/crumb.go: carrier",
		"routes/reauthenticate.go: Tokens", "routes/refresh.go: carrier",
	}
	if !slices.Equal(callers, want) {
		t.Errorf("tokens are issued and delivered in %q, want %q", callers, want)
	}
}

// Queries are made of typed values: nothing reads one from JSON, and no operator that
// runs code or a client's pattern is used. The store over a FastAPI Users database
// searches by an escaped pattern where the engine has no collations.
func TestQueriesAreTyped(t *testing.T) {
	t.Parallel()
	forbidden := map[string]bool{"$where": true, "$function": true, "$accumulator": true, "$regex": true, "$expr": true, "$jsonSchema": true}
	for path, file := range sources(t) {
		if !strings.HasPrefix(path, "mongostore/") {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && forbidden[text] {
					t.Errorf("%s uses %s", path, text)
				}
			case *ast.SelectorExpr:
				of, _ := n.X.(*ast.Ident)
				unsafe := n.Sel.Name == "M" || n.Sel.Name == "UnmarshalExtJSON" || n.Sel.Name == "Regex" && path != "mongostore/fastapiusers/emails.go"
				if of != nil && of.Name == "bson" && unsafe {
					t.Errorf("%s uses bson.%s", path, n.Sel.Name)
				}
			}
			return true
		})
	}
}
