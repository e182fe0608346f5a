package authtest

import (
	"context"
	"net/http"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

// WithRoles makes a user with these roles, whatever the application declares.
func WithRoles(names ...string) UserOption {
	return func(u *newUser) { u.Roles = append([]string(nil), names...) }
}

// HasRole returns a caller that is called like the role: an active and verified user who
// has it and no other.
func HasRole(role string) Caller {
	return Caller{Name: role, User: []UserOption{Verified(), WithRoles(role)}, LogIn: logIn}
}

// Banned returns the caller "banned": a superuser whose ban began after the login. The
// token is one from before the ban, as the write of a ban alone leaves it, so that the
// guards are tested and not only the end of the tokens. An answer that is neither the one
// of the inactive nor the one of the anonymous caller fails the test, whatever the file
// has.
func Banned() Caller {
	return Caller{
		Name: "banned", User: []UserOption{Verified(), Superuser()}, Like: []string{"inactive", "anonymous"},
		LogIn: func(k *Kit, r *http.Request, b backends.Backend, u *ginauth.User) {
			k.LogIn(r, b, u)
			now := k.Clock.Now()
			k.change(u, user.Update{Ban: &user.Ban{At: now}, UpdatedAt: now})
		},
	}
}

// Demoted returns the caller "demoted": a superuser at the login, and since a moment an
// active and verified user like others. An answer that is not the one of the active caller
// fails the test, whatever the file has.
func Demoted() Caller {
	return Caller{
		Name: "demoted", User: []UserOption{Verified(), Superuser()}, Like: []string{"active"},
		LogIn: func(k *Kit, r *http.Request, b backends.Backend, u *ginauth.User) {
			k.LogIn(r, b, u)
			no := false
			k.change(u, user.Update{IsSuperuser: &no, UpdatedAt: k.Clock.Now()})
		},
	}
}

// Impersonated returns the caller "impersonated": a superuser who acts in the name of an
// active and verified user ([Kit.Impersonate]). Routes that change a way in must refuse it.
func Impersonated() Caller {
	return Caller{
		Name: "impersonated", User: []UserOption{Verified()},
		LogIn: func(k *Kit, r *http.Request, b backends.Backend, u *ginauth.User) {
			k.t.Helper()
			actor := k.User(Verified(), Superuser())
			k.actors = append(k.actors, actor)
			k.Impersonate(r, b, actor, u)
		},
	}
}

func logIn(k *Kit, r *http.Request, b backends.Backend, u *ginauth.User) { k.LogIn(r, b, u) }

// change writes to the stored user u. No hook runs and no token ends.
func (k *Kit) change(u *ginauth.User, update user.Update) {
	k.t.Helper()
	if _, err := k.store.Update(context.Background(), u.ID, update); err != nil {
		k.t.Fatalf("authtest: change user %s: %v", u.ID, err)
	}
}
