package telemetry_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// eachFile calls see with each file of Go below dir that is not for tests alone.
func eachFile(dir string, see func(path, text string)) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(filepath.ToSlash(path), "/internal/") {
			return err
		}
		text, err := os.ReadFile(path)
		see(path, string(text))
		return err
	})
}
