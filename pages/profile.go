package pages

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/ginauth/ginauth/profile"
)

// profileField is a field of the application's own that pages can show.
type profileField struct {
	name     string
	kind     string // of the input
	readOnly bool
	nilable  bool
	integer  bool
	isTime   bool
	onSignUp bool
	required bool
	choices  []string
	min, max string
}

// setUpProfile reads the application's own fields from the tags of their struct.
func (p *Pages) setUpProfile() error {
	t := p.routes.Manager().Store().ProfileType()
	for _, field := range t.Fields() {
		if one, ok := describe(field); ok {
			one.onSignUp = one.required
			if len(p.config.SignUpFields) > 0 {
				one.onSignUp = slices.Contains(p.config.SignUpFields, one.name)
			}
			p.profile = append(p.profile, one)
		}
	}
	for i, name := range p.config.SignUpFields {
		if !slices.ContainsFunc(p.profile, func(f profileField) bool { return f.name == name && !f.readOnly }) {
			return fmt.Errorf("Config.SignUpFields[%d] is %q, which is no field that a form can have", i, name)
		}
	}
	return nil
}

var timeType = reflect.TypeFor[time.Time]()

// describe returns how a field is shown, and whether it can be: lists and objects are not.
func describe(field profile.Field) (profileField, bool) {
	f := profileField{name: field.Name, readOnly: field.ReadOnly, nilable: field.Nilable}
	if field.Name == "" {
		return f, false
	}
	t := field.Type
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == timeType:
		f.kind, f.isTime = "date", true
	case t.Kind() == reflect.String:
		f.kind = "text"
	case t.Kind() == reflect.Bool:
		f.kind = "checkbox"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		f.kind, f.integer = "number", true
	case t.Kind() == reflect.Float32, t.Kind() == reflect.Float64:
		f.kind = "number"
	default:
		return f, false
	}
	f.readRules(field.Binding)
	return f, true
}

// readRules reads what a browser can say about the rules. Those that it does not know are
// the route's business alone.
func (f *profileField) readRules(binding string) {
	for rule := range strings.SplitSeq(binding, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(rule), "=")
		switch {
		case name == "dive":
			return
		case name == "required":
			f.required = true
		case name == "oneof" && f.kind != "checkbox":
			f.kind, f.choices = "select", choicesOf(value)
		case name == "email" && f.kind == "text":
			f.kind = "email"
		case (name == "url" || name == "http_url") && f.kind == "text":
			f.kind = "url"
		case name == "max" || name == "lte":
			f.max = value
		case name == "min" || name == "gte":
			f.min = value
		case name == "datetime" && value == time.DateOnly && f.kind == "text":
			f.kind = "date"
		}
	}
}

// choicesOf splits at spaces; a choice with spaces in it stands between single quotes.
func choicesOf(text string) []string {
	var choices []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		separator := " "
		if quoted, ok := strings.CutPrefix(text, "'"); ok {
			text, separator = quoted, "'"
		}
		one, rest, _ := strings.Cut(text, separator)
		choices, text = append(choices, one), rest
	}
	return choices
}

// profileFields returns the fields of a form: what was typed, or what the user has.
func (v *visit) profileFields(signUp bool) []*Field {
	has := v.user
	if v.filledIn() {
		has = nil
	}
	return v.fieldsOf(has, signUp)
}

// fieldsOf returns the fields of a form with what an account has; nil for what was typed.
func (v *visit) fieldsOf(has *account, signUp bool) []*Field {
	var fields []*Field
	for _, one := range v.profile {
		if one.readOnly || signUp && !one.onSignUp {
			continue
		}
		f := v.field(one.name, one.kind)
		f.ID = "profile-" + strings.ReplaceAll(one.name, "_", "-")
		f.Label = v.label(one.name)
		f.Required = one.required && one.kind != "checkbox"
		if !f.Required && signUp && one.kind != "checkbox" {
			f.Label = v.text.say("field.optional", f.Label)
		}
		if has != nil {
			f.Value = has.text(one)
			f.Checked = f.Value == "true"
		}
		f.Hint, _ = v.text.find("profile." + one.name + ".hint")
		switch one.kind {
		case "text", "email", "url":
			f.MaxLength = one.max
			f.Autocomplete = autocompletes[one.name]
		case "number":
			f.Min, f.Max, f.Step = one.min, one.max, "any"
			if one.integer {
				f.Step = "1"
			}
		case "select":
			v.choose(f, one)
		}
		fields = append(fields, f)
	}
	return fields
}

// autocompletes are the names that browsers know for fields of usual names.
var autocompletes = map[string]string{
	"first_name": "given-name", "given_name": "given-name", "last_name": "family-name", "family_name": "family-name",
	"name": "name", "full_name": "name", "phone": "tel", "company": "organization", "organization": "organization",
	"country": "country-name", "city": "address-level2", "postal_code": "postal-code", "website": "url", "nickname": "nickname",
}

func (v *visit) choose(f *Field, one profileField) {
	if !one.required || f.Value == "" {
		f.Options = append(f.Options, Option{Label: v.text.say("field.choose"), Selected: f.Value == ""})
	}
	for _, choice := range one.choices {
		label, ok := v.text.find("profile." + one.name + "." + choice)
		if !ok {
			label = humanized(choice)
		}
		f.Options = append(f.Options, Option{Value: choice, Label: label, Selected: f.Value == choice})
	}
}

// label names a field of the application's own: by the text "profile.<name>", or after
// its name.
func (v *visit) label(name string) string {
	if text, ok := v.text.find("profile." + name); ok {
		return text
	}
	return humanized(name)
}

func humanized(name string) string {
	words := strings.TrimSpace(strings.NewReplacer("_", " ", "-", " ").Replace(name))
	if words == "" {
		return name
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// sendProfile puts the fields that were typed into a body, as JSON has them.
func (v *visit) sendProfile(body map[string]any, signUp bool) {
	for _, one := range v.profile {
		if one.readOnly || signUp && !one.onSignUp {
			continue
		}
		body[one.name] = one.value(v.posted(one.name))
	}
}

// value returns what was typed as the JSON value that the field takes. What is none is
// sent as it is: the route says what is wrong with it.
func (f profileField) value(typed string) any {
	switch {
	case f.kind == "checkbox":
		return typed != ""
	case typed == "" && (f.nilable || f.kind == "number" || f.isTime):
		return nil
	case f.isTime:
		if day, err := time.Parse(time.DateOnly, typed); err == nil {
			return day.Format(time.RFC3339)
		}
	case f.kind == "number" || f.kind == "select" && f.integer:
		if number := json.Number(strings.TrimSpace(typed)); json.Valid([]byte(number)) {
			if _, err := number.Float64(); err == nil {
				return number
			}
		}
	}
	return typed
}
