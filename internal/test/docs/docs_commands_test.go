package docs

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/internal/test/source"
	"github.com/ginauth/ginauth/user"
)

var (
	fence     = regexp.MustCompile("(?ms)^ *```([a-z]*)\n(.*?)^ *```")
	localPath = regexp.MustCompile(`(?:^|[ =])(\.{1,2}/[\w./-]*)`)
	benchmark = regexp.MustCompile(`-bench (\w+)`)
	runTest   = regexp.MustCompile(`-run '\^(\w+)\$'`)
)

// tools are what the commands of the documentation need.
var tools = map[string]bool{
	"go": true, "git": true, "curl": true, "openssl": true, "docker": true, "mkdir": true, "export": true, ".ci/run": true,
	"ginauth-migrate": true, "make": true,
}

// Commands begin with a tool that the reader was told of, and name files and
// benchmarks that exist.
func TestCommandsInDocs(t *testing.T) {
	t.Parallel()
	commands := 0
	for _, path := range source.Files(t, ".md") {
		for _, block := range fence.FindAllStringSubmatch(source.Read(t, path), -1) {
			for _, command := range commandsOf(block[1], block[2]) {
				commands++
				checkCommand(t, path, command)
			}
		}
	}
	if commands == 0 {
		t.Error("there are no commands in the documentation; the test has seen nothing")
	}
}

// commandsOf returns the commands of a block of that language.
func commandsOf(language, block string) (commands []string) {
	for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", "")) {
		line = strings.TrimSpace(line)
		switch language {
		case "", "sh":
			if line != "" {
				commands = append(commands, line)
			}
		case "console":
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				commands = append(commands, command)
			}
		}
	}
	return commands
}

func checkCommand(t *testing.T, page, command string) {
	t.Helper()
	command, _, _ = strings.Cut(command, "  #")
	for _, part := range strings.Split(command, " && ") {
		tool, _, _ := strings.Cut(strings.TrimSpace(part), " ")
		_, inner, assigns := strings.Cut(tool, "=$(")
		if assigns {
			tool = inner
		}
		if !tools[tool] && tool != "cd" {
			t.Errorf("%s: %q begins with %q, which no page introduces", page, command, tool)
		}
	}
	for _, match := range localPath.FindAllStringSubmatch(command, -1) {
		if _, err := os.Stat(strings.TrimSuffix(match[1], "...")); err != nil {
			t.Errorf("%s: %q names %s, which does not exist", page, command, match[1])
		}
	}
	for _, match := range append(benchmark.FindAllStringSubmatch(command, -1), runTest.FindAllStringSubmatch(command, -1)...) {
		if !isTest(t, match[1]) {
			t.Errorf("%s: %q runs %s, which does not exist", page, command, match[1])
		}
	}
}

func isTest(t *testing.T, name string) bool {
	t.Helper()
	for _, path := range source.Files(t, "_test.go") {
		if regexp.MustCompile(`\nfunc (Test|Benchmark)\w*` + regexp.QuoteMeta(strings.TrimPrefix(name, "Test"))).MatchString(source.Read(t, path)) {
			return true
		}
	}
	return false
}

// notExcerpts begin the blocks of JavaScript that no file of the example has: what a
// page of the reader's own does, and commands of a database's shell.
var notExcerpts = []string{"await fetch('/auth/web/login'", "sh.shardCollection("}

// JavaScript in the documentation is an excerpt of the example's page, which tests drive.
func TestScriptsInDocs(t *testing.T) {
	t.Parallel()
	var sources []string
	for _, path := range source.Files(t, ".js") {
		sources = append(sources, unindented(source.Read(t, path)))
	}
	for _, path := range source.Files(t, ".md") {
		for _, block := range fence.FindAllStringSubmatch(source.Read(t, path), -1) {
			excerpt := unindented(block[2])
			if block[1] != "js" || containsAny(sources, excerpt) {
				continue
			}
			known := false
			for _, beginning := range notExcerpts {
				known = known || strings.HasPrefix(excerpt, beginning)
			}
			if !known {
				t.Errorf("%s: this script is in no file of the example:\n%s", path, block[2])
			}
		}
	}
}

// Every hook is in the table, with its kind, and has an example that runs.
func TestHooksInDocs(t *testing.T) {
	t.Parallel()
	page := source.Read(t, "docs/hooks.md")
	examples := source.Read(t, "user/example_hooks_test.go") + source.Read(t, "user/example_mailhooks_test.go")
	hooks := reflect.TypeFor[user.Hooks]()
	for i := range hooks.NumField() {
		name := hooks.Field(i).Name
		if !regexp.MustCompile("(?m)^\\| `" + name + "` \\| (Before|After|Mail) \\|").MatchString(page) {
			t.Errorf("docs/hooks.md: %s is not in the table", name)
		}
		if !strings.Contains(examples, "\nfunc ExampleHooks_"+strings.ToLower(name[:1])+name[1:]+"()") {
			t.Errorf("%s has no example", name)
		}
	}
}

// The excerpt of an access matrix is of one that is tested.
func TestMatrixInReadme(t *testing.T) {
	t.Parallel()
	golden := source.Read(t, "authtest/testdata/access_matrix.golden")
	rows := 0
	for line := range strings.Lines(source.Read(t, "README.md")) {
		if strings.Contains(line, "✗ 4") || strings.HasPrefix(line, "method  path") {
			rows++
			if !strings.Contains(golden, "\n"+line) {
				t.Errorf("README.md: this row is in no access matrix: %s", line)
			}
		}
	}
	if rows == 0 {
		t.Error("the README has no access matrix; the test has seen nothing")
	}
}
