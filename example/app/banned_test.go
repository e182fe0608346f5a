package app

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

// TestEveryWayInTellsBans: with TellBanned each way in that is attached answers a banned
// user who has proved the identity LOGIN_BANNED, and without it as an inactive one.
func TestEveryWayInTellsBans(t *testing.T) {
	t.Parallel()
	banned := error(user.ErrBanned) // which the answers' errors may be more general than
	for _, want := range []string{"LOGIN_BANNED", "LOGIN_BAD_CREDENTIALS"} {
		_, a := inMemory(t, func(c *ginauth.Config) { c.Policy.TellBanned = want == "LOGIN_BANNED" })
		ways := map[string]bool{}
		for _, group := range a.Auth.Routes().Attached() {
			for _, route := range group.Routes {
				answers := route.Answers().Answers
				at := slices.IndexFunc(answers, func(one routes.Answer) bool { return errors.Is(banned, one.Err) })
				if at < 0 {
					continue
				}
				if ways[group.Name] = true; answers[at].Detail != want {
					t.Errorf("%s %s%s: got %v, want %s", route.Method, group.Prefix, route.Path, answers[at].Detail, want)
				}
			}
		}
		if got := strings.Join(slices.Sorted(maps.Keys(ways)), " "); got != "auth mail_login oauth passkey_login" {
			t.Errorf("ways in: got %s", got)
		}
	}
}
