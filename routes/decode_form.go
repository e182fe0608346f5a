package routes

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
	"unicode/utf8"
)

// form is a decoded form: of repeated fields the last one.
type form map[string]formField

type formField struct {
	text   string
	isFile bool
	broken bool // not UTF-8
}

// set notes a field. Text that is not UTF-8 is let through for the e-mail
// address only, and there for the sake of a better answer.
func (f form) set(name string, field formField, email string) error {
	field.broken = !field.isFile && !utf8.ValidString(field.text)
	if !utf8.ValidString(name) || field.broken && name != email {
		return errUndecodable
	}
	f[name] = field
	return nil
}

// parseURLEncoded reads an application/x-www-form-urlencoded body. Unlike
// net/url it takes a semicolon for what it is there: a character like any other.
func parseURLEncoded(body []byte, email string) (form, error) {
	fields := form{}
	for pair := range strings.SplitSeq(string(body), "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		if err != nil {
			return nil, errUndecodable
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			return nil, errUndecodable
		}
		if err := fields.set(name, formField{text: text}, email); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

// parseMultipart reads a multipart/form-data body (RFC 7578).
func parseMultipart(body []byte, boundary, email string) (form, error) {
	fields := form{}
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
			return nil, errUndecodable
		}
		if err := fields.setPart(part, email); err != nil {
			return nil, err
		}
	}
}

// setPart notes a part. One with a filename is a file, even if the name is empty.
func (f form) setPart(part *multipart.Part, email string) error {
	disposition, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	name, named := parameters["name"]
	if err != nil || disposition != "form-data" || !named {
		return errUndecodable
	}
	content, err := io.ReadAll(part)
	if err != nil {
		return errUndecodable
	}
	_, isFile := parameters["filename"]
	return f.set(name, formField{text: string(content), isFile: isFile}, email)
}
