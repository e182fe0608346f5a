package pages

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
)

// Config is what [Pages] are made of. [New] copies it.
type Config struct {
	// Engine serves the application's routes, those of ginauth among them; usually the
	// *gin.Engine that the pages are attached to. The pages send what is typed into them
	// through it. Required.
	Engine http.Handler
	// Backend is how people stay logged in who log in on the pages: one with cookies or a
	// session, and without refresh tokens, which take JavaScript. Its group
	// ([ginauth.Auth.AuthRoutes]) must be attached. Required.
	Backend backends.Backend

	// Name is what the pages call the application. Defaults to none.
	Name string
	// Home is the path where a login leads that was not asked for by another page.
	// Defaults to the account page.
	Home string
	// ReturnTo are the paths to which a login may lead back. One that ends in "/" stands
	// for all paths below it. Links to other hosts are never followed. Defaults to "/",
	// every path of the application.
	ReturnTo []string
	// SignUpFields are the JSON names of the application's own fields that the sign-up page
	// asks for, in their order in the struct. Defaults to those with the rule "required".
	SignUpFields []string

	// Administration adds the pages on which administrators find and help users, for what is
	// attached of the routes for it. Defaults to none.
	Administration bool

	// Files replaces and adds files of the pages: templates/*.html, templates/shared/*.html, assets/* and
	// languages/*.json. A file that is not in it is the built-in one. assets/theme.css is
	// the place for an application's own style, assets/logo.svg its logo. Defaults to none.
	Files fs.FS
	// Language chooses the language of a request, as a tag such as "de". An empty or
	// unknown one leaves the choice to the header Accept-Language. Defaults to none.
	Language func(c *gin.Context) string
}

func (c Config) withDefaults() Config {
	c.ReturnTo = slices.Clone(c.ReturnTo)
	if len(c.ReturnTo) == 0 {
		c.ReturnTo = []string{"/"}
	}
	c.SignUpFields = slices.Clone(c.SignUpFields)
	return c
}

// setUp completes the pages and returns all mistakes of their configuration.
func (p *Pages) setUp() error {
	problems := []error{p.setUpBackend()}
	if p.config.Engine == nil {
		problems = append(problems, errors.New("Config.Engine is missing"))
	}
	if p.config.Home != "" && !isLocal(p.config.Home) {
		problems = append(problems, fmt.Errorf("Config.Home is %q, want a path that begins with /", p.config.Home))
	}
	for i, path := range p.config.ReturnTo {
		if !isLocal(path) || strings.ContainsAny(path, "?#") {
			problems = append(problems, fmt.Errorf("Config.ReturnTo[%d] is %q, want a path that begins with /", i, path))
		}
	}
	problems = append(problems, p.setUpProfile(), p.setUpFiles())
	return errors.Join(problems...)
}

func (p *Pages) setUpBackend() error {
	b := p.routes.Authenticator().Backend(p.config.Backend.Name)
	if b == nil {
		return fmt.Errorf("Config.Backend is %q, which is not in ginauth.Config.Backends", p.config.Backend.Name)
	}
	p.config.Backend.Name = b.Name
	side, ok := b.Carrier.(backends.SideCookies)
	if !ok {
		return fmt.Errorf("Config.Backend is %q, want a backend with cookies or a session", b.Name)
	}
	if refresher, _ := b.Refresher(); refresher != nil {
		return fmt.Errorf("Config.Backend is %q, whose refresh tokens take JavaScript; want one without", b.Name)
	}
	p.cookies = side
	return nil
}
