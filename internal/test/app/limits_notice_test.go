package app

import (
	"testing"

	"github.com/ginauth/ginauth/mails"
)

// The owner hears of a new password by a notice, once in an hour, and not at an
// address that may be a stranger's. Notices use up no other mail.
func TestPasswordNotice(t *testing.T) {
	t.Parallel()
	a := newWatchedApp(t, nil)
	arthur, _ := a.people(t)
	for range 6 { // more than there are mails in an hour
		as := a.logIn(t, arthur.Email)
		if got := send(t, a, "PATCH", "/users/me", `{"password":"guinevere"}`, as...); got.status != 200 {
			t.Fatalf("got %d %s", got.status, got.body)
		}
	}
	send(t, a, "POST", "/auth/register", `{"email":"lancelot@camelot.bt","password":"guinevere"}`)
	send(t, a, "PATCH", "/users/me", `{"password":"guinevere"}`, a.logIn(t, "lancelot@camelot.bt")...)
	send(t, a, "POST", "/auth/forgot-password", `{"email":"arthur@camelot.bt"}`)
	if err := a.auth.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, m := range a.outbox.Messages() {
		got[string(m.Kind)+" "+m.To]++
		if m.Kind == mails.PasswordChanged && m.Token != "" {
			t.Error("a notice has a token")
		}
	}
	if len(got) != 2 || got["password-changed arthur@camelot.bt"] != 1 || got["reset arthur@camelot.bt"] != 1 {
		t.Errorf("got the mails %v, want one notice and one reset mail to Arthur", got)
	}
}
