package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/internal/test/source"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	source.Main(m)
}

// unindented returns text without the white space at both ends of each line, so
// that an excerpt is found wherever it stands.
func unindented(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// Go code in the documentation is an excerpt of a file that is compiled.
func TestCodeInDocsIsCompiled(t *testing.T) {
	t.Parallel()
	var sources []string
	for _, path := range source.Files(t, ".go") {
		sources = append(sources, unindented(source.Read(t, path)))
	}
	blocks := 0
	for _, path := range source.Files(t, ".md") {
		for _, match := range goBlock.FindAllStringSubmatch(source.Read(t, path), -1) {
			blocks++
			if !containsAny(sources, unindented(match[1])) {
				t.Errorf("%s: this code is in no Go file:\n%s", path, match[1])
			}
		}
	}
	if blocks == 0 {
		t.Error("there is no code in the documentation; the test has seen nothing")
	}
}

func containsAny(texts []string, part string) bool {
	for _, text := range texts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

var (
	code     = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	anchored = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors returns the names of the headings of a page as code hosts make them.
func anchors(page string) map[string]bool {
	names := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(page, -1) {
		name := anchored.ReplaceAllString(strings.ToLower(match[1]), "")
		names[strings.ReplaceAll(name, " ", "-")] = true
	}
	return names
}

// Links between pages lead to files and headings that exist.
func TestLinksInDocs(t *testing.T) {
	t.Parallel()
	for _, path := range source.Files(t, ".md") {
		for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(source.Read(t, path), ""), -1) {
			target := match[1]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(target, "#")
			to := path
			if file != "" {
				to = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s, which does not exist", path, target)
				continue
			}
			if anchor != "" && !anchors(source.Read(t, to))[anchor] {
				t.Errorf("%s links to %s, which has no such heading", path, target)
			}
		}
	}
}
