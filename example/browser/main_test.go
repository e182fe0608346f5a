// Package browser_test drives the demonstration's web page in a real browser, at the
// width of a desktop and of a phone. The tests are skipped where there is no
// Chromium, unless BROWSER=required says that there must be one. CHROMIUM names the
// program, SCREENSHOTS a folder for pictures of the pages.
package browser_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"
)

// What all tests share, as far as one of them needs it.
var (
	theBrowser = sync.OnceValues(startBrowser)
	theApp     = sync.OnceValues(startApp)
	// atEnd is run last first.
	atEnd []func()
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	code := m.Run()
	for i := len(atEnd) - 1; i >= 0; i-- {
		atEnd[i]()
	}
	os.Exit(code)
}

// findChromium returns the program, "" if there is none.
func findChromium() string {
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell"}
	if named := os.Getenv("CHROMIUM"); named != "" {
		names = []string{named}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// needBrowser skips the test where there is no browser, and returns the running one.
func needBrowser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("drives a browser: skipped by -short")
	}
	if os.Getenv("BROWSER") == "off" {
		t.Skip("drives a browser: skipped by BROWSER=off")
	}
	if findChromium() == "" {
		if os.Getenv("BROWSER") == "required" {
			t.Fatal("no Chromium found, and BROWSER=required: install one, or name it in CHROMIUM")
		}
		t.Skip("no Chromium found: install one, or name it in CHROMIUM")
	}
	browser, err := theBrowser()
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return browser
}

// startTime is how long a browser may take to start on a busy machine.
const startTime = time.Minute

func startBrowser() (context.Context, error) {
	profile, err := os.MkdirTemp("", "ginauth-browser-")
	if err != nil {
		return nil, err
	}
	atEnd = append(atEnd, func() { _ = os.RemoveAll(profile) })
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(findChromium()), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck, chromedp.UserDataDir(profile), chromedp.Env("HOME=" + profile),
	}
	for _, flag := range []string{
		"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-extensions",
		"disable-dev-shm-usage", "disable-background-timer-throttling", "disable-backgrounding-occluded-windows",
		"disable-renderer-backgrounding", "disable-default-apps", "metrics-recording-only", "mute-audio",
	} {
		options = append(options, chromedp.Flag(flag, true))
	}
	options = append(options, chromedp.Flag("lang", "en-US"), chromedp.Flag("password-store", "basic"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	browser, quit := chromedp.NewContext(allocator)
	atEnd = append(atEnd, func() { quit(); stop() })

	// The browser lives as long as the context of the first call, so that has no limit.
	started := make(chan error, 1)
	go func() { started <- chromedp.Do(browser) }()
	select {
	case err := <-started:
		return browser, err
	case <-time.After(startTime):
		quit()
		return nil, fmt.Errorf("it has not started within %v", startTime)
	}
}
