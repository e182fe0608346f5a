package routes

import (
	"net/http"

	"github.com/ginauth/ginauth/user"
)

// register reads a registration. The flags of an account, such as is_superuser, are checked
// and then ignored, as FastAPI Users does.
func (d *decoder) register(r *http.Request) (user.Registration, error) {
	o, err := d.object(r, emailField)
	if err != nil {
		return user.Registration{}, err
	}
	c := d.check()
	if !c.whole(o) {
		return user.Registration{}, c.err()
	}
	registration := user.Registration{Email: c.email(o.text(emailField))}
	if d.usernames != nil && !d.nameless {
		registration.Username = c.newUsername(o, d.usernames)
	}
	registration.Password = user.Secret(c.text(o.text(passwordField)))
	c.flags(o)
	registration.Profile = d.profile.register(c, o)
	if invitation := o.text(invitationField); d.invitation && !invitation.absent() {
		registration.Invitation = user.Secret(c.text(invitation))
	}
	if err := c.err(); err != nil {
		return user.Registration{}, err
	}
	return registration, nil
}

// changes reads what a user may change of the own account. Only the profile of u is used,
// for rules that concern several fields, and the user name.
func (d *decoder) changes(r *http.Request, u *user.User) (user.Changes, error) {
	changes, err := d.anyChanges(r, u, byWhom{currentPassword: d.currentPassword})
	changes.IsActive, changes.IsSuperuser, changes.IsVerified = nil, nil, nil
	return changes, err
}

// superuserChanges is changes with flags and roles, for superusers, who may change those.
func (d *decoder) superuserChanges(r *http.Request, u *user.User) (user.Changes, error) {
	return d.anyChanges(r, u, byWhom{superuser: true})
}

// byWhom says which further fields a body may have.
type byWhom struct{ superuser, currentPassword bool }

// anyChanges reads the current password only where it means something: clients may
// send what they like in keys that do not.
func (d *decoder) anyChanges(r *http.Request, u *user.User, by byWhom) (user.Changes, error) {
	o, err := d.object(r, emailField)
	if err != nil {
		return user.Changes{}, err
	}
	c := d.check()
	if !c.whole(o) {
		return user.Changes{}, c.err()
	}
	var changes user.Changes
	if password := o.text(passwordField); !password.absent() {
		secret := user.Secret(c.text(password))
		changes.Password = &secret
	}
	if email := o.text(emailField); !email.absent() {
		text := c.email(email)
		changes.Email = &text
	}
	if d.usernames != nil {
		changes.Username = c.changedUsername(o, d.usernames, u, by)
	}
	if current := o.text(currentField); by.currentPassword && !current.absent() {
		secret := user.Secret(c.text(current))
		changes.CurrentPassword = &secret
	}
	flags := c.flags(o)
	changes.IsActive, changes.IsSuperuser, changes.IsVerified = flags.active, flags.superuser, flags.verified
	if by.superuser && d.roles != nil {
		changes.Roles = c.roles(o, d.roles)
	}
	changes.Profile, changes.ProfileFields = d.profile.change(c, o, u.Profile)
	if err := c.err(); err != nil {
		return user.Changes{}, err
	}
	return changes, nil
}

// flags are those of an account; nil for not sent.
type flags struct{ active, superuser, verified *bool }

func (c *check) flags(o object) flags {
	return flags{
		active:    c.flag(o, activeField),
		superuser: c.flag(o, superuserField),
		verified:  c.flag(o, verifiedField),
	}
}

// email reads the body of /forgot-password and /request-verify-token.
func (d *decoder) email(r *http.Request) (string, error) {
	o, err := d.object(r, emailField)
	if err != nil {
		return "", err
	}
	c := d.check()
	email := c.email(o.text(emailField).nullIsMissing())
	return email, c.err()
}

// resetForm is the body of /reset-password.
type resetForm struct {
	Token    string
	Password user.Secret
}

// reset reads the body of /reset-password.
func (d *decoder) reset(r *http.Request) (resetForm, error) {
	o, err := d.object(r)
	if err != nil {
		return resetForm{}, err
	}
	c := d.check()
	form := resetForm{
		Token:    c.text(o.text(tokenField).nullIsMissing()),
		Password: user.Secret(c.text(o.text(passwordField).nullIsMissing())),
	}
	if err := c.err(); err != nil {
		return resetForm{}, err
	}
	return form, nil
}

// verify reads the body of /verify and returns the token.
func (d *decoder) verify(r *http.Request) (string, error) {
	o, err := d.object(r)
	if err != nil {
		return "", err
	}
	c := d.check()
	token := c.text(o.text(tokenField).nullIsMissing())
	return token, c.err()
}
