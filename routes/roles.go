package routes

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/roles"
)

const rolesField = "roles"

// hasRights reports whether u has the roles and permissions that d demands.
func (r *Routes) hasRights(d *Demands, u *user.User) bool {
	for _, role := range d.Roles {
		if !r.manager.HasRole(u, role) {
			return false
		}
	}
	for _, permission := range d.Permissions {
		if !r.manager.Can(u, permission) {
			return false
		}
	}
	return true
}

// mustDeclare panics where d demands what the configuration does not declare: with a
// misspelt name only superusers would pass.
func (r *Routes) mustDeclare(d Demands) {
	declared := r.manager.Roles()
	for _, role := range d.Roles {
		if !declared.Declares(role) {
			panic("ginauth: role " + role + " is not in Config.Roles")
		}
	}
	for _, permission := range d.Permissions {
		if !declared.DeclaresPermission(permission) {
			panic("ginauth: permission " + permission + " is in no role of Config.Roles")
		}
	}
}

// roles reads the roles of a body; nil for none sent.
func (c *check) roles(o wire.Object, declared *roles.Roles) *[]string {
	value := o.Member(rolesField)
	if value == nil || value.Kind() == jsontext.KindNull {
		return nil
	}
	values, ok := wire.List(value)
	if !ok {
		c.Fault(rolesField, wire.NotList, "")
		return nil
	}
	names := make([]string, len(values))
	for i, value := range values {
		if value.Kind() != jsontext.KindString {
			c.Items = append(c.Items, c.Dialect.Item(wire.NotString, "", "body", rolesField, i))
		} else if names[i] = wire.Unquote(value); !declared.Declares(names[i]) {
			c.Items = append(c.Items, wire.Item{Loc: []any{"body", rolesField, i}, Msg: "unknown role", Type: "value_error"})
		}
	}
	return &names
}

// Roles returns the names of roles in a field of the body, or nil for one that is absent
// or null. Those that the application does not declare are a 422.
func (in *Input) Roles(declared *roles.Roles) []string {
	names := in.check.roles(in.object, declared)
	if names == nil {
		return nil
	}
	return slices.Clip(*names)
}
