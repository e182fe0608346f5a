package routes

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/roles"
)

const rolesField = "roles"

// hasRights reports whether u has the roles and permissions that d demands.
func (r *Routes) hasRights(d Demands, u *user.User) bool {
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
func (c *check) roles(o object, declared *roles.Roles) *[]string {
	m := o.member(rolesField)
	if m == nil || m.value.Kind() == jsontext.KindNull {
		return nil
	}
	texts, areTexts := textItems(m.value)
	if areTexts == nil {
		c.fault(rolesField, notList, "")
		return nil
	}
	for i, text := range texts {
		switch {
		case !areTexts[i]:
			c.items = append(c.items, c.wire.item(notString, "", "body", rolesField, i))
		case !declared.Declares(text):
			c.items = append(c.items, item{loc: []any{"body", rolesField, i}, msg: "unknown role", typ: "value_error"})
		}
	}
	return &texts
}

// textItems returns the strings of an array and which of its values they are; nil where
// value is no array.
func textItems(value jsontext.Value) (texts []string, areTexts []bool) {
	if value.Kind() != jsontext.KindBeginArray {
		return nil, nil
	}
	texts, areTexts = []string{}, []bool{}
	decoder := jsontext.NewDecoder(strings.NewReader(string(value)))
	_, err := decoder.ReadToken()
	for err == nil && decoder.PeekKind() != jsontext.KindEndArray {
		isText := decoder.PeekKind() == jsontext.KindString
		var one jsontext.Value
		if one, err = decoder.ReadValue(); err == nil {
			text := ""
			if isText {
				text, _ = unquote(one)
			}
			texts, areTexts = append(texts, text), append(areTexts, isText)
		}
	}
	return texts, areTexts
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
