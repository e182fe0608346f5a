package routes

import (
	"net/http"

	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

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
	o, err := d.dialect.Object(r, emailField)
	if err != nil {
		return user.Changes{}, err
	}
	c := d.check()
	if o.Shape != wire.ObjectBody {
		return user.Changes{}, c.NoObject(o)
	}
	var changes user.Changes
	if password := o.Text(passwordField); !password.Absent() {
		secret := secrets.Secret(c.Text(password))
		changes.Password = &secret
	}
	if email := o.Text(emailField); !email.Absent() {
		text := c.Email(email)
		changes.Email = &text
	}
	if d.usernames != nil {
		changes.Username = c.changedUsername(o, d.usernames, u, by)
	}
	if current := o.Text(currentField); by.currentPassword && !current.Absent() {
		secret := secrets.Secret(c.Text(current))
		changes.CurrentPassword = &secret
	}
	changes.IsActive, changes.IsSuperuser, changes.IsVerified = c.Flag(o, activeField), c.Flag(o, superuserField), c.Flag(o, verifiedField)
	if by.superuser && d.roles != nil {
		changes.Roles = c.roles(o, d.roles)
	}
	if d.profile != nil {
		changes.Profile, changes.ProfileFields = d.profile.change(c, o, u.Profile)
	}
	if err := c.Err(); err != nil {
		return user.Changes{}, err
	}
	return changes, nil
}

// email reads the body of /forgot-password and /request-verify-token.
func (d *decoder) email(r *http.Request) (string, error) {
	o, err := d.dialect.Object(r, emailField)
	if err != nil {
		return "", err
	}
	c := d.check()
	email := c.Email(o.Text(emailField).NullIsMissing())
	return email, c.Err()
}

// resetForm is the body of /reset-password.
type resetForm struct {
	Token    string
	Password secrets.Secret
}

// reset reads the body of /reset-password.
func (d *decoder) reset(r *http.Request) (resetForm, error) {
	o, err := d.dialect.Object(r)
	if err != nil {
		return resetForm{}, err
	}
	c := d.check()
	form := resetForm{
		Token:    c.Text(o.Text(tokenField).NullIsMissing()),
		Password: secrets.Secret(c.Text(o.Text(passwordField).NullIsMissing())),
	}
	if err := c.Err(); err != nil {
		return resetForm{}, err
	}
	return form, nil
}

// verify reads the body of /verify and returns the token.
func (d *decoder) verify(r *http.Request) (string, error) {
	o, err := d.dialect.Object(r)
	if err != nil {
		return "", err
	}
	c := d.check()
	token := c.Text(o.Text(tokenField).NullIsMissing())
	return token, c.Err()
}
