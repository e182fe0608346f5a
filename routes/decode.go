package routes

import (
	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user/roles"
	"github.com/ginauth/ginauth/user/username"
)

// decoder reads the bodies of requests into typed values. It is safe for
// concurrent use. Its methods read the body, at most wire.MaxBodyBytes, and fail with
// a *wire.InvalidError, wire.ErrUndecodable or wire.ErrTooLarge, and with nothing else.
type decoder struct {
	dialect wire.Dialect
	profile *profilePlan
	// currentPassword says that the body may have the user's current password.
	currentPassword bool
	// roles are those that superusers may give; nil for none.
	roles *roles.Roles
	// usernames are the choices about user names; nil for none.
	usernames *username.Rules
	// concealed says that registrations do not reveal who has an account. They take no user
	// name: the answer could not conceal that one is taken.
	concealed bool
	// invitation says that a registration may have the token of an invitation.
	invitation bool
}

// newDecoder panics if w is unknown or [CheckProfile] finds fault with profile.
func newDecoder(w Wire, profile *profile.Type) *decoder {
	if !w.Valid() {
		panic("routes: unknown wire profile")
	}
	plan, err := newProfilePlan(profile)
	if err != nil {
		panic(err)
	}
	return &decoder{dialect: w.words(), profile: plan}
}

// Names of fields.
const (
	emailField     = "email"
	passwordField  = "password"
	usernameField  = "username"
	grantTypeField = "grant_type"
	tokenField     = "token"
	// invitationField is the field of a registration that has an invitation's token.
	invitationField = "invitation"
	activeField     = "is_active"
	superuserField  = "is_superuser"
	verifiedField   = "is_verified"
)

// check returns a check in the words of the decoder's wire profile.
func (d *decoder) check() *check { return &check{wire.Check{Dialect: d.dialect}} }

// check collects what is wrong with a body, in the order it is found.
type check struct{ wire.Check }
