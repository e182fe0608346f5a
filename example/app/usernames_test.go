package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// USERNAMES=on gives users names to log in with.
func TestUsernames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *Settings) { s.Usernames = "on" })
	c := w.client()
	body := `{"email":"` + arthur + `","password":"` + guinevere + `","username":"Arthur"}`
	if got := c.wantStatus("POST", "/auth/register", body, http.StatusCreated); !strings.Contains(got.body, `"username":"Arthur"`) {
		t.Errorf("register: got %v", got)
	}
	c.wantStatus("POST", "/auth/jwt/login", url.Values{"username": {"aRTHUR"}, "password": {guinevere}}, http.StatusOK)
}
