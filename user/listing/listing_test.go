package listing_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/listing"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

// plain is a store without lists by filters.
type plain struct{ user.Store }

// wrapped is a store that is observed.
type wrapped struct{ user.Store }

func (w wrapped) Unwrap() any { return w.Store }

func manager(t *testing.T, store user.Store) *user.Manager {
	t.Helper()
	keys, err := secrets.NewKeys("0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	m, err := user.NewManager(user.ManagerConfig{Store: store, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNoLists(t *testing.T) {
	t.Parallel()
	store := wrapped{plain{usertest.NewStore()}}
	m := manager(t, store)
	_, list := listing.Users(t.Context(), m, listing.Query{})
	_, undeclared := listing.UndeclaredRoles(t.Context(), m)
	for name, err := range map[string]error{
		"Users": list, "UndeclaredRoles": undeclared, "Ensure": listing.Ensure(t.Context(), store),
	} {
		if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "a listing_test.plain, is not a listing.Store") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A ban decides as it is at Now, which is the present if it is not set.
func TestUsersBanned(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore()
	if err := listing.Ensure(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	m := manager(t, store)
	u, err := m.Create(t.Context(), user.Registration{Email: "mordred@camelot.bt"})
	if err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(time.Hour)
	if _, err := m.Ban(t.Context(), u, user.Ban{Until: until}); err != nil {
		t.Fatal(err)
	}
	yes := true
	for now, want := range map[time.Time]int{{}: 1, until.Add(time.Minute): 0} {
		page, err := listing.Users(t.Context(), m, listing.Query{Banned: &yes, Now: now})
		if err != nil || len(page.Users) != want || page.Next != nil {
			t.Errorf("at %v: got %v, %v, want %d users", now, page, err, want)
		}
	}
}
