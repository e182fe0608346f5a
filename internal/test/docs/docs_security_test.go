package docs

import (
	"fmt"
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

const securityPage = "docs/security.md"

// securityRows is how many requirements each group has. They are numbered from 1.
var securityRows = []struct {
	group string
	count int
}{
	{"PW", 15}, {"LG", 8}, {"RL", 7}, {"EM", 8}, {"OT", 11}, {"SE", 9}, {"BT", 4}, {"JW", 9}, {"RR", 4}, {"CK", 8},
	{"OA", 13}, {"AU", 9}, {"HT", 7}, {"MG", 9}, {"RD", 2}, {"CR", 3}, {"SC", 2}, {"MF", 6},
}

// securityStates are the words for how far a requirement is met, and whether the
// word promises anything that wants a proof.
var securityStates = map[string]bool{"yes": true, "option": true, "partly": true, "application": true, "nothing": false}

// hostileCases are the attacks that were found, each with its row.
var hostileCases = []string{"H097", "H117", "H241"}

var securityRow = regexp.MustCompile(`(?m)^\| ([A-Z]{2}-\d+|H\d{3}) \|(.*)\|(.*)\|(.*)\|(.*)\|$`)

// Every requirement has its row, in order, every promise a proof, and every proof is
// a test that exists.
func TestSecurityDocs(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, rows := range securityRows {
		for i := range rows.count {
			want = append(want, fmt.Sprint(rows.group, "-", i+1))
		}
	}
	want = append(want, hostileCases...)
	tests := testsByFolder{}
	for _, row := range securityRow.FindAllStringSubmatch(source.Read(t, securityPage), -1) {
		id, requirement, state, where, proof := row[1], strings.TrimSpace(row[2]), strings.TrimSpace(row[3]), strings.TrimSpace(row[4]), row[5]
		got = append(got, id)
		promises, known := securityStates[state]
		names := inlineCode.FindAllString(proof, -1)
		switch {
		case requirement == "":
			t.Errorf("%s says nothing of the requirement", id)
		case !known:
			t.Errorf("%s: %q is not a word for how far it is met", id, state)
		case promises && len(names) == 0:
			t.Errorf("%s: %s, but no test proves it", id, state)
		case slices.Contains(hostileCases, id) && state != "yes":
			t.Errorf("%s: %s, but it was found and has to hold", id, state)
		case state != "yes" && where == "":
			t.Errorf("%s: %s, but not why or how", id, state)
		}
		tests.check(t, id, proof)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got the rows\n%v, want\n%v", got, want)
	}
}

// testsByFolder are the tests of packages and the texts in their files, as far as
// they were looked at.
type testsByFolder map[string]struct{ tests, texts map[string]bool }

// check reports what is in the column of tests of a row and is no test that exists.
func (f testsByFolder) check(t *testing.T, id, proof string) {
	t.Helper()
	if rest := strings.TrimSpace(inlineCode.ReplaceAllString(proof, "")); rest != "" {
		t.Errorf("%s: %q in the column of tests is no test", id, rest)
	}
	for _, name := range inlineCode.FindAllString(proof, -1) {
		if err := f.find(strings.Trim(name, "`")); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// find returns an error if there is no such test: a folder, a slash, the name of the
// test and perhaps a slash and the name of its part. Folders of internal/test and of
// internal/test/peers are named without that.
func (f testsByFolder) find(name string) error {
	elements := strings.Split(name, "/")
	i := slices.IndexFunc(elements, func(element string) bool {
		return strings.HasPrefix(element, "Test") || strings.HasPrefix(element, "Fuzz")
	})
	if i < 0 {
		return fmt.Errorf("%s is not the name of a test", name)
	}
	folder := filepath.Join(append([]string{"."}, elements[:i]...)...)
	for _, above := range []string{"internal/test", "internal/test/peers"} {
		if below := filepath.Join(above, folder); f.read(folder) != nil && f.read(below) == nil {
			folder = below
			break
		}
	}
	if err := f.read(folder); err != nil {
		return err
	}
	if !f[folder].tests[elements[i]] {
		return fmt.Errorf("there is no test %s", name)
	}
	if part := strings.Join(elements[i+1:], "/"); part != "" && !f[folder].texts[part] {
		return fmt.Errorf("there is no part %q of the test %s", part, strings.Join(elements[:i+1], "/"))
	}
	return nil
}

func (f testsByFolder) read(folder string) error {
	if _, done := f[folder]; done {
		return nil
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil || len(paths) == 0 {
		return fmt.Errorf("%s has no tests: %w", folder, err)
	}
	tests, texts := map[string]bool{}, map[string]bool{}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				tests[n.Name.Name] = n.Recv == nil && takesTest(n)
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					texts[text] = true
				}
			}
			return true
		})
	}
	f[folder] = struct{ tests, texts map[string]bool }{tests, texts}
	return nil
}

// takesTest reports whether a function can be a test: one parameter, *testing.T or *testing.F.
func takesTest(f *ast.FuncDecl) bool {
	parameters := f.Type.Params.List
	if len(parameters) != 1 {
		return false
	}
	pointer, ok := parameters[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	of, ok := pointer.X.(*ast.SelectorExpr)
	return ok && (of.Sel.Name == "T" || of.Sel.Name == "F")
}

// What the check of the page itself sees.
func TestSecurityDocsAreRead(t *testing.T) {
	t.Parallel()
	tests := testsByFolder{}
	for name, there := range map[string]bool{
		"docs/TestSecurityDocs": true, "internal/test/docs/TestSecurityDocs": true, "docs/TestNobodyWrote": false, "TestSecurityDocs": false, "contract/TestContract": true, "contract/TestContract/reset": true,
		"contract/TestContract/nobody wrote this": false, "contract/testReset": false, "nowhere/TestContract": false, "user/email/FuzzParseEmail": true,
		"user/usertest/TestStore": true, "TestContract": false, "contract": false, "faults/TestF05EveryCall": true, "peers/openapi/TestGolden": true,
	} {
		if err := tests.find(name); (err == nil) != there {
			t.Errorf("%s: got %v, want found %t", name, err, there)
		}
	}
}

// The policy says how to report and what to expect.
func TestSecurityPolicy(t *testing.T) {
	t.Parallel()
	policy := source.Read(t, "SECURITY.md")
	for _, want := range []string{
		"## Reporting", "Report a vulnerability", "within 72 hours", "14 days", "30 for high", "90 for medium", "180 for low", "after 90 days",
		"a test that failed before", "## Supported versions", "(docs/security.md)",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("SECURITY.md does not say %q", want)
		}
	}
}
