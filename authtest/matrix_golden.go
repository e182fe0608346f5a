package authtest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
)

// settle compares the table with the accepted one, or accepts it where the
// environment says so.
func (m *matrix) settle(present table) {
	m.t.Helper()
	if m.update {
		m.accept(present)
		return
	}
	golden, err := os.ReadFile(m.golden)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		m.t.Errorf("authtest: there is no accepted access matrix in %s yet. This is the present one:\n\n%s\n%s",
			m.golden, present, m.howToAccept("If every answer is meant"))
		return
	case err != nil:
		m.t.Fatalf("authtest: read the accepted access matrix: %v", err)
	}
	d := difference{parseTable(string(golden)), present}
	if !d.none() {
		m.t.Errorf("authtest: the access matrix is not the one in %s (-) any more (+):\n\n%s\n%s",
			m.golden, d, m.howToAccept("If every change is meant"))
	}
}

func (m *matrix) accept(present table) {
	m.t.Helper()
	err := os.MkdirAll(filepath.Dir(m.golden), 0o755)
	if err == nil {
		err = os.WriteFile(m.golden, []byte(present.String()), 0o644)
	}
	if err != nil {
		m.t.Fatalf("authtest: accept the access matrix: %v", err)
	}
	m.t.Logf("authtest: %s is set: the access matrix was written to %s", updateVariable, m.golden)
}

// howToAccept returns the command that accepts the present table.
func (m *matrix) howToAccept(condition string) string {
	pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(m.t.Name()), "/", "$/^") + "$"
	return condition + ", accept it with\n\n    " + updateVariable + "=1 go test -run '" + pattern + "' " + testedPackage() +
		"\n\nand commit the file."
}

// testedPackage returns the import path of the package whose test this is; "." where
// the program does not tell.
func testedPackage() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "."
	}
	path, isTest := strings.CutSuffix(info.Path, ".test")
	if !isTest {
		return "."
	}
	return path
}
