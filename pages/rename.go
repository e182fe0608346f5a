package pages

import (
	"net/http"
	"strconv"
	"strings"
)

// named is a part of the account's lists whose entries can be renamed.
type named struct {
	section   string // the path of the list
	id, param string // the form's field and the route's parameter with the ID
	rename    operation
	notice    string
	label     string
}

// renameForm is the form for another name of entry i of a list.
func (v *visit) renameForm(n named, i int, id, name string) *Form {
	f := v.field("name", "text")
	f.ID, f.Value, f.Label, f.MaxLength, f.Autocomplete, f.Required = "rename-"+strconv.Itoa(i), name, v.text.say(n.label), "64", "off", true
	return v.form(n.section+"/rename", "rename.submit", hidden(n.id, id), f)
}

// takeName gives an entry another name. show returns the list once more, with the form of
// an entry by its ID; it is false where it has answered.
func (v *visit) takeName(n named, show func(id string) (*View, *Form, bool)) {
	if !v.known() {
		return
	}
	id := v.posted(n.id)
	a := v.call(n.rename, map[string]string{n.param: id}, map[string]any{"name": strings.TrimSpace(v.posted("name"))})
	switch {
	case a.ok():
		v.seeOther(n.section, "notice", n.notice)
	case a.status == http.StatusNotFound: // it was removed meanwhile
		v.seeOther(n.section)
	case a.status == http.StatusUnprocessableEntity:
		view, form, ok := show(id)
		if !ok {
			return
		}
		view.Form.field("name").Value = "" // it was typed into another form
		if form != nil {
			name := form.field("name")
			name.Value, name.Autofocus, name.Error = v.posted("name"), true, v.text.say("rename.wrong")
		}
		v.render(a.status, v.marked(view))
	default:
		v.failed(a)
	}
}
