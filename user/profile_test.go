//lint:file-ignore SA5008,U1000 Malformed tags and fields without a use are what is tested.

package user

import (
	"testing"
	"time"
)

type address struct {
	Street string   `json:"street"`
	Tags   []string `json:"tags"`
}

// Embedded structs, one of them read-only as a whole.
type names struct {
	FirstName *string `json:"first_name" bson:"first_name" binding:"omitempty,max=80"`
	LastName  string  `json:",omitempty"`
}

type Billing struct {
	Plan   string `json:"plan"`
	Credit int    `json:"credit"`
}

type knight struct {
	names   `bson:",inline"`
	Billing `ginauth:"readonly"`
	Born    *time.Time     `json:"born" bson:"date_of_birth,omitempty"`
	Home    address        `json:"home"`
	Quests  []string       `json:"quests"`
	Titles  map[string]any `json:"titles"`
	Note    string         `json:"-"`
	Dash    bool           `json:"-,"`
	Cache   func()         `json:"-" bson:"-"`
	_       struct{}       `json:"-"`
	private int
}

func TestProfileOf(t *testing.T) {
	t.Parallel()
	lancelot := &knight{Note: "brave"}
	if got := ProfileOf[knight](&User{Profile: lancelot}); got != lancelot {
		t.Errorf("got %+v, want the profile itself", got)
	}
	for name, u := range map[string]*User{
		"no user": nil, "no profile": {}, "nil pointer": {Profile: (*knight)(nil)},
	} {
		if got := ProfileOf[knight](u); got != nil {
			t.Errorf("%s: got %+v, want nil", name, got)
		}
	}
}

// A wrong type is a mistake in the program. It must not look like a user without a profile.
func TestProfileOfAnotherType(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, want string
		profile    any
	}{
		{"another struct", "user: the profile is a *user.Billing, and was asked for as a *user.knight", &Billing{}},
		{"no pointer", "user: the profile is a user.knight, and was asked for as a *user.knight", knight{}},
	} {
		func() {
			defer func() {
				if got := recover(); got != test.want {
					t.Errorf("%s: got panic %v, want %q", test.name, got, test.want)
				}
			}()
			ProfileOf[knight](&User{Profile: test.profile})
		}()
	}
}
