package app

import (
	"strings"
	"testing"

	"github.com/ginauth/ginauth/user/usertest"
)

// Who logs in where somebody is logged in takes his place in the session, and the
// cookies from before give nothing any more, whoever has planted or copied them. To
// bearer tokens and cookies a login adds another one.
func TestLoginWhereSomebodyIsLoggedIn(t *testing.T) {
	t.Parallel()
	for _, test := range combinations(t) {
		if !test.recorded {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := newCombinationServer(t, usertest.NewStore(), test.backend)
			v := newVisitor(t, server.URL)
			v.logIn(test.name, "guinevere")
			v.logIn(test.name, "guinevere")
			want := 2
			if strings.HasPrefix(test.name, "session") {
				want = 1
			}
			_, body := v.send("GET", "/users/me/sessions", "", "")
			if got := strings.Count(body, `"id":`); got != want {
				t.Errorf("got %d sessions, want %d: %s", got, want, body)
			}
		})
	}
}
