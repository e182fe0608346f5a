package routes

import (
	"errors"
	"net/http"

	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/roles"
)

// decoder reads the bodies of requests into typed values. It is safe for
// concurrent use. Its methods read the body, at most maxBodyBytes, and fail with
// an *invalidError, errUndecodable or errTooLarge, and with nothing else.
type decoder struct {
	wire    Wire
	profile *profilePlan
	// currentPassword says that the body may have the user's current password.
	currentPassword bool
	// roles are those that superusers may give; nil for none.
	roles *roles.Roles
	// usernames are the choices about user names; nil for none. nameless says that a
	// registration has no user name.
	usernames *user.Usernames
	nameless  bool
	// invitation says that a registration may have the token of an invitation.
	invitation bool
}

// newDecoder panics if wire is unknown or [CheckProfile] finds fault with profile.
func newDecoder(wire Wire, profile *profile.Type) *decoder {
	if !wire.Valid() {
		panic("routes: unknown wire profile")
	}
	plan, err := newProfilePlan(profile)
	if err != nil {
		panic(err)
	}
	return &decoder{wire: wire, profile: plan}
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

// object reads the body as a JSON object. Text that is not UTF-8 is undecodable,
// except in the fields named, which are e-mail addresses.
func (d *decoder) object(r *http.Request, emails ...string) (object, error) {
	o, err := d.anyObject(r)
	if err != nil {
		return object{}, err
	}
	return o, o.refuseBroken(emails...)
}

// anyObject is object before the decision which field is an e-mail address. The caller
// has to call refuseBroken.
func (d *decoder) anyObject(r *http.Request) (object, error) {
	body, err := readBody(r)
	if err != nil {
		return object{}, err
	}
	if mediaTypeOf(r.Header) != mediaJSON {
		if len(body) == 0 {
			return object{shape: noBody}, nil
		}
		return object{shape: otherBody}, nil
	}
	o, err := parseObject(body)
	if malformedJSON := (*malformedError)(nil); errors.As(err, &malformedJSON) {
		it := d.wire.item(malformed, malformedJSON.place(body), "body", malformedJSON.offset)
		return object{}, &invalidError{[]item{it}}
	}
	return o, err
}

// check returns a check in the words of the decoder's wire profile.
func (d *decoder) check() *check { return &check{wire: d.wire} }

// check collects what is wrong with a body, in the order it is found.
type check struct {
	wire  Wire
	items []item
}

// err returns an *invalidError with everything that was found, or nil.
func (c *check) err() error {
	if len(c.items) == 0 {
		return nil
	}
	return &invalidError{c.items}
}

func (c *check) fault(field string, f fault, particulars string) {
	c.items = append(c.items, c.wire.item(f, particulars, "body", field))
}

// whole reports whether the body is a JSON object, and notes it if not: then there are no
// fields to check.
func (c *check) whole(o object) bool {
	switch o.shape {
	case objectBody:
		return true
	case otherBody:
		c.items = append(c.items, c.wire.item(notObject, "", "body"))
	default:
		c.items = append(c.items, c.wire.item(missing, "", "body"))
	}
	return false
}
