package usertest

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/user"
)

// start is when the users of the suites were created.
var start = time.Date(2026, time.January, 2, 3, 4, 5, 678_000_000, time.UTC)

// later is the time of a change in the suites.
var later = start.Add(90 * time.Minute)

// suite is one subtest of a suite with a store of its own.
type suite struct {
	name string
	run  func(t *testing.T, s user.Store)
}

// run runs the subtests beside each other and returns when all have ended, so
// that the caller may close what the stores need.
func run(t *testing.T, newStore func(t *testing.T) user.Store, group string, tests []suite) {
	t.Helper()
	t.Run(group, func(t *testing.T) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				test.run(t, newStore(t))
			})
		}
	})
}

// sample returns a user with every field set, whose e-mail key is key.
func sample(s user.Store, key string) *user.User {
	return &user.User{
		ID:             s.NewID(),
		Email:          "As.Typed+" + key,
		EmailKey:       key,
		HashedPassword: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$" + key,
		IsActive:       true,
		IsVerified:     true,
		CreatedAt:      start,
		UpdatedAt:      start.Add(time.Minute),
		Profile:        sampleProfile(),
	}
}

func sampleProfile() *Profile {
	return &Profile{
		FirstName: pointer("Arthur"),
		Plan:      "free",
		Address:   Address{City: pointer("Camelot"), Lines: []string{"Round Table 1", "ÄÖÜ ёж 🗡"}},
		Tags:      []string{"king", "", "king"},
		Scores:    map[string]int64{"joust": 3, "quest": -1 << 40, "at arms": 0},
		JoinedAt:  start.Add(-time.Hour),
		Note:      "not for clients",
	}
}

// add stores a sample user after change was applied to it.
func add(t *testing.T, s user.Store, key string, change ...func(*user.User)) *user.User {
	t.Helper()
	u := sample(s, key)
	for _, c := range change {
		c(u)
	}
	if err := s.Create(t.Context(), u); err != nil {
		t.Fatalf("Create(%s): %v", key, err)
	}
	return u
}

func superuser(u *user.User) { u.IsSuperuser = true }
func inactive(u *user.User)  { u.IsActive = false }

// banned has a ban that is in force until long after the changes of the suites.
func banned(u *user.User) {
	u.Ban = &user.Ban{At: start, Until: later.Add(time.Hour), Reason: "cheated at jousting"}
}

// formerlyBanned has a ban that ends at the time of the changes of the suites.
func formerlyBanned(u *user.User) { u.Ban = &user.Ban{At: start, Until: later, Reason: ""} }

// stored returns the user as ByID reads it.
func stored(t *testing.T, s user.Store, id user.ID) *user.User {
	t.Helper()
	u, err := s.ByID(t.Context(), id)
	if err != nil {
		t.Fatalf("ByID: %v", err)
	}
	return u
}

// checkUser reports every field in which two users differ.
func checkUser(t *testing.T, what string, got, want *user.User) {
	t.Helper()
	if got == nil {
		t.Errorf("%s: got no user", what)
		return
	}
	check := func(field string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s: got %+v, want %+v", what, field, got, want)
		}
	}
	check("ID", got.ID, want.ID)
	check("Email", got.Email, want.Email)
	check("EmailKey", got.EmailKey, want.EmailKey)
	check("Username", got.Username, want.Username)
	check("UsernameKey", got.UsernameKey, want.UsernameKey)
	check("HashedPassword", got.HashedPassword, want.HashedPassword)
	check("IsActive", got.IsActive, want.IsActive)
	check("IsSuperuser", got.IsSuperuser, want.IsSuperuser)
	check("IsVerified", got.IsVerified, want.IsVerified)
	check("TokenVersion", got.TokenVersion, want.TokenVersion)
	check("SecondFactor", got.SecondFactor, want.SecondFactor)
	check("OwnerVersion", got.OwnerVersion, want.OwnerVersion)
	check("KeyVersion", got.KeyVersion, want.KeyVersion)
	check("Roles", got.Roles, want.Roles)
	check("Ban", got.Ban, want.Ban)
	check("KeptToken", got.KeptToken, want.KeptToken)
	check("CreatedAt", got.CreatedAt.UTC(), want.CreatedAt.UTC())
	check("UpdatedAt", got.UpdatedAt.UTC(), want.UpdatedAt.UTC())
	checkProfile(t, what, got.Profile, want.Profile)
}

func checkProfile(t *testing.T, what string, got, want any) {
	t.Helper()
	p, ok := got.(*Profile)
	if !ok || p == nil {
		t.Errorf("%s: Profile: got a %T, want a *usertest.Profile", what, got)
		return
	}
	g, w := reflect.ValueOf(*p), reflect.ValueOf(*want.(*Profile))
	for i := range g.NumField() {
		got, want := g.Field(i).Interface(), w.Field(i).Interface()
		if at, ok := got.(time.Time); ok {
			got, want = at.UTC(), want.(time.Time).UTC()
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: Profile.%s: got %+v, want %+v", what, g.Type().Field(i).Name, got, want)
		}
	}
}

func checkError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || (want == user.ErrNotFound && errors.Is(got, user.ErrDamaged)) {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

// checkUnchanged reports what a refused operation has changed all the same.
func checkUnchanged(t *testing.T, what string, s user.Store, want *user.User) {
	t.Helper()
	checkUser(t, "after "+what, stored(t, s, want.ID), want)
}

// atOnce calls f n times at the same moment and returns what the calls returned.
func atOnce(n int, f func(i int) error) []error {
	errs := make([]error, n)
	ready := make(chan struct{})
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() {
			<-ready
			errs[i] = f(i)
		})
	}
	close(ready)
	done.Wait()
	return errs
}

// checkWinners reports when not exactly n calls succeeded or one of the others
// failed with an error other than loser.
func checkWinners(t *testing.T, what string, errs []error, n int, loser error) {
	t.Helper()
	winners := 0
	for _, err := range errs {
		if err == nil {
			winners++
			continue
		}
		checkError(t, what, err, loser)
	}
	if winners != n {
		t.Errorf("%s: %d of %d succeeded, want %d", what, winners, len(errs), n)
	}
}

// answers are the errors that tell something about the data. A store that could
// not answer must not return one of them.
var answers = []error{
	user.ErrNotFound, user.ErrExists, user.ErrInvalidID, user.ErrLastSuperuser,
	user.ErrUsed, user.ErrLinked, user.ErrLastLoginMethod, user.ErrUsernameTaken,
}

// checkEnded calls every operation with a context that has ended: each must
// return an error that is no answer.
func checkEnded(t *testing.T, operations map[string]func(ctx context.Context) error) {
	t.Helper()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancelLate := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancelLate()
	for name, operation := range operations {
		for state, ctx := range map[string]context.Context{"cancelled": cancelled, "past its deadline": late} {
			err := operation(ctx)
			if err == nil {
				t.Errorf("%s with a context %s: got no error", name, state)
			}
			for _, answer := range answers {
				if errors.Is(err, answer) {
					t.Errorf("%s with a context %s: got %v, want an error that is no answer", name, state, err)
				}
			}
		}
	}
}

func pointer[T any](value T) *T { return &value }
