package browser_test

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func withPatience(b *tab) (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.ctx, patience)
}

// The whole way in works without a mouse.
func TestKeyboard(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		email := b.email("arthur")
		b.site.person(t, email)
		b.open("/")
		b.see("#login")
		keys := func(what, keys string) { b.do(what, chromedp.KeyEvent(keys)) }
		focus := func() string {
			return evaluate[string](b, `document.activeElement.id || document.activeElement.textContent`)
		}

		keys("tab", kb.Tab)
		if got, want := focus(), "Skip to content"; got != want {
			t.Fatalf("first stop of the Tab key: got %q, want %q", got, want)
		}
		b.see("a.skip")
		keys("skip", kb.Enter)
		keys("tab", kb.Tab)
		if got := focus(); got != "Sign in" { // the pages of people come first
			t.Fatalf("first stop after skipping: got %q, want the first link of the content", got)
		}
		for _, want := range []string{"Create an account", "Your account", "outbox", "login-email", "login-password", "login-backend"} {
			keys("tab", kb.Tab)
			if got := focus(); got != want {
				t.Fatalf("next stop: got %q, want %q", got, want)
			}
			switch want {
			case "login-email":
				keys("type", email)
			case "login-password":
				keys("type", password)
			}
		}
		keys("choose", "Session") // as selects let one type
		if got := evaluate[string](b, `document.getElementById('login-backend').value`); got != "session" {
			t.Errorf("chosen by keyboard: got %q, want session", got)
		}
		keys("tab", kb.Tab)
		keys("press the button", " ")
		b.seeText("who", email)
		b.seeText("sessions", "session")
		if got := focus(); got != "main" {
			t.Errorf("focus after logging in: got %q, want main", got)
		}

		// In a field, Enter sends the form.
		b.logOut()
		b.fill("#login-email", email)
		b.fill("#login-password", password)
		keys("Enter", kb.Enter)
		b.seeText("who", email)
	})
}

// Everything that can be filled in or pressed has a name that can be read out, and
// each page has one main heading.
func TestNames(t *testing.T) {
	atEachWidth(t, func(t *testing.T, b *tab) {
		admin := b.email("admin")
		b.site.person(t, admin, superuser)
		b.named("welcome", 8)
		b.open("/verify#token=x")
		b.see("#verify")
		b.named("verify", 1)
		b.open("/reset-password#token=x")
		b.see("#reset")
		b.named("reset", 2)
		b.open("/outbox")
		b.named("outbox", 1)
		b.open("/")
		b.click("[data-provider=demo]")
		b.see("body.provider")
		b.named("provider", 4)
		b.logIn(admin, "cookie")
		b.search(admin)
		b.named("account", 10)
	})
}

// controls are the roles of what people work with.
var controls = map[string]bool{
	"textbox": true, "searchbox": true, "checkbox": true, "combobox": true, "button": true, "link": true, "radio": true,
}

// named checks the names on the page, of which there are at least so many.
func (b *tab) named(page string, least int) {
	b.t.Helper()
	if page == "welcome" {
		b.open("/")
		b.see("#login")
	}
	ctx, cancel := withPatience(b)
	defer cancel()
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		b.t.Fatal(err)
	}
	found, headings, labels := 0, 0, map[string]int{}
	for _, node := range tree.Nodes {
		if node.Ignored || node.Role == nil {
			continue
		}
		role, name := text(node.Role), text(node.Name)
		if role == "heading" && level(node) == "1" {
			headings++
		}
		if !controls[role] {
			continue
		}
		found++
		if name == "" {
			b.t.Errorf("%s: got a %s without a name: %s", page, role, node.NodeID)
		}
		if role == "button" || role == "checkbox" {
			labels[name]++
		}
	}
	for name, times := range labels {
		if times > 1 {
			b.t.Errorf("%s: got %d buttons or boxes with the name %q, want each only once", page, times, name)
		}
	}
	if found < least {
		b.t.Errorf("%s: got %d controls, want at least %d", page, found, least)
	}
	if headings != 1 {
		b.t.Errorf("%s: got %d main headings, want 1", page, headings)
	}
	if got := evaluate[int](b, `document.querySelectorAll('main').length`); got != 1 {
		b.t.Errorf("%s: got %d main landmarks, want 1", page, got)
	}
	if got := evaluate[string](b, `document.documentElement.lang`); got != "en" {
		b.t.Errorf("%s: language: got %q, want en", page, got)
	}
}

func text(value *accessibility.Value) string {
	if value == nil {
		return ""
	}
	decoded := string(value.Value)
	if len(decoded) >= 2 && decoded[0] == '"' {
		return decoded[1 : len(decoded)-1]
	}
	return decoded
}

func level(node *accessibility.Node) string {
	for _, property := range node.Properties {
		if property.Name == "level" {
			return text(property.Value)
		}
	}
	return ""
}

// contrast is a script that lists texts that are hard to read: less than 4.5:1, or
// 3:1 for large ones (WCAG 2.2, success criterion 1.4.3).
const contrast = `(() => {
  const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = color;
    pixel.fillRect(0, 0, 1, 1);
    return [...pixel.getImageData(0, 0, 1, 1).data];
  };
  const light = (color) => {
    const [r, g, b] = color.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const color = rgba(getComputedStyle(e).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    const texts = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || e.matches('input');
    if (!texts || !e.checkVisibility() || e.disabled) continue;
    const style = getComputedStyle(e);
    const [one, other] = [light(rgba(style.color)), light(ground(e))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) bad.push(e.tagName + ' ' + e.textContent.trim() + ': ' + ratio.toFixed(2));
  }
  return bad;
})()`

func TestContrast(t *testing.T) {
	t.Parallel()
	b := newTab(t, widths[0])
	admin := b.email("admin")
	b.site.person(t, admin, superuser)
	check := func(page string) {
		for _, scheme := range []string{"dark", "light"} {
			b.scheme(scheme)
			for _, text := range evaluate[[]string](b, contrast) {
				t.Errorf("%s, %s: too little contrast: %s", page, scheme, text)
			}
		}
	}
	b.open("/")
	b.see("#login")
	check("welcome")
	b.open("/outbox")
	check("outbox")
	b.open("/")
	b.click("[data-provider=demo]")
	b.see("body.provider")
	check("provider")
	b.logIn(admin, "cookie")
	b.search(admin)
	b.click("#profile button[type=submit]")
	b.say("Saved.")
	check("account")
	b.fill("#profile-email", "nobody")
	b.click("#profile button[type=submit]")
	b.complain("E-mail: value is not a valid email address")
	b.refused(422, "/users/me")
	check("account with a complaint")
	b.open("/docs")
	b.call("auth_cookie_login", credentials(admin), "200")
	b.call("users_get_me", "", admin)
	check("API")
}
