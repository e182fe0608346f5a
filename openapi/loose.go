package openapi

import (
	"fmt"
	"log/slog"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/profile"
)

// A profile field whose description is not valid must not take the document away: it
// is described as anything, and the log says so.

func (b *builder) shownField(field profile.Field) *openapi3.SchemaRef {
	if b.choices.loose[field.Name] {
		return openapi3.NewSchemaRef("", anything())
	}
	return b.shapes.of(field.Type, stored)
}

func (b *builder) sentField(field profile.Field) *openapi3.SchemaRef {
	if b.choices.loose[field.Name] {
		return openapi3.NewSchemaRef("", anything())
	}
	return b.shapes.ruled(field.Type, rulesOf(field.Binding))
}

// document builds the whole, with the fields in c.loose described as anything.
func document(auth *ginauth.Auth, c choices) (_ *openapi3.T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("openapi: %v", cause)
		}
	}()
	doc, err := c.start()
	if err != nil {
		return nil, err
	}
	if err := newBuilder(auth.Routes(), c, doc).build(); err != nil {
		return nil, err
	}
	return finished(doc)
}

// looseDocument builds the document without the fields that make it fail, which are
// those that fail when all others are left loose. Where it fails whatever is left
// loose, the error stays.
func looseDocument(auth *ginauth.Auth, c choices, failure error) (*openapi3.T, error) {
	bad := map[string]bool{}
	var names []string
	fields := auth.Routes().Manager().Store().ProfileType().Fields()
	for _, field := range fields {
		c.loose = map[string]bool{}
		for _, other := range fields {
			c.loose[other.Name] = other.Name != field.Name
		}
		if _, err := document(auth, c); err != nil {
			bad[field.Name] = true
			names = append(names, field.Name)
		}
	}
	if len(names) == 0 {
		return nil, failure
	}
	c.loose = bad
	doc, err := document(auth, c)
	if err != nil {
		return nil, failure
	}
	auth.Routes().Logger().Warn("ginauth: profile fields could not be described in the OpenAPI document, and are described as anything",
		slog.Any("fields", names), slog.String("error", failure.Error()))
	return doc, nil
}
