package routes

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-playground/locales/en"
	ut "github.com/go-playground/universal-translator"
	"github.com/go-playground/validator/v10"
	english "github.com/go-playground/validator/v10/translations/en"

	"github.com/ginauth/ginauth/profile"
)

// rules are the binding tags of the application's own fields.
type rules struct {
	validate   *validator.Validate
	translator ut.Translator
	names      []string        // JSON names, by place in profilePlan.fields
	prefix     string          // what all paths of the validator begin with
	places     map[string]int  // Go path of a field without prefix → its place
	containers map[string]bool // Go paths of embedded structs
}

// newRules prepares the rules of the fields, which are fields of t. Rules that do
// not work are found by trying them: the validator panics over such.
func newRules(t *profile.Type, fields []plannedField) (*rules, error) {
	r := &rules{
		validate: validator.New(validator.WithRequiredStructEnabled()),
		places:   map[string]int{}, containers: map[string]bool{},
	}
	if name := t.Type().Name(); name != "" {
		r.prefix = name + "."
	}
	r.validate.SetTagName("binding")
	r.validate.RegisterTagNameFunc(jsonNameOf)
	language := en.New()
	r.translator, _ = ut.New(language, language).GetTranslator(language.Locale())
	if err := english.RegisterDefaultTranslations(r.validate, r.translator); err != nil {
		return nil, fmt.Errorf("routes: prepare messages of binding rules: %w", err)
	}
	for place, field := range fields {
		r.names = append(r.names, field.Name)
		r.places[r.path(t.Type(), field.Index)] = place
	}
	return r, r.try(t)
}

func jsonNameOf(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

// path returns the path of a field, and notes the embedded structs on the way.
func (r *rules) path(t reflect.Type, index []int) string {
	var path string
	for depth, i := range index {
		if depth > 0 {
			r.containers[path] = true
			path += "."
		}
		field := t.Field(i)
		path += field.Name
		t = field.Type
	}
	return path
}

// broken returns, by place, what is wrong with the fields that are to be
// checked: "" for nothing, else the first rule it breaks, in English.
func (r *rules) broken(profile any, checked []bool) []string {
	messages := make([]string, len(checked))
	err := r.validate.StructFiltered(profile, func(path []byte) (skip bool) {
		field := strings.TrimPrefix(string(path), r.prefix)
		place, known := r.placeOf(field)
		if !known {
			return !r.containers[field]
		}
		return !checked[place]
	})
	var failures validator.ValidationErrors
	if !errors.As(err, &failures) {
		return messages
	}
	for _, failure := range failures {
		field := strings.TrimPrefix(failure.StructNamespace(), r.prefix)
		if place, known := r.placeOf(field); known && messages[place] == "" {
			messages[place] = r.message(failure, r.names[place])
		}
	}
	return messages
}

// placeOf returns the place of the field that a path leads to or into. What
// follows a bracket may be a key that the client has chosen.
func (r *rules) placeOf(path string) (place int, known bool) {
	path, _, _ = strings.Cut(path, "[")
	for end := 0; end <= len(path); end++ {
		if end < len(path) && path[end] != '.' {
			continue
		}
		if place, known = r.places[path[:end]]; known {
			return place, true
		}
	}
	return 0, false
}

// message words a failure. A key that the client has chosen must not come back
// to it, so an element of a map or list goes by the name of the whole.
func (r *rules) message(failure validator.FieldError, name string) string {
	message := failure.Translate(r.translator)
	if message == failure.Error() { // there is no translation
		return notValid(name)
	}
	if strings.HasSuffix(failure.StructNamespace(), "]") {
		return strings.Replace(message, failure.Field(), name, 1)
	}
	return message
}
