package passkeys_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/passkeys"
	"github.com/ginauth/ginauth/user"
)

// A session that is ended while the passkey is on its way leaves none behind.
func TestLatePasskey(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world, *client) error{
		"log out everywhere": func(w *world, _ *client) error {
			_, err := w.auth.Manager().LogOutEverywhere(w.t.Context(), w.user(arthur), "")
			return err
		},
		"ban": func(w *world, _ *client) error {
			_, err := w.auth.Manager().Ban(w.t.Context(), w.user(arthur), user.Ban{})
			return err
		},
		"logout": func(w *world, c *client) error {
			want(w.t, "logout", c.call("POST", "/auth/cookie/logout", ""), 200, "null")
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.client("cookie").enter(arthur)
			d := newDevice(t)
			b := c.begin("/users/me/passkeys/options", "{}")
			r := httptest.NewRequestWithContext(t.Context(), "POST", "/users/me/passkeys", fixture.Late(finishing(b, d.create(b)), func() {
				if err := end(w, w.client("cookie").with(c.cookies)); err != nil {
					t.Error(err)
				}
			}))
			r.Header = c.header.Clone()
			r.Header.Set("Content-Type", "application/json")
			for name, value := range c.cookies {
				r.AddCookie(&http.Cookie{Name: name, Value: value})
			}
			recorder := httptest.NewRecorder()
			w.ServeHTTP(recorder, r)
			want(t, "create", answer{recorder.Code, recorder.Body.String(), recorder.Header()}, 401, `{"detail":"Unauthorized"}`)
			if _, err := w.auth.Manager().Unban(t.Context(), w.user(arthur)); err != nil {
				t.Error(err)
			}
			want(t, "a login with it", w.client("cookie").passkey(d), 400, badLogin)
			if events, mails := w.reports(); len(mails) > 0 || slices.ContainsFunc(events, func(e user.Event) bool { return e.Kind == passkeys.EventPasskeyAdded && e.Outcome == user.OutcomeOK }) {
				t.Errorf("got the events %v and the mails %v", events, mails)
			}
		})
	}
}
