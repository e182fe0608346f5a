package browser_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is how long a step may take on a busy machine.
const patience = 90 * time.Second

// width is a size of window that the page must work at.
type width struct {
	name          string
	width, height int64
	options       []chromedp.EmulateViewportOption
}

var widths = []width{
	{name: "desktop", width: 1280, height: 900},
	{name: "phone", width: 390, height: 844, options: []chromedp.EmulateViewportOption{
		chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait, chromedp.EmulateScale(1.5),
	}},
}

// atEachWidth runs a test in a fresh tab of each width.
func atEachWidth(t *testing.T, test func(t *testing.T, b *tab)) {
	t.Parallel()
	for _, w := range widths {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			test(t, newTab(t, w))
		})
	}
}

// tab is a browser's tab that shares cookies with no other, but those beside it.
type tab struct {
	t     *testing.T
	ctx   context.Context
	site  *site
	width width
	*watch
}

// newTab returns a tab. At the end of the test it must have nothing to complain about.
func newTab(t *testing.T, w width) *tab {
	t.Helper()
	browser := needBrowser(t)
	b := &tab{t: t, site: needApp(t), width: w, watch: newWatch()}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.listen))
	t.Cleanup(cancel)
	b.ctx = ctx
	// Outlives every single step, as the tab does.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	b.prepare()
	t.Cleanup(func() { b.quiet() })
	return b
}

// prepare has the tab report violations of a page's policy, too.
func (b *tab) prepare() {
	b.t.Helper()
	b.resize(b.width)
	_, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `addEventListener('securitypolicyviolation', (e) => console.error('CSP: ' + e.violatedDirective + ' ' + e.blockedURI));`,
	})
	if err != nil {
		b.t.Fatalf("prepare the tab: %v", err)
	}
}

// resize gives the window a width.
func (b *tab) resize(w width) {
	b.t.Helper()
	b.do("resize to "+w.name, chromedp.EmulateViewport(w.width, w.height, w.options...))
}

// email returns an address that no other test has.
func (b *tab) email(name string) string {
	return strings.ToLower(name + "." + strings.NewReplacer("/", ".", "_", "").Replace(b.t.Name()) + "@camelot.example")
}

// do runs steps, or fails the test with what the tab shows.
func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.describe())
	}
}

// describe returns what the tab shows.
func (b *tab) describe() string {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + '\n' + document.body.innerText`))
	if err != nil {
		text = err.Error()
	}
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		if picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100)); err == nil {
			_ = os.WriteFile(dir+"/failed-"+strings.ReplaceAll(b.t.Name(), "/", "-")+".png", picture, 0o600)
		}
	}
	return fmt.Sprintf("the tab shows:\n%s\nand reported: %q", text, b.watch.all())
}

// evaluate returns the value of a JavaScript expression, or what its promise becomes.
func evaluate[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("evaluate %s: %v\n%s", expression, err, b.describe())
	}
	return value
}

func navigate(url string) chromedp.Action[chromedp.Void] { return chromedp.Navigate(url) }

// open goes to a path of the app.
func (b *tab) open(path string) {
	b.t.Helper()
	b.do("open "+path, chromedp.Navigate(b.site.url+path))
}

// see waits until what the CSS selector names is visible.
func (b *tab) see(selector string) {
	b.t.Helper()
	b.do("see "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// seeText waits until an element has the text in it, visibly.
func (b *tab) seeText(id, text string) {
	b.t.Helper()
	b.do(fmt.Sprintf("see %q in #%s", text, id), chromedp.WaitVisible(fmt.Sprintf(`//*[@id=%q][contains(., %q)]`, id, text)))
}

// wait waits until a JavaScript expression is true.
func (b *tab) wait(expression string) {
	b.t.Helper()
	b.do("wait until "+expression, chromedp.Poll[chromedp.Void](expression))
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.see(selector)
	b.enabled(selector)
	b.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// enabled waits until a button can be pressed, also one that is not visible. It is
// disabled while its request runs, and a click would be lost.
func (b *tab) enabled(selector string) {
	b.t.Helper()
	b.wait(fmt.Sprintf(`document.querySelector(%q)?.matches(':not(:disabled)')`, selector))
}

// fill types a text in the place of what a field has.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.see(selector)
	b.do("fill in "+selector,
		chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).value = ''`, selector)),
		chromedp.SendKeys(chromedp.CSS(selector), text))
}

// paste puts a text in the place of what a field has, all at once.
func (b *tab) paste(selector, text string) {
	b.t.Helper()
	b.see(selector)
	b.do("select what is in "+selector,
		chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%[1]q).focus(), document.querySelector(%[1]q).select()`, selector)))
	if _, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		b.t.Fatalf("paste into %s: %v", selector, err)
	}
}

// cookies returns the names of the cookies for the app.
func (b *tab) cookies() map[string]*network.Cookie {
	b.t.Helper()
	found, err := chromedp.Call(b.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{b.site.url + "/"}})
	if err != nil {
		b.t.Fatalf("read the cookies: %v", err)
	}
	named := map[string]*network.Cookie{}
	for _, c := range found.Cookies {
		named[c.Name] = c
	}
	return named
}

// fits checks that nothing is wider than the window.
func (b *tab) fits() {
	b.t.Helper()
	if wide := evaluate[int](b, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
		b.t.Errorf("the page is %d pixels wider than the window\n%s", wide, b.describe())
	}
}

// withPatience returns a context for one step.
func withPatience(b *tab) (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.ctx, patience)
}
