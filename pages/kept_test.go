package pages_test

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// What was typed is there again after a login of long ago was confirmed.
func TestTypedIsKept(t *testing.T) {
	t.Parallel()
	w, b := court(t)
	page := "/account/administration/users/" + string(w.id(arthur)) + "/act"
	b.open(page)
	b.send(page)
	b.at(422, page)
	if got := b.complaint("reason"); got != "Fill in this field." {
		t.Errorf("got %q", got)
	}
	w.wait(time.Hour)
	b.send(page, "reason", "ticket 7 & more")
	b.at(200, "/account/confirm?next="+url.QueryEscape(page))
	b.send("/account/confirm", "password", "wrong")
	b.send("/account/confirm", "password", guinevere)
	b.at(200, page)
	b.see("Thank you, it is you. Send the form now.")
	if got := b.value("reason"); got != "ticket 7 & more" {
		t.Errorf("got the reason %q", got)
	}
	b.send(page)
	b.at(200, "/account")
	b.see("You act as " + arthur + ".")
	b.open("/account/administration")
	b.at(403, "/account/administration")
	b.see("You act as "+arthur+".", "Your account is not allowed to open it.")
	b.send("/account/act/end")
	b.see(morgan)

	w.wait(time.Hour)
	b.open("/account/keys")
	b.send("/account/keys", "name", "Warehouse", "expires", "7", "scope.orders:read", "on")
	b.send("/account/confirm", "password", guinevere)
	b.at(200, "/account/keys")
	if b.value("name") != "Warehouse" || !has(b.input("scope.orders:read"), "checked") || !strings.Contains(b.body, `<option value="7" selected>`) {
		t.Errorf("got %s", b.body)
	}
	b.open("/account/keys") // once
	if b.value("name") != "" {
		t.Error("what was typed is still there")
	}
	w.wait(time.Hour)
	b.do("POST", "/account/passkeys/new", url.Values{"name": {"Phone"}})
	b.send("/account/confirm", "password", guinevere)
	b.at(200, "/account/passkeys")
	if b.value("name") != "Phone" {
		t.Error("the name of the passkey is lost")
	}

	// It is for the one who has typed it, and the page that it was typed into.
	w.wait(time.Hour)
	b.do("POST", "/account/keys", url.Values{"name": {"Secret plan"}, "expires": {"7"}})
	b.open("/account/sign-in")
	b.send("/account/sign-out")
	b.signIn(arthur, guinevere)
	b.open("/account/keys")
	if b.value("name") != "" {
		t.Error("another user sees what was typed")
	}
}
