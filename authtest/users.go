package authtest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

// Password is what users log in with that were made without [WithPassword].
const Password = "correct horse battery staple"

// UserOption is a choice of [Kit.User].
type UserOption func(*newUser)

type newUser struct {
	user.User
	password string
}

// Verified makes a user whose e-mail address is verified.
func Verified() UserOption { return func(u *newUser) { u.IsVerified = true } }

// Inactive makes a user who is deactivated.
func Inactive() UserOption { return func(u *newUser) { u.IsActive = false } }

// Superuser makes a superuser.
func Superuser() UserOption { return func(u *newUser) { u.IsSuperuser = true } }

// WithEmail makes a user with that e-mail address. Each user has another by default.
func WithEmail(email string) UserOption { return func(u *newUser) { u.Email = email } }

// WithPassword makes a user with that password, whatever the application's rule for
// passwords. Hashing it takes some 20 ms. Defaults to [Password], which does not.
func WithPassword(password string) UserOption { return func(u *newUser) { u.password = password } }

// Profile makes a user with these fields of the application's own.
func Profile[P any](profile P) UserOption {
	return func(u *newUser) { u.User.Profile = &profile }
}

// User stores a new user and returns it as it is stored: active, not verified and
// no superuser where the options do not say otherwise. No hook of the application
// runs; auth.Manager().Create makes users with hooks.
func (k *Kit) User(options ...UserOption) *ginauth.User {
	k.t.Helper()
	u, err := createUser(k.store, k.Clock.Now(), options)
	if err != nil {
		k.t.Fatal(err)
	}
	return u
}

// createUser stores a new user with an unused address.
func createUser(store user.Store, now time.Time, options []UserOption) (*ginauth.User, error) {
	now = now.UTC().Truncate(time.Millisecond)
	id := store.NewID()
	u := newUser{User: user.User{
		ID:        id,
		Email:     fmt.Sprintf("user-%s@app.example", id),
		IsActive:  true,
		CreatedAt: now,
		UpdatedAt: now,
		Profile:   store.ProfileType().New(),
	}}
	for _, option := range options {
		option(&u)
	}
	if err := u.complete(store); err != nil {
		return nil, err
	}
	ctx := context.Background()
	if err := store.Create(ctx, &u.User); err != nil {
		return nil, fmt.Errorf("authtest: store user %s: %w", u.Email, err)
	}
	return store.ByID(ctx, u.ID)
}

// complete checks what the options gave and fills in the rest.
func (u *newUser) complete(store user.Store) error {
	address, err := email.Parse(u.Email)
	if err != nil {
		return fmt.Errorf("authtest: e-mail address %q: %w", u.Email, err)
	}
	u.Email, u.EmailKey = address.Address, address.Key
	if got, want := fmt.Sprintf("%T", u.User.Profile), fmt.Sprintf("%T", store.ProfileType().New()); got != want {
		return fmt.Errorf("authtest: the user has a profile of type %s, the store wants %s: give both New's WithProfile and User's Profile the same type", got, want)
	}
	if u.password == "" {
		u.HashedPassword, err = standardHash()
	} else {
		u.HashedPassword, err = hash(u.password)
	}
	return err
}

// standardHash is the hash of Password, computed once for all users.
var standardHash = sync.OnceValues(func() (string, error) { return hash(Password) })

func hash(text string) (string, error) {
	hasher, err := password.New(password.Config{})
	if err != nil {
		return "", err
	}
	return hasher.Hash(context.Background(), text)
}
