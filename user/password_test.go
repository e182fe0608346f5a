package user_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

// A rule gets the fields of the registration, or of the stored user.
func TestRuleGetsTheOwner(t *testing.T) {
	t.Parallel()
	type knight struct {
		Seat int `json:"seat"`
	}
	var got []string
	m, _ := newManager(t, func(c *user.ManagerConfig) {
		c.Store = usertest.NewStore(usertest.WithProfile[knight]())
		c.ValidatePassword = func(_ context.Context, given string, o password.Owner) error {
			seat := 0
			if profile, ok := o.Profile.(*knight); ok {
				seat = profile.Seat
			}
			got = append(got, fmt.Sprintf("%s for %q %s: active %t, superuser %t, verified %t, seat %d",
				given, o.ID, o.Email, o.IsActive, o.IsSuperuser, o.IsVerified, seat))
			return nil
		}
	})
	r := arthur()
	r.IsSuperuser, r.IsVerified, r.Profile = true, true, &knight{Seat: 3}
	registered, err := m.Register(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	r.Email, r.Profile, r.IsInactive = "merlin@camelot.bt", nil, true
	created := mustCreate(t, m, r)
	for _, u := range []*user.User{registered, created} {
		if _, err := m.Update(ctx, u, user.Changes{Password: ptr(secrets.Secret("excalibur"))}); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		`guinevere for "" King.Arthur@Camelot.bt: active true, superuser false, verified false, seat 3`,
		`guinevere for "" merlin@camelot.bt: active false, superuser true, verified true, seat 0`,
		`excalibur for "` + string(registered.ID) + `" King.Arthur@camelot.bt: active true, superuser false, verified false, seat 3`,
		`excalibur for "` + string(created.ID) + `" merlin@camelot.bt: active false, superuser true, verified true, seat 0`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
