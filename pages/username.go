package pages

import "strings"

// usernameField is the user's name of the routes, where the application has names.
const usernameField = "username"

// username is the field of a name.
func (v *visit) username() *Field {
	f := v.field(usernameField, "text")
	f.Hint, f.MaxLength, f.Autocomplete = v.text.say("username.hint"), "32", "off"
	names := v.routes.Manager().Policy().Usernames
	f.Required = names != nil && names.Required
	if !f.Required && v.user == nil {
		f.Label = v.text.say("field.optional", f.Label)
	}
	return f
}

// ownName returns the user's name, and whether another can be chosen: not by who acts in the
// user's name, as it is a way in.
func (v *visit) ownName() (name string, open bool) {
	names := v.routes.Manager().Policy().Usernames
	name, _ = v.user.fields[usernameField].(string)
	return name, names != nil && !v.user.acting && !(names.Immutable && name != "") && v.offers.reads(opUpdateMe, usernameField)
}

// sendName puts a name that was changed into a body; an empty one removes it.
func (v *visit) sendName(body map[string]any) {
	name, open := v.ownName()
	typed := strings.TrimSpace(v.posted(usernameField))
	switch _, sent := v.c.GetPostForm(usernameField); {
	case !open || !sent || typed == name:
	case typed == "":
		body[usernameField] = nil
	default:
		body[usernameField] = typed
	}
}
