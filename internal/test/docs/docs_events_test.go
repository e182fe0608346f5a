package docs

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/internal/test/source"
)

// Every kind of event that a package emits occurs in a test.
func TestEveryEventIsTested(t *testing.T) {
	t.Parallel()
	declared := regexp.MustCompile(`(?m)^\s*(\w+)\s+(?:user\.)?EventKind\s*= "([a-z_]+)"`)
	var tests, code strings.Builder
	kinds := map[string]string{} // name to text
	for _, path := range source.Files(t, ".go") {
		text := source.Read(t, path)
		switch slashed := filepath.ToSlash(path); {
		case slashed == "internal/test/docs/docs_events_test.go":
		case strings.HasSuffix(path, "_test.go"):
			tests.WriteString(text)
		default:
			if slashed != "user/eventkind.go" {
				code.WriteString(text)
			}
			for _, match := range declared.FindAllStringSubmatch(text, -1) {
				kinds[match[1]] = match[2]
			}
		}
	}
	if len(kinds) < 30 {
		t.Errorf("found %d kinds", len(kinds))
	}
	all, emitting := tests.String(), code.String()
	for name, kind := range kinds {
		if regexp.MustCompile(`\b`+name+`\b`).MatchString(emitting) && !strings.Contains(all, name) && !regexp.MustCompile(`["'/ ,|]`+kind+`[" ,|]`).MatchString(all) {
			t.Errorf("no test has an event of the kind %s, %s", kind, name)
		}
	}
}
