package contract

import (
	"context"
	"sync"
	"testing"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/user"
)

const lastSuperuser = `{"detail":"UPDATE_LAST_SUPERUSER"}`

func keepOne(c *ginauth.Config) { c.KeepOneSuperuser = true }

// TestLastSuperuser has every way to remove the last active superuser where one
// has to stay.
func TestLastSuperuser(t *testing.T) {
	t.Parallel()
	eachVariant(t, func(t *testing.T, v variant) {
		w := start(t, v, design{config: keepOne})
		last := w.newSuperuser(t, address())
		last.logIn(t)
		path := "/users/" + last.id
		refusedAll := func() {
			t.Helper()
			for _, body := range []string{
				`{"is_superuser":false}`, `{"is_active":false}`, `{"is_active":false,"is_superuser":false,"first_name":"x","email":"x@camelot.bt"}`,
				`{"is_superuser":0,"password":"lady-of-the-lake"}`,
			} {
				last.patch(t, path, body).want(t, 400, lastSuperuser)
			}
			last.delete(t, path).want(t, 400, lastSuperuser)
			last.get(t, path).want(t, 200, last.json()) // his token is good, too
		}
		refusedAll()
		// An inactive superuser and an active user are no second one.
		inactive, plain := w.newSuperuser(t, address()), w.register(t)
		inactive.active = false
		last.patch(t, "/users/"+inactive.id, `{"is_active":false}`).want(t, 200, inactive.json())
		refusedAll()

		// All else may be changed, and all others may go.
		last.firstName = `"Merlin"`
		last.patch(t, path, `{"first_name":"Merlin","is_superuser":true,"is_active":true}`).want(t, 200, last.json())
		inactive.account.superuser = false
		last.patch(t, "/users/"+inactive.id, `{"is_superuser":false}`).want(t, 200, inactive.json())
		last.delete(t, "/users/"+inactive.id).want(t, 204, "")
		plain.active = false
		last.patch(t, "/users/"+plain.id, `{"is_active":false}`).want(t, 200, plain.json())
		last.delete(t, "/users/"+plain.id).want(t, 204, "")

		// With a second one he may go.
		second := w.newSuperuser(t, address())
		second.logIn(t)
		last.account.superuser = false
		last.patch(t, path, `{"is_superuser":false}`).want(t, 200, last.json())
		second.delete(t, "/users/"+second.id).want(t, 400, lastSuperuser)
	})
}

// TestAnySuperuser checks that without the option the last one may go.
func TestAnySuperuser(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{})
		for _, body := range []string{`{"is_superuser":false}`, `{"is_active":false}`} {
			last := w.newSuperuser(t, address())
			last.logIn(t)
			last.patch(t, "/users/"+last.id, body).mustBe(t, 200)
		}
		last := w.newSuperuser(t, address())
		last.logIn(t)
		last.delete(t, "/users/"+last.id).want(t, 204, "")
	})
}

// TestLastSuperuserRaces has all superusers remove themselves, or each other, at
// the same moment: exactly one stays.
func TestLastSuperuserRaces(t *testing.T) {
	t.Parallel()
	ways := []func(t testing.TB, p *person) answer{
		func(t testing.TB, p *person) answer { return p.patch(t, "/users/"+p.id, `{"is_superuser":false}`) },
		func(t testing.TB, p *person) answer { return p.patch(t, "/users/"+p.id, `{"is_active":false}`) },
		func(t testing.TB, p *person) answer { return p.delete(t, "/users/"+p.id) },
	}
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: keepOne})
		var council []*person
		for range 6 {
			p := w.newSuperuser(t, address())
			p.logIn(t)
			council = append(council, p)
		}
		atOnce(len(council), func(i int) answer { return ways[i%len(ways)](t, council[i]) })
		page, err := w.in.store.fullStore.List(t.Context(), user.ListQuery{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		stayed := 0
		for _, u := range page.Users {
			if u.IsActive && u.IsSuperuser {
				stayed++
			}
		}
		if stayed != 1 {
			t.Errorf("got %d active superusers, want 1", stayed)
		}
	})
}

// TestLastSuperuserOutOfDate has somebody become the last superuser between the
// moment he is looked up and the moment he is removed.
func TestLastSuperuserOutOfDate(t *testing.T) {
	t.Parallel()
	eachStore(t, v9, func(t *testing.T, v variant) {
		w := start(t, v, design{config: keepOne})
		admin := w.newSuperuser(t, address())
		admin.logIn(t)
		p := w.register(t)
		var once sync.Once
		w.in.store.before(func(_ context.Context, method string) error {
			if method == "Delete" {
				once.Do(func() {
					yes, no := true, false
					w.in.change(t, p, user.Update{IsSuperuser: &yes})
					w.in.change(t, admin, user.Update{IsSuperuser: &no})
				})
			}
			return nil
		})
		admin.delete(t, "/users/"+p.id).want(t, 400, lastSuperuser)
		w.in.store.before(nil)
		p.logIn(t)
		p.account.superuser = true
		p.get(t, "/users/"+p.id).want(t, 200, p.json())
	})
}
