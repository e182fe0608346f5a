package routes

import (
	"errors"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
	"github.com/ginauth/ginauth/user/usertest"
)

var limitForm = regexp.MustCompile(`^\+?0*(?:[1-9][0-9]?|100)$`)

// FuzzListQuery compares limit and cursor with what net/url and a regular
// expression make of the query.
func FuzzListQuery(f *testing.F) {
	store := usertest.NewStore()
	keys, err := secrets.NewKeys("0123456789abcdef0123456789abcdef")
	if err != nil {
		f.Fatal(err)
	}
	manager, err := user.NewManager(user.ManagerConfig{Store: store, Keys: keys})
	if err != nil {
		f.Fatal(err)
	}
	r := &Routes{manager: manager}
	for _, seed := range []string{
		"", "limit=1", "limit=100&cursor=" + string(store.NewID()), "limit=0", "limit=101", "limit=+5", "limit=1e2", "limit=%31", "limit=", "limit=1&limit=x",
		"cursor=", "cursor=me", "q=king", "q=%FF", "q=%C4%B0&limit=99999999999999999999", "q=*;limit=1", "%zz",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("GET", "/", nil)
		c.Request.URL.RawQuery = raw
		query, err := r.listQuery(c)
		given, _ := url.ParseQuery(raw)
		goodLimit := !given.Has("limit") || limitForm.MatchString(given.Get("limit"))
		_, idErr := store.ParseID(given.Get("cursor"))
		goodCursor := !given.Has("cursor") || idErr == nil
		var invalid *wire.InvalidError
		switch {
		case err == nil && (!goodLimit || !goodCursor || query.Limit < 1 || query.Limit > maxListLimit):
			t.Errorf("%q: accepted as %+v", raw, query)
		case err != nil && !errors.As(err, &invalid):
			t.Errorf("%q: got %v", raw, err)
		case err != nil && goodLimit && goodCursor:
			t.Errorf("%q: refused: %v", raw, invalid.Items)
		case err == nil && given.Get("q") == "" && query.EmailPrefix != "":
			t.Errorf("%q: got the prefix %q", raw, query.EmailPrefix)
		}
	})
}
