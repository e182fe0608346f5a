//go:build unix

package crash

import (
	"encoding/json"
	"slices"
	"testing"
)

// refreshStep replaces a refresh token. A client that did not get the answer sends the
// same token once more; whatever it was told, there is one valid token afterwards.
func refreshStep(t *testing.T, p *process, n int) (func() (answer, error), func(*testing.T)) {
	email, c := unique("refresh", n), newClient(p)
	c.register(t, email)
	first := refreshTokenIn(t, c.want(t, 200, "POST", "/auth/app/login", credentials("username", email, password)))
	var children []string
	try := func() (answer, error) {
		a, err := c.try(t.Context(), "POST", "/auth/app/refresh", `{"refresh_token":"`+first+`"}`)
		if err == nil && a.status == 200 {
			children = append(children, refreshTokenIn(t, a))
			c.keepToken(a)
		}
		return a, err
	}
	return try, func(t *testing.T) {
		c.me(t)
		if same := slices.Compact(children); len(same) != 1 {
			t.Fatalf("got %d children, want one", len(same))
		}
		c.want(t, 200, "POST", "/auth/app/refresh", `{"refresh_token":"`+children[0]+`"}`)
	}
}

func refreshTokenIn(t *testing.T, a answer) string {
	t.Helper()
	var granted struct {
		Token string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(a.body), &granted); err != nil || granted.Token == "" {
		t.Fatalf("got %d %s, want a refresh token", a.status, a.body)
	}
	return granted.Token
}
