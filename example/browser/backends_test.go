package browser_test

import (
	"fmt"
	"slices"
	"testing"
)

// Every backend in a real browser, by a script of a page: what the browser keeps after the
// login, and that nothing is left after the logout.
func TestEachBackend(t *testing.T) {
	t.Parallel()
	b := newTab(t, widths[0])
	email := b.email("arthur")
	b.site.person(t, email)
	b.open("/")
	for _, test := range []struct {
		group   string
		cookies []string // what the browser keeps, for all paths
	}{
		{"cookie", []string{"ginauth"}},
		{"session", []string{"ginauth_session", "ginauth_session_bind"}},
		{"app-web", []string{"app_web"}},
		{"jwt", nil},
		{"redis", nil},
		{"app", nil},
	} {
		got := b.login(test.group, email)
		if want := "200 200 " + email; got != want {
			t.Errorf("%s: login, /users/me: got %s, want %s", test.group, got, want)
		}
		cookies := b.cookies()
		if len(cookies) != len(test.cookies) {
			t.Errorf("%s: cookies: got %v, want %v", test.group, cookies, test.cookies)
		}
		for _, name := range test.cookies {
			c := cookies[name]
			if c == nil || !c.HTTPOnly || c.SameSite != "Lax" || c.Secure {
				t.Errorf("%s: cookie %s: got %+v, want HttpOnly, SameSite=Lax, not Secure over http", test.group, name, c)
			}
		}
		if got := evaluate[int](b, `bye()`); got != 200 {
			t.Errorf("%s: logout: got %d, want 200", test.group, got)
		}
		if left := b.cookies(); len(left) != 0 {
			t.Errorf("%s: cookies after the logout: got %v, want none", test.group, left)
		}
	}
}

// login logs in at a backend by a script of the page that is open, and returns the
// statuses of the login and of /users/me, and who that is. The page's bye() logs out.
func (b *tab) login(group, email string) string {
	b.t.Helper()
	return evaluate[string](b, fmt.Sprintf(`(async () => {
		const login = await fetch('/auth/%[1]s/login', {method: 'POST', body: new URLSearchParams({username: %[2]q, password: %[3]q})});
		const text = await login.text();
		const token = text && JSON.parse(text)?.access_token;
		const headers = token ? {Authorization: 'Bearer ' + token} : {};
		window.bye = () => fetch('/auth/%[1]s/logout', {method: 'POST', headers}).then((r) => r.status);
		const me = await fetch('/users/me', {headers});
		return [login.status, me.status, (await me.json()).email].join(' ');
	})()`, group, email, password))
}

// The whole way in works without a mouse.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	b := newTab(t, widths[0])
	email := b.email("arthur")
	b.site.person(t, email)
	p := &walk{tab: b, scripts: true, judged: map[string]bool{}}
	p.visit("/", "/")
	var seen []string
	for range 6 {
		p.press("\t")
		seen = append(seen, p.focus())
	}
	if want := []string{"Skip to content", "ginauth", "Sign in", "Create an account", "Sign in by mail", "Continue with Demo provider"}; !slices.Equal(seen, want) {
		t.Errorf("stops of the Tab key: got %q, want %q", seen, want)
	}

	p.visit("/", "/")
	p.press("\t")
	b.see("a.skip")
	p.press("\r")
	p.press("\t")
	if got := p.focus(); got != "Sign in" {
		t.Fatalf("the first stop after skipping: got %q, want the first link of the content", got)
	}
	p.enter(200)
	p.at("/me/sign-in")
	if got := p.focus(); got != "email" {
		t.Fatalf("the focus of the sign-in page: got %q, want its first field", got)
	}
	p.press(email)
	p.press("\t")
	p.press(password)
	p.enter(200)
	p.at("/")
	p.has("You are signed in as " + email)
}
