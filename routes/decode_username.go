package routes

import (
	"errors"

	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/username"
)

// newUsername reads the user name of a registration; empty for none.
func (c *check) newUsername(o wire.Object, names *username.Rules) string {
	field := o.Text(usernameField)
	if field.Absent() && !names.Required {
		return ""
	}
	text := c.Text(field)
	if field.Fault == wire.Fine {
		c.usernameFits(text, names)
	}
	return text
}

// changedUsername reads the new user name of u; nil for none sent, and empty where the name
// is to be removed.
func (c *check) changedUsername(o wire.Object, names *username.Rules, u *user.User, by byWhom) *string {
	field := o.Text(usernameField)
	removes := field.Fault == wire.NullValue && !names.Required
	switch {
	case field.Fault == wire.Missing:
		return nil
	case field.Fault != wire.Fine && !removes:
		c.Text(field)
		return nil
	case field.Text == u.Username && (removes || field.Text != ""): // it may be reserved by now
	case names.Immutable && !by.superuser && u.Username != "":
		c.badUsername("user name cannot be changed")
	case !removes:
		c.usernameFits(field.Text, names)
	}
	return &field.Text
}

func (c *check) usernameFits(text string, names *username.Rules) {
	_, err := names.Parse(text)
	if invalid := (*username.Error)(nil); errors.As(err, &invalid) {
		c.badUsername(invalid.Reason)
	}
}

func (c *check) badUsername(reason string) {
	c.Items = append(c.Items, wire.RuleItem(usernameField, reason))
}
