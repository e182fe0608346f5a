// Package source reads the files of ginauth's own repository, for tests of its
// documentation, its imports and its dependencies.
package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Root returns the folder of the library's module: above this source file or, when
// the binary does not know where that was (go test -trimpath), above the working
// directory, which is the folder of the package under test.
func Root() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for _, start := range []string{filepath.Dir(file), wd} {
		for dir := start; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "example", "cmd", "embedded-mongo", "main.go")); err == nil {
				return dir, nil
			} else if !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
		}
	}
	return "", fmt.Errorf("the module's root was not found above %s", wd)
}

// Main runs the tests of a package in the module's root, so that they name files as
// the repository does. It is called in TestMain.
func Main(m *testing.M) {
	root, err := Root()
	if err == nil {
		err = os.Chdir(root)
	}
	if err != nil {
		panic(err)
	}
	m.Run()
}

// Files returns the paths below the module's root, example included, with that
// suffix. The tests run in the root, see [Main].
func Files(t *testing.T, suffix string) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != "." {
			return filepath.SkipDir
		}
		if err == nil && strings.HasSuffix(path, suffix) {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// Read returns the text of a file, named from the module's root.
func Read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
