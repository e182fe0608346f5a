package routes

import (
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// NewAccount reads the body with which an administrator creates a user: that of a
// registration, where the password may be missing, with flags and roles. Errors answer
// 413, 400 or 422.
func (r *Routes) NewAccount(c *gin.Context) (user.Registration, error) {
	d := r.decode
	o, err := d.dialect.Object(c.Request, emailField)
	if err != nil {
		return user.Registration{}, err
	}
	check := d.check()
	if o.Shape != wire.ObjectBody {
		return user.Registration{}, check.NoObject(o)
	}
	registration := user.Registration{Email: check.Email(o.Text(emailField).NullIsMissing())}
	if password := o.Text(passwordField); !password.Absent() {
		registration.Password = secrets.Secret(check.Text(password))
	}
	active := check.Flag(o, activeField)
	registration.IsInactive = active != nil && !*active
	registration.IsSuperuser = check.OptionalFlag(o, superuserField)
	registration.IsVerified = check.OptionalFlag(o, verifiedField)
	if d.roles != nil {
		if roles := check.roles(o, d.roles); roles != nil {
			registration.Roles = *roles
		}
	}
	if d.profile != nil {
		registration.Profile = d.profile.register(check, o)
	}
	return registration, check.Err()
}

// NewAccountBody describes what [Routes.NewAccount] reads.
func (r *Routes) NewAccountBody() *Body {
	body := userCreate()
	body.Name = "UserCreateByAdministrator"
	body.Fields[1].Required, body.Fields[1].Nullable = false, true
	body.Fields[1].Description = "Without it the user gets a mail to set one."
	for _, name := range []string{activeField, superuserField, verifiedField} {
		body.Fields = append(body.Fields, Field{Name: name, Type: "boolean", Nullable: true})
	}
	if roles := r.manager.Roles(); roles != nil {
		body.Fields = append(body.Fields, Field{Name: rolesField, Type: "array", Values: roles.Names(), Nullable: true})
	}
	return body
}

// UserAnswer describes the success that answers with a user, for packages that add routes.
func (r *Routes) UserAnswer(status int, description string) []Success {
	return r.userAnswer(status, description)
}

// IDParam describes the user named in the path, for packages that add routes.
func (r *Routes) IDParam() Param { return r.idParam() }

// AppendUser appends the JSON form of a user as [User] answers with it.
func AppendUser(c *gin.Context, dst []byte, u *user.User) []byte { return appendShown(c, dst, u) }

// QueryFault is what is wrong with a parameter of the query.
type QueryFault struct{ Name, Message string }

// InvalidQueries returns the error that answers 422 about parameters of the query, or nil
// for none.
func InvalidQueries(faults ...QueryFault) error {
	if len(faults) == 0 {
		return nil
	}
	var items []wire.Item
	for _, f := range faults {
		items = append(items, wire.QueryItem(f.Name, f.Message))
	}
	return &wire.InvalidError{Items: items}
}
