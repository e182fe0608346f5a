package apikeys_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/ginauth/ginauth/internal/test/fixture"
	"github.com/ginauth/ginauth/routes/apikeys"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

// A session that ends while a key is on its way, or is being stored, leaves none behind:
// keys outlive sessions.
func TestLateKey(t *testing.T) {
	t.Parallel()
	ends := map[string]func(w *world, login []string){
		"logged out everywhere": func(w *world, _ []string) {
			if _, err := w.auth.Manager().LogOutEverywhere(w.t.Context(), w.User(arthur), ""); err != nil {
				w.t.Error(err)
			}
		},
		"logged out": func(w *world, login []string) {
			want(w.t, "logout", w.call("POST", "/auth/cookie/logout", "", login...), 200, "null")
		},
	}
	for name, end := range ends {
		for _, method := range []string{"", "CreateCredential"} {
			t.Run(name+" "+method, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				u := w.Create(arthur)
				login := []string{"Cookie", w.call("POST", "/own/cookie?email="+arthur, "").header.Get("Set-Cookie")}
				var once sync.Once
				ended := func() { once.Do(func() { end(w, login) }) }
				late := func() {}
				if method == "" {
					late = ended
				}
				w.Store.Plan(func(_ context.Context, c usertest.Call) usertest.Fault {
					if c.Method == method {
						ended()
					}
					return usertest.NoFault
				})
				r := httptest.NewRequestWithContext(t.Context(), "POST", "/users/me/api-keys", fixture.Late(`{"name":"Warehouse","scopes":["orders:read"]}`, late))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set(login[0], login[1])
				recorder := httptest.NewRecorder()
				w.ServeHTTP(recorder, r)
				want(t, "make", answer{recorder.Code, recorder.Body.String(), recorder.Header()}, 401, unauthorized)
				if all, err := w.Memory.CredentialsOf(t.Context(), u.ID); err != nil || len(all) > 0 {
					t.Errorf("got the keys %v, %v, want none", all, err)
				}
				events, mails := w.reports()
				if len(mails) > 0 || slices.ContainsFunc(events, func(e user.Event) bool {
					return e.Kind == apikeys.EventAPIKeyMade && e.Outcome == user.OutcomeOK
				}) {
					t.Errorf("got the events %v and the mails %v", events, mails)
				}
			})
		}
	}
}
