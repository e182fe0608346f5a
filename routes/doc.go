package routes

import (
	"errors"

	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/user/email"
)

// Doc describes a route to clients; package openapi makes an OpenAPI operation of it. It
// is written beside the route, and says only what cannot be derived: the codes are taken
// from the route's [Operation], 401 and 403 from its Guard, 413 and the 400 for bytes
// that are no text from its having a Body.
type Doc struct {
	// Summary says what the route does, in a few words.
	Summary string
	// Description says more, in CommonMark.
	Description string
	// Params are parameters of the query and of the path. A parameter of the path that is
	// not among them is a text without a description.
	Params []Param
	// Body is what the route reads; nil for nothing.
	Body *Body
	// Successes are the answers that refuse nothing.
	Successes []Success
	// Refusals are further ones, such as a 404 that the handler answers itself.
	Refusals []Refused
	// Vetoed says that a hook is set which may refuse with a code of its own.
	Vetoed bool
	// AsksFactor says that a user with a second factor is answered LOGIN_FACTOR_REQUIRED,
	// where the application has second factors.
	AsksFactor bool
	// Limited says that an abuse limit may refuse the request with 429.
	Limited bool
	// Redirects says that the answer is a redirect even where a store does not answer:
	// only what the guard asks before can be 503.
	Redirects bool
	// Local says that the route uses neither the store nor a hook, so that it cannot
	// answer 500 or 503.
	Local bool
}

// Param is a parameter in the query or the path.
type Param struct {
	Name        string
	Description string
	// InPath says that it is a part of the path, as in /users/:id.
	InPath bool
	// Type is the JSON type of one value. Defaults to "string".
	Type string
	// Min and Max are the limits of a number; 0 is none.
	Min, Max int
	// Default is the value used if the parameter is absent; nil for none.
	Default any
	// Values are all that are allowed; none means any.
	Values []string
	// Repeated says that the parameter may be sent several times.
	Repeated bool
	// Fault is the message of the 422 for a bad value; empty if every value is valid.
	Fault string
	// Example is a good value.
	Example any
}

// Body is an object that a route reads.
type Body struct {
	// Name names the object among all the schemas of the application.
	Name string
	// Fields are its fields, in the order in which the 422 reports them.
	Fields []Field
	// Profile adds the application's own fields that clients may write.
	Profile bool
	// Partial says that only the fields sent are looked at.
	Partial bool
	// Forms says that it is also read from the two kinds of forms.
	Forms bool
}

// Field is a field of a [Body].
type Field struct {
	Name        string
	Description string
	// Type is the JSON type; an "array" is one of strings. Defaults to "string".
	Type string
	// Format says more about a string: "email" or "password".
	Format string
	// Required says that it must be sent.
	Required bool
	// Nullable says that null may be sent, and is ignored.
	Nullable bool
	// Values are all that are allowed; none means any.
	Values []string
	// Example is a good value; nil for none.
	Example any
	// Sample is a value whose Go type tells what an object holds; nil where Type says
	// it all.
	Sample any
}

// Success is an answer that refuses nothing.
type Success struct {
	Status int
	// Description says what has happened, in a few words.
	Description string
	// Body is a sample: its type is the schema, its value the example. Nil is no body,
	// [Null] is null, and a *user.User is a user with the application's own fields.
	Body any
	// Headers are those worth a word.
	Headers []Header
}

// Header is a header of an answer.
type Header struct{ Name, Description, Example string }

// Null is the body null.
type Null struct{}

// MarshalJSON returns null.
func (Null) MarshalJSON() ([]byte, error) { return null, nil }

// Answers returns the answers to the route's own errors, without those that are the same
// everywhere.
func (r Route) Answers() Operation { return r.operation }

// Sample is an example body.
type Sample struct {
	Name string
	Body []byte
}

// Invalid returns examples of the route's 422, in the words of the wire profile. It
// has none where the route cannot answer 422.
func (d Doc) Invalid(w Wire) []Sample {
	var samples []Sample
	add := func(name string, it wire.Item) {
		samples = append(samples, Sample{name, wire.Body(it)})
	}
	if d.Body != nil {
		d.Body.invalid(w.words(), add)
	}
	for _, p := range d.Params {
		if p.Fault != "" {
			add("bad "+p.Name, wire.QueryItem(p.Name, p.Fault))
		}
	}
	return samples
}

// invalid adds one example of each kind that the body can show.
func (b *Body) invalid(words wire.Dialect, add func(string, wire.Item)) {
	shown := map[wire.Fault]bool{}
	for _, field := range b.Fields {
		name, f, particulars := field.likelyFault()
		if f != wire.Fine && !shown[f] {
			shown[f] = true
			add(name, words.Item(f, particulars, "body", field.Name))
		}
	}
	add("malformed JSON", words.Malformed([]byte("{")).Items[0])
}

func (f Field) likelyFault() (name string, kind wire.Fault, particulars string) {
	switch {
	case f.Format == "email":
		_, err := email.Parse("king.arthur")
		if invalid := (*email.Error)(nil); errors.As(err, &invalid) {
			particulars = invalid.Reason
		}
		return "invalid e-mail", wire.NotEmail, particulars
	case f.Type == "boolean":
		return "no boolean", wire.NotBool, ""
	case f.Required:
		return "missing field", wire.Missing, ""
	case len(f.Values) > 0:
		return "other " + f.Name, wire.OtherGrantType, ""
	}
	return "", wire.Fine, ""
}
