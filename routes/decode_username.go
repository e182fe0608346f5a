package routes

import (
	"errors"

	"github.com/ginauth/ginauth/user"
)

// newUsername reads the user name of a registration; empty for none.
func (c *check) newUsername(o object, names *user.Usernames) string {
	field := o.text(usernameField)
	if field.absent() && !names.Required {
		return ""
	}
	text := c.text(field)
	if field.fault == fine {
		c.usernameFits(text, names)
	}
	return text
}

// changedUsername reads the new user name of u; nil for none sent, and empty where the name
// is to be removed.
func (c *check) changedUsername(o object, names *user.Usernames, u *user.User, by byWhom) *string {
	field := o.text(usernameField)
	removes := field.fault == nullValue && !names.Required
	switch {
	case field.fault == missing:
		return nil
	case field.fault != fine && !removes:
		c.text(field)
		return nil
	case field.text == u.Username && (removes || field.text != ""): // it may be reserved by now
	case names.Immutable && !by.superuser && u.Username != "":
		c.badUsername("user name cannot be changed")
	case !removes:
		c.usernameFits(field.text, names)
	}
	return &field.text
}

func (c *check) usernameFits(text string, names *user.Usernames) {
	_, err := names.Parse(text)
	if invalid := (*user.UsernameError)(nil); errors.As(err, &invalid) {
		c.badUsername(invalid.Reason)
	}
}

func (c *check) badUsername(reason string) {
	c.items = append(c.items, item{loc: []any{"body", usernameField}, msg: reason, typ: "value_error"})
}
