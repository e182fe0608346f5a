package pages

import (
	"strings"
	"time"
)

// View is the dot of every template.
type View struct {
	// Page is the template's name, such as "sign-in".
	Page string
	// Lang is the language of the page, and Title its title.
	Lang, Title string
	// Name is what the application is called; empty for nothing.
	Name string
	// Base is the path before those of all pages, and Home where the application begins.
	Base, Home string
	// Logo says that there is an assets/logo.svg.
	Logo bool
	// Email is the address of the user who is logged in; empty for none.
	Email string
	// Acting says that who is logged in acts in that user's name.
	Acting bool
	// Sections are those of the account, or of the administration, and Area says of which;
	// none outside of them.
	Sections []Section
	Area     string
	// Notice is a message about what has been done, Error one about what has not.
	Notice, Error string
	// Wrong says that the page's form was refused.
	Wrong bool
	// Form is the page's form, if it has one.
	Form *Form
	// Next is where the page leads in the end; empty for home.
	Next string
	// Data is what the page is about; each template says what it has.
	Data any

	pages *Pages
	text  *lingua
}

// Section is an entry of a navigation.
type Section struct {
	Title, Href string
	Current     bool
}

// Form is a form.
type Form struct {
	// Action is where it is sent, by POST.
	Action string
	Fields []*Field
	// Submit is the text of its button.
	Submit string
	// Danger says that there is no way back from what it does.
	Danger bool
	// Passkey is what the script needs that has a passkey answer; nil for a form without.
	Passkey *Passkey
}

// Passkey has a form completed by the page's script: with what the browser's passkey
// answers, in the fields ceremony and credential.
type Passkey struct {
	// Kind is "get" for an answer, "create" for a new passkey.
	Kind string
	// Options is the route of what the browser is asked.
	Options string
	// Offer says that the browser offers passkeys in the field of the address, too.
	Offer bool
	// Known, Failed and Elsewhere are what the script says: the device has a passkey
	// already, has not answered, or passkeys belong to another host.
	Known, Failed, Elsewhere string
}

// Field is one field of a [Form].
type Field struct {
	// Name is the field's name, ID that of its element.
	Name, ID string
	// Type is the type of the input, or "select", "checkbox", "hidden".
	Type string
	// Label names the field, Hint says more about it, Error what is wrong with it.
	Label, Hint, Error string
	// Value is what it holds; never a password.
	Value   string
	Checked bool
	Options []Option
	// Autocomplete, InputMode, Step, Min, Max and MaxLength are the attributes of those
	// names; empty for none.
	Autocomplete, InputMode, Step, Min, Max, MaxLength string
	Required, Autofocus                                bool
}

// Option is a choice of a select.
type Option struct {
	Value, Label string
	Selected     bool
}

// Describedby returns the IDs of what describes the field.
func (f *Field) Describedby() string {
	var ids []string
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	return strings.Join(ids, " ")
}

// T returns a text in the page's language, with args in its placeholders.
func (v *View) T(key string, args ...any) string { return v.text.say(key, args...) }

// Asset returns the address of a file of assets.
func (v *View) Asset(name string) string {
	return v.Base + "/assets/" + name + "?v=" + v.pages.assets[name].hash
}

// Has reports whether there is a page at a path, such as "/sign-up".
func (v *View) Has(path string) bool {
	page, ok := v.pages.table[path]
	ok = ok && (path != "/sign-up" || !v.pages.byInvitation())
	offers := v.pages.current()
	for _, op := range page.needs {
		ok = ok && offers.has(op)
	}
	return ok
}

// Time returns a time in the page's language, in UTC.
func (v *View) Time(t time.Time) string { return t.UTC().Format(v.text.say("format.time")) }

// Date returns a time's day in the page's language, in UTC.
func (v *View) Date(t time.Time) string { return t.UTC().Format(v.text.say("format.date")) }

// view returns what every page has.
func (v *visit) view(page, title string) *View {
	view := &View{
		Page: page, Lang: v.text.tag, Title: v.text.say(title), Name: v.config.Name, Base: v.prefix, Home: v.home(),
		Next: v.next(), pages: v.Pages, text: v.text,
	}
	_, view.Logo = v.assets[logoFile]
	if v.user != nil {
		view.Email, view.Acting = v.user.Email, v.user.acting
	}
	if notice := v.c.Query("notice"); notice != "" {
		if notice == enrolment && view.Acting { // only the owner can
			notice = "acting_enrolment"
		}
		if text, ok := v.text.find("notice." + notice); ok {
			view.Notice = text
		}
	} else if v.kept != nil {
		view.Notice = v.text.say("notice.confirmed")
	}
	return view
}

// form returns a form of the page, for the page itself.
func (v *visit) form(path, submit string, fields ...*Field) *Form {
	return &Form{Action: v.link(path), Submit: v.text.say(submit), Fields: fields}
}

// field returns a field with what was typed into it. A password is never given back.
func (v *visit) field(name, kind string) *Field {
	f := &Field{Name: name, ID: "field-" + strings.ReplaceAll(name, "_", "-"), Type: kind, Label: v.text.say("field." + name)}
	if kind != "password" && v.filledIn() {
		f.Value, _ = v.typed(name)
		f.Checked = kind == "checkbox" && f.Value != ""
	}
	return f
}

func (v *visit) email() *Field {
	f := v.field("email", "email")
	f.Autocomplete, f.Required = "username", true
	return f
}

func (v *visit) password(name, autocomplete string) *Field {
	f := v.field(name, "password")
	f.Autocomplete, f.Required = autocomplete, true
	return f
}

func (v *visit) code(label string) *Field {
	f := v.field("code", "text")
	f.Label, f.Autocomplete, f.InputMode, f.Required, f.Autofocus = v.text.say(label), "one-time-code", "numeric", true, true
	f.Value = "" // it is used up, or wrong
	return f
}

func hidden(name, value string) *Field { return &Field{Name: name, Type: "hidden", Value: value} }

// nextField carries where the page leads in the end.
func (v *visit) nextField() *Field { return hidden(nextParam, v.next()) }

// focus has the first field that is wrong get the focus, else the first that is empty.
func (f *Form) focus() {
	var first *Field
	for _, field := range f.Fields {
		field.Autofocus = false
		if field.Type == "hidden" {
			continue
		}
		if field.Error != "" {
			field.Autofocus = true
			return
		}
		if first == nil && field.Value == "" && field.Type != "checkbox" {
			first = field
		}
	}
	if first != nil {
		first.Autofocus = true
	}
}

func (f *Form) field(name string) *Field {
	for _, field := range f.Fields {
		if field.Name == name {
			return field
		}
	}
	return nil
}
