package wire

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Form is a decoded form: of repeated fields the last one.
type Form map[string]formField

type formField struct {
	text   string
	isFile bool
	broken bool // not UTF-8
}

// IsForm reports whether the body is one of the two kinds of forms.
func IsForm(header http.Header) bool {
	media := mediaTypeOf(header)
	return media == mediaForm || media == mediaMultipart
}

// ReadForm reads a body that is a form. Text that is not UTF-8 is undecodable, except in the
// field that is an e-mail address.
func ReadForm(r *http.Request, email string) (Form, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if mediaTypeOf(r.Header) == mediaForm {
		return parseURLEncoded(body, email)
	}
	_, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || parameters["boundary"] == "" {
		return nil, ErrUndecodable
	}
	return parseMultipart(body, parameters["boundary"], email)
}

// Text returns a field as a text field.
func (f Form) Text(name string) TextField {
	field, ok := f[name]
	switch {
	case !ok:
		return TextField{Name: name, Fault: Missing}
	case field.isFile:
		return TextField{Name: name, Fault: NotString}
	case field.broken:
		return TextField{Name: name, Fault: NotEmail}
	default:
		return TextField{Name: name, Text: field.text}
	}
}

// set notes a field. Text that is not UTF-8 is let through for the e-mail
// address only, and there for the sake of a better answer.
func (f Form) set(name string, field formField, email string) error {
	field.broken = !field.isFile && !utf8.ValidString(field.text)
	if !utf8.ValidString(name) || field.broken && name != email {
		return ErrUndecodable
	}
	f[name] = field
	return nil
}

// parseURLEncoded reads an application/x-www-form-urlencoded body. Unlike
// net/url it takes a semicolon for what it is there: a character like any other.
func parseURLEncoded(body []byte, email string) (Form, error) {
	fields := Form{}
	for pair := range strings.SplitSeq(string(body), "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		if err != nil {
			return nil, ErrUndecodable
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			return nil, ErrUndecodable
		}
		if err := fields.set(name, formField{text: text}, email); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

// parseMultipart reads a multipart/form-data body (RFC 7578).
func parseMultipart(body []byte, boundary, email string) (Form, error) {
	fields := Form{}
	if len(body) == 0 {
		return fields, nil
	}
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF { //nolint:errorlint // a body that ends too early gives an error that wraps io.EOF
			return fields, nil
		}
		if err != nil {
			return nil, ErrUndecodable
		}
		if err := fields.setPart(part, email); err != nil {
			return nil, err
		}
	}
}

// setPart notes a part. One with a filename is a file, even if the name is empty.
func (f Form) setPart(part *multipart.Part, email string) error {
	disposition, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	name, named := parameters["name"]
	if err != nil || disposition != "form-data" || !named {
		return ErrUndecodable
	}
	content, err := io.ReadAll(part)
	if err != nil {
		return ErrUndecodable
	}
	_, isFile := parameters["filename"]
	return f.set(name, formField{text: string(content), isFile: isFile}, email)
}
