package routes

import (
	"net/http"

	"github.com/ginauth/ginauth/user"
)

// loginForm is the body of a login.
type loginForm struct {
	Username string
	Password user.Secret
	Remember bool
}

// texts are the fields of a JSON object or a form.
type texts interface {
	text(name string) textField
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
	c.grant(fields.text(grantTypeField), "password", otherGrantType)
	form := loginForm{
		Username: c.username(fields.text(username).emptyIsMissing()),
		Password: user.Secret(c.text(fields.text(passwordField).emptyIsMissing())),
	}
	if remembers {
		form.Remember = c.optionalFlag(fields, rememberField)
	}
	if err := c.err(); err != nil {
		return loginForm{}, err
	}
	return form, nil
}

// loginFields returns the fields and which of them is the user's name.
func (d *decoder) loginFields(r *http.Request) (fields texts, username string, err error) {
	switch mediaTypeOf(r.Header) {
	case mediaForm, mediaMultipart:
		fields, err = loginForms(r)
		return fields, usernameField, err
	default:
		o, err := d.anyObject(r)
		if err != nil {
			return nil, "", err
		}
		username := loginName(o)
		return o, username, o.refuseBroken(username)
	}
}

func loginForms(r *http.Request) (form, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if mediaTypeOf(r.Header) == mediaForm {
		return parseURLEncoded(body, usernameField)
	}
	boundary, err := boundaryOf(r.Header)
	if err != nil {
		return nil, err
	}
	return parseMultipart(body, boundary, usernameField)
}

// loginName returns the name of the member with the login name: email if username is
// absent, null or empty and email is not.
func loginName(o object) string {
	if o.text(usernameField).emptyIsMissing().fault == missing && o.text(emailField).emptyIsMissing().fault != missing {
		return emailField
	}
	return usernameField
}

func (c *check) username(f textField) string {
	if f.fault == fine && hasNUL(f.text) {
		f.fault = notEmail
	}
	return c.text(f)
}

// grant accepts the type that OAuth2 (RFC 6749, sections 4.3.2 and 6) demands, and clients
// that do without.
func (c *check) grant(f textField, want string, other fault) {
	f = f.emptyIsMissing()
	switch {
	case f.fault == missing:
	case f.fault == fine && f.text != want:
		c.fault(f.name, other, "")
	default:
		c.text(f)
	}
}
