package browser_test

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// watch notes what a browser reports about a page.
type watch struct {
	mu      sync.Mutex
	reports []string
	changed chan struct{} // closed at the next report
}

func newWatch() *watch { return &watch{changed: make(chan struct{})} }

// listen is called by the tab's loop.
func (w *watch) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		w.note("exception: " + e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			var texts []string
			for _, argument := range e.Args {
				texts = append(texts, string(argument.Value)+argument.Description)
			}
			w.note("console: " + strings.Join(texts, " "))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			w.note(fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	}
}

func (w *watch) note(report string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports = append(w.reports, report)
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *watch) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.reports...)
}

// take removes the first report that has all parts in it.
func (w *watch) take(parts []string) (taken bool, changed <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
next:
	for i, report := range w.reports {
		for _, part := range parts {
			if !strings.Contains(report, part) {
				continue next
			}
		}
		w.reports = append(w.reports[:i:i], w.reports[i+1:]...)
		return true, nil
	}
	return false, w.changed
}

// refused waits for the browser's note that the server has refused a request, which
// it makes of every 4xx and which is right here.
func (b *tab) refused(status int, path string) {
	b.t.Helper()
	deadline := time.After(patience)
	for {
		taken, changed := b.take([]string{fmt.Sprintf("status of %d ", status), b.site.url + path})
		if taken {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			b.t.Fatalf("wait for a %d of %s: got none\n%s", status, path, b.describe())
		}
	}
}

// quiet checks that the browser has nothing to report about the pages.
func (b *tab) quiet() {
	b.t.Helper()
	ctx, cancel := withPatience(b)
	defer cancel()
	// What was reported before this is answered has arrived then.
	_ = chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`1`))
	for _, report := range b.watch.all() {
		b.t.Errorf("the browser reports: %s", report)
	}
}

// forget drops the reports that have one of the parts in them: what a browser says
// about the requests of a hostile page is right.
func (w *watch) forget(parts ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var left []string
	for _, report := range w.reports {
		keep := true
		for _, part := range parts {
			keep = keep && !strings.Contains(report, part)
		}
		if keep {
			left = append(left, report)
		}
	}
	w.reports = left
}
