package contract

import (
	"testing"

	"github.com/ginauth/ginauth/internal/test/mongotest"
	"github.com/ginauth/ginauth/mongostore"
	"github.com/ginauth/ginauth/mongostore/fastapiusers"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

// wire is a wire profile, and the place of its wording in tables.
type wire int

const (
	v9 wire = iota
	v15
)

func (w wire) String() string { return [...]string{"v9", "v15"}[w] }

// fullStore is a store that can do everything.
type fullStore interface {
	user.Store
	records.TokenStore
	user.TokenUserStore
	records.OAuthStore
	records.UsedStore
}

// variant is one way to build the application.
type variant struct {
	name string
	wire wire
	// many is how many requests race each other.
	many int
	// open returns an empty store.
	open func(t testing.TB) fullStore
}

// stores are what the contract is checked on, by name.
var stores = []struct {
	name string
	open func(t testing.TB) fullStore
}{
	{"memory", openMemory},
	{"mongo", openMongo},
}

// Profile is the profile of the example.
type Profile struct {
	FirstName *string `json:"first_name" bson:"first_name" binding:"omitempty,max=80"`
	Plan      string  `json:"plan" bson:"plan" ginauth:"readonly"`
}

func openMemory(testing.TB) fullStore { return usertest.NewStore(usertest.WithProfile[Profile]()) }

func openMongo(t testing.TB) fullStore {
	store, err := mongostore.Open(t.Context(), mongotest.Database(t), mongostore.WithProfile[Profile]())
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// openMoved is the store of those who come from FastAPI Users.
func openMoved(t testing.TB) fullStore {
	store, err := fastapiusers.Open(t.Context(), mongotest.Database(t), fastapiusers.WithProfile[Profile]())
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// eachVariant runs a test on all variants, beside each other. At a URL there are none.
func eachVariant(t *testing.T, check func(t *testing.T, v variant)) {
	t.Helper()
	for _, w := range []wire{v9, v15} {
		eachStore(t, w, check)
	}
}

// eachStore runs a test on all stores in one profile, for what profiles do not
// differ in.
func eachStore(t *testing.T, w wire, check func(t *testing.T, v variant)) {
	t.Helper()
	if *urlFlag != "" {
		skips.skip(t, needsInside)
	}
	// What a race decides has nothing to do with the profile: one is enough for the crowd.
	many := [...]int{v9: 50, v15: 8}[w]
	for _, store := range stores {
		t.Run(store.name+" "+w.String(), func(t *testing.T) {
			t.Parallel()
			check(t, variant{name: store.name, wire: w, many: many, open: store.open})
		})
	}
}
