package child

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/ginauth/ginauth/internal/filelock"
	"github.com/ginauth/ginauth/internal/test/source"
)

// keepUnused is how long an executable is kept that no test has used: one per
// state of the sources is left behind while they change.
const keepUnused = 7 * 24 * time.Hour

// builds has a function for each command, which builds it once.
var builds sync.Map

// build returns the path of a command's executable, which it builds when there is
// none for the present state of the sources.
//
// The name of the executable has a hash of everything that goes into it.
// So a test binary that finds it there is done in a millisecond, a running one
// is never overwritten, and two branches do not build in turns.
func build(command string) (path string, err error) {
	once, _ := builds.LoadOrStore(command, sync.OnceValues(func() (string, error) { return buildNow(command) }))
	return once.(func() (string, error))()
}

func buildNow(command string) (path string, err error) {
	root, err := source.Root()
	if err != nil {
		return "", err
	}
	hash, err := hashSources(root, command)
	if err != nil {
		return "", err
	}
	dir, err := cacheDir()
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, command+"-"+hash+exeSuffix())
	if isFresh(path) {
		return path, nil
	}

	// "go test ./..." starts several test binaries at once: one of them builds.
	lock, err := filelock.Acquire(filepath.Join(dir, "lock"))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if isFresh(path) {
		return path, nil
	}
	if err := goBuild(root, command, path); err != nil {
		return "", err
	}
	removeUnused(dir, command)
	return path, nil
}

// goBuild builds under another name first, so that path is complete when it
// is there at all.
func goBuild(root, command, path string) error {
	unfinished := path + ".unfinished"
	// Without version control, which needs a repository it trusts and would
	// make every commit another executable.
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", unfinished, "./cmd/"+command)
	cmd.Dir = filepath.Join(root, "example")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the server in %s: %w\n%s", cmd.Dir, err, output)
	}
	return os.Rename(unfinished, path)
}

// isFresh says whether the executable is there, and notes that it is in use.
func isFresh(path string) bool {
	now := time.Now()
	return os.Chtimes(path, now, now) == nil
}

// removeUnused tidies up. What cannot be removed now is left for the next time.
func removeUnused(dir, command string) {
	paths, _ := filepath.Glob(filepath.Join(dir, command+"-*"))
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > keepUnused {
			_ = os.Remove(path)
		}
	}
}

// hashSources returns a hash of what the executable is made from. Everything
// else it is made from is in modules, of which go.mod and go.sum tell.
func hashSources(root, command string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version(), runtime.GOOS, runtime.GOARCH, os.Getenv("GOFLAGS"), os.Getenv("GOWORK"))
	patterns := []string{
		"go.work", "go.work.sum", "go.mod", "go.sum",
		"internal/filelock/*.go",
		"example/go.mod", "example/go.sum",
		"example/embedded/*.go",
		"example/cmd/" + command + "/*.go",
	}
	tree := os.DirFS(root)
	for _, pattern := range patterns {
		names, err := fs.Glob(tree, pattern)
		if err != nil {
			return "", err
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			content, err := fs.ReadFile(tree, name)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(h, "%s %d\n%s", name, len(content), content)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8]), nil
}

// cacheDir returns the folder of the executables and creates it.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir() // there is no home folder, as in some containers
	}
	dir = filepath.Join(dir, fmt.Sprintf("ginauth-servers-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	// The executables in it are run: this fails when the folder is another user's,
	// who may have put something else there.
	return dir, os.Chmod(dir, 0o700)
}

func exeSuffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}
