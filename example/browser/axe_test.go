package browser_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// axeVersion is the version of axe-core (MPL-2.0) that judges the pages. It is fetched by
// npm into the user's cache, and is no part of ginauth.
const axeVersion = "4.14.1"

var theAxe = sync.OnceValues(fetchAxe)

// needAxe returns the text of axe-core, or "" and a note where it cannot be had. With
// AXE=required it must be there.
func needAxe(t *testing.T) string {
	t.Helper()
	text, err := theAxe()
	switch {
	case err == nil:
		return text
	case os.Getenv("AXE") == "required":
		t.Fatalf("AXE=required, and there is no axe-core: %v", err)
	}
	t.Logf("NOT JUDGED by axe-core: npm has not fetched it: %v", err)
	return ""
}

func fetchAxe() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "ginauth-tests", "axe-core-"+axeVersion)
	file := filepath.Join(dir, "node_modules", "axe-core", "axe.min.js")
	if text, err := os.ReadFile(file); err == nil {
		return string(text), nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "install", "--prefix", dir, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "axe-core@"+axeVersion)
	if err := npm.Run(); err != nil {
		return "", err
	}
	text, err := os.ReadFile(file)
	return string(text), err
}
