package routes

import (
	"net/http"
	"strings"

	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/user/secrets"
)

// loginForm is the body of a login.
type loginForm struct {
	Username string
	Password secrets.Secret
	Remember bool
}

// login reads a login: a form or JSON. The address is not checked, apart from
// what could not be looked up: a mistyped one is just bad credentials. remembers says
// that the field "remember" is read too.
func (d *decoder) login(r *http.Request, remembers bool) (loginForm, error) {
	fields, username, err := d.loginFields(r)
	if err != nil {
		return loginForm{}, err
	}
	c := d.check()
	c.grant(fields.Text(grantTypeField), "password", wire.OtherGrantType)
	form := loginForm{
		Username: c.username(fields.Text(username).EmptyIsMissing()),
		Password: secrets.Secret(c.Text(fields.Text(passwordField).EmptyIsMissing())),
	}
	if remembers {
		form.Remember = c.OptionalFlag(fields, rememberField)
	}
	if err := c.Err(); err != nil {
		return loginForm{}, err
	}
	return form, nil
}

// loginFields returns the fields and which of them is the user's name: in JSON email if
// username is absent, null or empty and email is not.
func (d *decoder) loginFields(r *http.Request) (fields wire.Fields, username string, err error) {
	if wire.IsForm(r.Header) {
		fields, err = wire.ReadForm(r, usernameField)
		return fields, usernameField, err
	}
	o, err := d.dialect.Object(r, usernameField, emailField)
	if err != nil {
		return nil, "", err
	}
	return o, o.First(usernameField, emailField), nil
}

func (c *check) username(f wire.TextField) string {
	if f.Fault == wire.Fine && hasNUL(f.Text) {
		f.Fault = wire.NotEmail
	}
	return c.Text(f)
}

// grant accepts the type that OAuth2 (RFC 6749, sections 4.3.2 and 6) demands, and clients
// that do without.
func (c *check) grant(f wire.TextField, want string, other wire.Fault) {
	f = f.EmptyIsMissing()
	switch {
	case f.Fault == wire.Missing:
	case f.Fault == wire.Fine && f.Text != want:
		c.Fault(f.Name, other, "")
	default:
		c.Text(f)
	}
}

// hasNUL reports whether a text has a NUL byte.
func hasNUL(text string) bool { return strings.IndexByte(text, 0) >= 0 }
