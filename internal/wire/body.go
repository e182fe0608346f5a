// Package wire reads the bodies of requests strictly, and words what is wrong with them as
// the contract has it: 413 for a body that is too large, 400 for one that is no text, and
// else 422 with all that is wrong with its fields.
package wire

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxBodyBytes is the size of the largest body that is read.
const MaxBodyBytes = 65_536

// Object is the body of a request, as far as it is a JSON object.
type Object struct {
	Shape   Shape
	members map[string]jsontext.Value
}

// Shape is what a body is as a whole.
type Shape int

// The shapes.
const (
	NoBody Shape = iota
	NullBody
	OtherBody // neither JSON null nor a JSON object
	ObjectBody
)

// Object reads the body of r as a JSON object. Text that is not UTF-8 is undecodable, except
// in an e-mail address: the first of the fields named emails that is neither absent nor null
// nor empty.
func (d Dialect) Object(r *http.Request, emails ...string) (Object, error) {
	body, err := readBody(r)
	switch {
	case err != nil:
		return Object{}, err
	case len(body) == 0:
		return Object{}, nil
	case mediaTypeOf(r.Header) != mediaJSON:
		return Object{Shape: OtherBody}, nil
	}
	o := Object{Shape: ObjectBody}
	if err := json.Unmarshal(body, &o.members); err != nil || o.members == nil {
		return d.noObject(body, emails)
	}
	return o, nil
}

// readBody reads the whole body, which is nil if there is none. It blocks until
// the client has sent it; the time that may take is the server's ReadTimeout.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	if r.ContentLength > MaxBodyBytes { // and spare a client that waits for 100 Continue the sending
		return nil, ErrTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBodyBytes+1))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) { // the application has a lower limit
		return nil, ErrTooLarge
	}
	if len(body) > MaxBodyBytes {
		return nil, ErrTooLarge
	}
	if err != nil { // broken off, or chunks that are none
		return nil, ErrUndecodable
	}
	return body, nil
}

// mediaType is what a Content-Type means to us.
type mediaType int

const (
	mediaOther mediaType = iota
	mediaJSON
	mediaForm
	mediaMultipart
)

// mediaTypeOf reads the Content-Type. Its parameters are not looked at: JSON is UTF-8
// whatever they say (RFC 8259 8.1). Two headers are treated as none, as a proxy may have
// gone by the other one.
func mediaTypeOf(header http.Header) mediaType {
	values := header["Content-Type"]
	if len(values) != 1 {
		return mediaOther
	}
	essence, _, _ := strings.Cut(values[0], ";")
	essence = strings.Trim(essence, " \t")
	if strings.ContainsFunc(essence, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return mediaOther // some letters beyond ASCII have lower-case ones in it, which are not meant
	}
	essence = strings.ToLower(essence)
	switch essence {
	case "application/json":
		return mediaJSON
	case "application/x-www-form-urlencoded":
		return mediaForm
	case "multipart/form-data":
		return mediaMultipart
	}
	if subtype, ok := strings.CutPrefix(essence, "application/"); ok && strings.HasSuffix(subtype, "+json") && isToken(subtype) {
		return mediaJSON
	}
	return mediaOther
}

// isToken reports whether s is a token (RFC 9110 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letterOrDigit := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letterOrDigit && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// Text returns a member as a text field.
func (o Object) Text(name string) TextField {
	value := o.members[name]
	switch value.Kind() {
	case jsontext.KindInvalid:
		return TextField{Name: name, Fault: Missing}
	case jsontext.KindNull:
		return TextField{Name: name, Fault: NullValue}
	case jsontext.KindString:
		text, err := jsontext.AppendUnquote(nil, value)
		if err != nil { // no UTF-8, which is let through for an e-mail address
			return TextField{Name: name, Fault: NotEmail}
		}
		return TextField{Name: name, Text: string(text)}
	default:
		return TextField{Name: name, Fault: NotString}
	}
}

// Member returns the JSON text of a member, nil for one that is absent.
func (o Object) Member(name string) jsontext.Value { return o.members[name] }

// First returns the first of names whose text is neither absent nor null nor empty, or the
// first of all.
func (o Object) First(names ...string) string {
	for _, name := range names {
		if o.Text(name).EmptyIsMissing().Fault != Missing {
			return name
		}
	}
	return names[0]
}
