package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/internal/test/source"
)

// packagesInDocs are the packages that pages speak of, by their names.
var packagesInDocs = map[string]string{
	"ginauth": ".", "user": "user", "roles": "user/roles", "listing": "user/listing", "usertest": "user/usertest", "backends": "backends", "backendtest": "backends/backendtest",
	"redisstrategy": "backends/redisstrategy", "sessions": "backends/sessions", "routes": "routes", "oauth": "routes/oauth",
	"factors": "routes/factors", "passkeys": "routes/passkeys", "maillogin": "routes/maillogin", "invitations": "routes/invitations",
	"oidc":       "routes/oauth/oidc",
	"mongostore": "mongostore", "fastapiusers": "mongostore/fastapiusers", "mails": "mails", "openapi": "openapi",
	"authtest": "authtest", "password": "password", "limits": "limits", "blocklist": "password/blocklist",
	"audit": "audit", "audittest": "audit/audittest", "mongoaudit": "audit/mongoaudit", "telemetry": "telemetry",
	"sqlstore": "sqlstore", "admin": "routes/admin", "apikeys": "routes/apikeys", "apikey": "backends/apikey", "refresh": "backends/refresh",
	"events": "routes/events", "pages": "pages", "factortest": "authtest/factortest", "passkeytest": "authtest/passkeytest",
}

var (
	inlineCode = regexp.MustCompile("`[^`\n]+`")
	qualified  = regexp.MustCompile(`\b([a-z]+)\.([A-Z]\w*)`)
	methodOf   = regexp.MustCompile(`\bauth\.([A-Z]\w*)`)
	fieldOf    = regexp.MustCompile(`\bConfig\.([A-Z]\w*)`)
)

// What pages call by its name is there: they are not compiled as a whole.
func TestNamesInDocs(t *testing.T) {
	t.Parallel()
	declared := map[string]map[string]bool{}
	for name, dir := range packagesInDocs {
		declared[name] = namesOf(t, dir)
	}
	names := 0
	for _, path := range source.Files(t, ".md") {
		if filepath.Base(path) == "CHANGELOG.md" { // it speaks of what was there, too
			continue
		}
		check := func(code, name, where string, there bool) {
			names++
			if !there {
				t.Errorf("%s: %s: there is no %s %s", path, code, where, name)
			}
		}
		for _, code := range inlineCode.FindAllString(source.Read(t, path), -1) {
			for _, match := range qualified.FindAllStringSubmatch(code, -1) {
				if known := declared[match[1]]; known != nil {
					check(code, match[2], "package "+match[1]+" with", known[match[2]])
				}
			}
			for _, match := range methodOf.FindAllStringSubmatch(code, -1) {
				check(code, match[1], "Auth with", declared["ginauth"]["Auth."+match[1]])
			}
			for _, match := range fieldOf.FindAllStringSubmatch(code, -1) {
				check(code, match[1], "Config with", declared["ginauth"]["Config."+match[1]] || declared["mails"]["Config."+match[1]] ||
					declared["oauth"]["Config."+match[1]])
			}
		}
	}
	if names == 0 {
		t.Error("there are no names in the documentation; the test has seen nothing")
	}
}

// namesOf returns what a package exports, and the methods and fields of its types
// as "Type.Name".
func namesOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s has no Go files: %v", dir, err)
	}
	names := map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			addNames(names, declaration)
		}
	}
	return names
}

func addNames(names map[string]bool, declaration ast.Decl) {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		names[receiverOf(d)+d.Name.Name] = true
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range s.Names {
					names[name.Name] = true
				}
			case *ast.TypeSpec:
				names[s.Name.Name] = true
				if fields, ok := s.Type.(*ast.StructType); ok {
					addFields(names, s.Name.Name, fields)
				}
			}
		}
	}
}

func addFields(names map[string]bool, typ string, fields *ast.StructType) {
	for _, field := range fields.Fields.List {
		for _, name := range field.Names {
			names[typ+"."+name.Name] = true
		}
	}
}

// receiverOf returns "Type." for a method.
func receiverOf(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	typ := f.Recv.List[0].Type
	if pointer, ok := typ.(*ast.StarExpr); ok {
		typ = pointer.X
	}
	if name, ok := typ.(*ast.Ident); ok {
		return name.Name + "."
	}
	return ""
}
