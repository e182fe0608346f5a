package refresh_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
)

// stamp is a second factor with one code.
type stamp struct{}

func (stamp) Name() string                                     { return "stamp" }
func (stamp) Usable(context.Context, *user.User) (bool, error) { return true, nil }
func (stamp) Check(_ context.Context, _ *user.User, a user.Answer) ([]user.Method, error) {
	if a.Code != "4711" {
		return nil, user.ErrBadFactor
	}
	return []user.Method{user.MethodTOTP}, nil
}

// A login that stops at the second factor keeps the wish to be remembered until it is
// complete.
func TestRememberPastSecondFactor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, login, factor string
		cookie              string
		lasts               time.Duration
	}{
		{"without", webLogin, `{"factor":"stamp","code":"4711"}`, refreshCookie, 24 * time.Hour},
		{"with", rememberLogin, `{"factor":"stamp","code":"4711"}`, remembered, 30 * 24 * time.Hour},
		{"asked for at the second step", webLogin, `{"factor":"stamp","code":"4711","remember":true}`, refreshCookie, 24 * time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{config: func(c *ginauth.Config) { c.Factors = []user.Factor{stamp{}} }})
			yes := true
			if _, err := w.memory.Update(t.Context(), w.user.ID, user.Update{SecondFactor: &yes, EndTokens: true}); err != nil {
				t.Fatal(err)
			}
			half := w.do(request{path: "/auth/app_web/login", json: tt.login})
			wantStatus(t, "the password", half, http.StatusBadRequest)
			if len(w.records(t)) != 0 {
				t.Error("there is a login after the password alone")
			}
			full := w.do(request{path: "/auth/app_web/login/factor", json: tt.factor, cookies: cookiesOf(half)})
			wantStatus(t, "the second factor", full, http.StatusOK)
			if got := setCookies(full); !slices.Contains(got, accessCookie) || !slices.Contains(got, tt.cookie) {
				t.Errorf("got %q, want %q and %q", got, accessCookie, tt.cookie)
			}
			record := w.records(t)[0]
			if got := record.Rotation.AbsoluteAt.Sub(record.CreatedAt); got != tt.lasts {
				t.Errorf("ends after %v, want %v", got, tt.lasts)
			}
		})
	}
}
