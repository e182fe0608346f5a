package pages

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// message returns what a refusal means for people.
func (v *visit) message(status int, code, retryAfter string) string {
	switch {
	case status == http.StatusTooManyRequests:
		return v.tooMany(retryAfter)
	case status == http.StatusServiceUnavailable:
		return v.text.say("code.unavailable")
	case status >= 500 && code != "OAUTH_PROVIDER_ERROR":
		return v.text.say("code.failure")
	}
	if text, ok := v.text.find("code." + code); ok {
		return text
	}
	return v.text.say("code.other")
}

func (v *visit) tooMany(retryAfter string) string {
	seconds, err := strconv.Atoi(retryAfter)
	switch {
	case err != nil:
		return v.text.say("code.TOO_MANY_REQUESTS")
	case seconds <= 90:
		return v.text.say("too_many.seconds", seconds)
	}
	return v.text.say("too_many.minutes", (seconds+59)/60)
}

// reject shows a form once more with what is wrong with it, and reports whether a was a
// refusal that a form can show; others are shown, too. names are those of the form's
// fields by those of the route, where they differ; wrong is the field that a code is
// about, by its code.
func (v *visit) reject(a answer, view *View, names, wrong map[string]string) bool {
	if a.ok() {
		return false
	}
	d := a.detail()
	beside := view.Form.field(wrong[d.code])
	switch {
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden && beside == nil, a.status == http.StatusNotFound, a.status >= 500:
		return v.failed(a)
	case len(d.items) > 0:
		v.rejectItems(d.items, view, names)
	case strings.HasSuffix(d.code, "_INVALID_PASSWORD"):
		field := view.Form.field("password")
		if field == nil {
			field = view.Form.field("new_password")
		}
		if field != nil {
			field.Error = v.reason(d.reason)
		}
	default:
		text := v.message(a.status, d.code, a.retryAfter())
		if beside != nil {
			beside.Error = text
		} else {
			view.Error = text
		}
	}
	view.Form.focus()
	if after := a.retryAfter(); after != "" {
		v.c.Header("Retry-After", after)
	}
	v.render(a.status, v.marked(view))
	return true
}

// marked says in the title that something is wrong: it is read first.
func (v *visit) marked(view *View) *View {
	view.Wrong = true
	return view
}

func (v *visit) rejectItems(items []item, view *View, names map[string]string) {
	for _, one := range items {
		name := one.field()
		if other, ok := names[name]; ok {
			name = other
		}
		field := view.Form.field(name)
		if field == nil || field.Type == "hidden" {
			view.Error = v.text.say("invalid.other")
			continue
		}
		if field.Error == "" {
			field.Error = v.invalid(one, field)
		}
	}
}

// kinds are the texts of the types of a 422, in both wire profiles.
var kinds = map[string]string{
	"value_error.missing": "missing", "missing": "missing", "type_error.none.not_allowed": "missing",
	"value_error.email": "email", "type_error.integer": "integer", "int_type": "integer", "int_parsing": "integer",
	"type_error.float": "number", "float_type": "number", "type_error.bool": "other", "bool_parsing": "other",
}

// invalid words an entry of a 422.
func (v *visit) invalid(one item, field *Field) string {
	kind, known := kinds[one.Type]
	if one.Type == "value_error" && strings.HasPrefix(one.Msg, "value is not a valid email address") {
		kind, known = "email", true
	}
	switch {
	case known:
		return v.text.say("invalid." + kind)
	case field.Name == usernameField:
		return v.text.say("username.wrong")
	case field.Type == "date", field.Type == "datetime-local":
		return v.text.say("invalid.date")
	case one.Type == "value_error" && v.text.tag == english:
		// A rule of the application, in the validator's words.
		if rest, ok := strings.CutPrefix(one.Msg, one.field()+" "); ok {
			return strings.TrimSuffix(field.Label, v.text.say("field.optional", "")) + " " + rest + "."
		}
		return one.Msg
	case field.MaxLength != "":
		return v.text.say("invalid.length", field.MaxLength)
	case field.Min != "" && field.Max != "":
		return v.text.say("invalid.range", field.Min, field.Max)
	}
	return v.text.say("invalid.other")
}

// known are the reasons of ginauth's own password rules, which have translations.
var known = []struct {
	pattern *regexp.Regexp
	key     string
}{
	{regexp.MustCompile(`^Password should be at least (\d+) characters$`), "password.short"},
	{regexp.MustCompile(`^Password must not be longer than (\d+) bytes$`), "password.long"},
	{regexp.MustCompile(`^Password must not be (empty)$`), "password.empty"},
}

// reason words why a password was refused. Reasons of the application are its own words.
func (v *visit) reason(reason any) string {
	text, ok := reason.(string)
	if !ok {
		return v.text.say("password.refused")
	}
	for _, one := range known {
		if match := one.pattern.FindStringSubmatch(text); match != nil {
			said, _ := v.text.find(one.key)
			if strings.Contains(said, "%s") {
				return fmt.Sprintf(said, match[1])
			}
			return said
		}
	}
	return text
}
