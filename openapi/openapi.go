// Package openapi describes the route groups an application has attached, as an
// OpenAPI 3.1 document with the application's own user fields in it.
//
// [Document] builds it at run time from the groups themselves: their prefixes,
// backends and options, the wire profile, the binding rules of the profile. The
// application serves it ([Handler]), merges it into its own ([Base]) or lets people
// try its routes in an interactive page ([Page]).
package openapi

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ginauth/ginauth"
)

// specification is the version of OpenAPI that documents are of.
const specification = "3.1.0"

// Option is a choice of [Document] and [Handler].
type Option func(*choices)

type choices struct {
	title, version, description string
	servers                     openapi3.Servers
	base                        *openapi3.T
	prefix                      string
	schemes                     map[string]*openapi3.SecurityScheme
	loose                       map[string]bool // profile fields that are described as anything
}

// Title names the API. Defaults to "Accounts".
func Title(title string) Option { return func(c *choices) { c.title = title } }

// Version is the version of the API. Defaults to "1".
func Version(version string) Option { return func(c *choices) { c.version = version } }

// Description introduces the API, in CommonMark. Defaults to what holds for all of
// ginauth's answers.
func Description(text string) Option { return func(c *choices) { c.description = text } }

// Server adds a URL at which the API is served. Defaults to where the document is.
func Server(url, description string) Option {
	return func(c *choices) {
		c.servers = append(c.servers, &openapi3.Server{URL: url, Description: description})
	}
}

// Base adds the groups to the application's own document, which must be of OpenAPI
// 3.1 and is not changed. What both have under one name must be the same; see
// [Prefix]. Title, version, description and servers of base are kept where no
// option says otherwise.
func Base(base *openapi3.T) Option { return func(c *choices) { c.base = base } }

// Prefix begins the names of all schemas, responses, security schemes and
// operations of ginauth. It is for documents that have these names already.
// Defaults to nothing.
func Prefix(prefix string) Option { return func(c *choices) { c.prefix = prefix } }

// Scheme says how the token of a backend travels. It is needed for a transport of
// the application's own that sets no cookie.
func Scheme(backend string, scheme *openapi3.SecurityScheme) Option {
	return func(c *choices) { c.schemes[backend] = scheme }
}

const defaultDescription = "Bodies are JSON; a login also takes a form, URL-encoded or multipart. Every answer carries `Cache-Control: no-store`; " +
	"an error has the single key `detail`: a code, a code with its reason, or a list of what is wrong with the request."

// Document returns the document of all groups attached so far. It belongs to the
// caller, who may add to it. The error says that a backend's transport is not known
// (see [Scheme]), that [Base] has something else under the same name, or that the
// whole is not valid OpenAPI. A profile field whose description would not be valid is
// described as anything, with a warning in the log.
func Document(auth *ginauth.Auth, options ...Option) (*openapi3.T, error) {
	c := choices{schemes: map[string]*openapi3.SecurityScheme{}}
	for _, option := range options {
		option(&c)
	}
	doc, err := document(auth, c)
	if err != nil {
		return looseDocument(auth, c, err)
	}
	return doc, err
}

// start returns what the groups are added to.
func (c *choices) start() (*openapi3.T, error) {
	doc := &openapi3.T{OpenAPI: specification, Info: &openapi3.Info{Title: "Accounts", Version: "1", Description: defaultDescription}}
	if c.base != nil {
		if !strings.HasPrefix(c.base.OpenAPI, "3.1") {
			return nil, fmt.Errorf("openapi: the base is of OpenAPI %q, want 3.1", c.base.OpenAPI)
		}
		var err error
		if doc, err = copied(c.base); err != nil {
			return nil, fmt.Errorf("openapi: copy the base: %w", err)
		}
	}
	c.introduce(doc)
	return doc, nil
}

func (c *choices) introduce(doc *openapi3.T) {
	if doc.Info == nil {
		doc.Info = &openapi3.Info{}
	}
	for _, chosen := range []struct {
		to   *string
		text string
	}{{&doc.Info.Title, c.title}, {&doc.Info.Version, c.version}, {&doc.Info.Description, c.description}} {
		if chosen.text != "" {
			*chosen.to = chosen.text
		}
	}
	doc.Servers = append(doc.Servers, c.servers...)
}

// finished checks the document and resolves its references.
func finished(doc *openapi3.T) (*openapi3.T, error) {
	whole, err := copied(doc)
	if err != nil {
		return nil, fmt.Errorf("openapi: read the document: %w", err)
	}
	if err := whole.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("openapi: the document is not valid: %w", err)
	}
	return whole, nil
}

// copied returns a copy that shares nothing with doc.
func copied(doc *openapi3.T) (*openapi3.T, error) {
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromData(text)
}
