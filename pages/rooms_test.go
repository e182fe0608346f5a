package pages_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(arthur, guinevere)
	b.open("/account/keys")
	b.see("There are none yet.", "orders:read", "orders:write")
	b.send("/account/keys", "scope.orders:read", "on")
	b.at(422, "/account/keys")
	if got := b.complaint("name"); got != "Fill in this field." {
		t.Errorf("got %q", got)
	}
	if !has(b.input("scope.orders:read"), "checked") {
		t.Error("the scope that was chosen is forgotten")
	}
	b.send("/account/keys", "name", "Warehouse", "expires", "365")
	b.at(422, "/account/keys")
	if got := b.complaint("expires"); got != "Keys may not last so long. Choose an earlier end." {
		t.Errorf("got %q", got)
	}
	b.send("/account/keys", "name", "Warehouse", "expires", "30", "scope.orders:write", "on")
	b.at(403, "/account/keys")
	b.see("You may not do all of what you have chosen for this key.")
	b.send("/account/keys", "scope.orders:write", "")
	b.at(200, "/account/keys")
	b.see("Your new key", "This is the key “Warehouse”.")
	_, rest, _ := strings.Cut(b.body, `<code class="secret">`)
	key, _, _ := strings.Cut(rest, "<")
	if !strings.HasPrefix(key, "gak_") {
		t.Errorf("got the key %q", key)
	}
	b.open("/account/keys")
	b.see("Warehouse", key[:12]+"…", "orders:read", "until 31 Jan 2026", "not used yet")
	if strings.Contains(b.body, key) {
		t.Error("the key is shown again")
	}
	b.send("/account/keys/rename", "name", strings.Repeat("x", 65))
	b.at(422, "/account/keys/rename")
	b.see("Enter a name of 1 to 64 characters.", "Error: API keys")
	b.send("/account/keys/rename", "name", "Mill")
	b.at(200, "/account/keys?notice=key_renamed")
	b.see("Mill", "The key has its new name.")
	b.open("/account/keys/rename")
	b.at(200, "/account/keys")
	b.send("/account/keys", "key", b.value("key"))
	b.at(200, "/account/keys?notice=key_removed")
	b.see("There are none yet.", "The key is removed.")
	b.do("POST", "/account/keys", url.Values{"key": {"7Q3V9X0A2BCD4EFGHJKMNPQRST"}}) // the back button
	b.at(200, "/account/keys?notice=key_removed")
	b.do("POST", "/account/keys/rename", url.Values{"key": {"7Q3V9X0A2BCD4EFGHJKMNPQRST"}, "name": {"Mill"}})
	b.at(200, "/account/keys")
}

// value returns what a field has.
func (b *browser) value(name string) string { return attribute(b.input(name), "value") }

func TestKeysLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(arthur, guinevere)
	wanted := url.Values{"name": {"Warehouse"}, "expires": {""}}
	for range 2 {
		b.do("POST", "/account/keys", wanted)
		b.see("Your new key")
	}
	b.do("POST", "/account/keys", wanted)
	b.at(400, "/account/keys")
	b.see("There are as many keys as there can be.")
	w.wait(time.Hour)
	b.do("POST", "/account/keys", wanted)
	b.at(200, "/account/confirm?next=%2Faccount%2Fkeys")
}

func TestActivity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(arthur, "mordred")
	b.signIn(arthur, guinevere)
	for range 19 {
		w.wait(time.Second)
		if status, body := b.api("PATCH", "/users/me", `{"age":30}`); status != 200 {
			t.Fatalf("got %d %s", status, body)
		}
	}
	if err := w.auth.Shutdown(t.Context()); err != nil { // all events are stored
		t.Fatal(err)
	}
	b.open("/account/activity")
	b.see("Recent activity", "Signed in", "Profile changed", "Firefox, Linux", "1 Jan 2026")
	_, rest, _ := strings.Cut(b.body, "/account/activity?cursor=")
	cursor, _, _ := strings.Cut(rest, `"`)
	b.open("/account/activity?cursor=" + cursor)
	b.see("Sign-in failed", "Refused")
	b.open("/account/activity?cursor=nonsense")
	b.at(200, "/account/activity")
}

func TestActing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	found, err := w.memory.ByEmail(t.Context(), email.Email{Key: arthur})
	if err != nil {
		t.Fatal(err)
	}
	boss := *found
	boss.ID, boss.Email, boss.EmailKey, boss.IsSuperuser = w.memory.NewID(), "morgan@camelot.bt", "morgan@camelot.bt", true
	if err := w.memory.Create(t.Context(), &boss); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.signIn(boss.Email, guinevere)
	if strings.Contains(b.body, "You act as") {
		t.Error("the banner is on a page of one's own")
	}
	b.actAs(found.ID)
	for _, path := range []string{"/account", "/account/sessions", "/account/activity"} {
		b.open(path)
		b.see("You act as "+arthur+".", "Back to your own account")
	}
	b.open("/account/keys")
	b.at(403, "/account/keys")
	b.see("You act as "+arthur+".", "Only the owner of the account can do this.")
	b.send("/account/act/end")
	b.at(200, "/account?notice=acting_ended")
	b.see(boss.Email, "You are back in your own account.")
	if strings.Contains(b.body, "You act as") {
		t.Error("the banner is still there")
	}
	b.do("POST", "/account/act/end", url.Values{}) // a second click
	b.at(200, "/account")
	b.see(boss.Email)
}

func (b *browser) actAs(id user.ID) {
	b.t.Helper()
	status, body := b.api("POST", "/users/"+string(id)+"/impersonate", `{"reason":"ticket 7"}`)
	if status != 200 {
		b.t.Fatalf("impersonate: got %d %s", status, body)
	}
}
