// Package sessions is the transport that carries tokens in the application's own
// session, that of github.com/gin-contrib/sessions.
package sessions

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/cookies"
)

// Transport carries tokens in the application's own session, that of
// github.com/gin-contrib/sessions with any of its stores:
//
//	router.Use(ginsessions.Sessions("session", store)) // import ginsessions "github.com/gin-contrib/sessions"
//
// The token lies under the key "ginauth:<backend>", sealed with a secret that only the
// browser has, in a second cookie named <Name>_bind. Login makes a new secret, so a
// session cookie that was planted before is worthless afterwards, though the store keeps
// the session's ID; and a reader of the store finds no token. A login ends the backend's
// token that was in the session.
//
// Both cookies have the attributes below, which take the place of the store's.
// Logout ends the whole session and removes both cookies: what the application
// keeps in it goes too, so that the browser's next user does not find it. Only
// where the token of another backend lies in the session it stays, without the
// token that was ended.
//
// The time that the session store takes is not limited here: its own client has limits.
// Of the stores of gin-contrib/sessions "mongo" and "gorm" hide that their database does
// not answer, so that a request is then unauthorized; with all others it is answered as
// what it is.
type Transport struct {
	// Name is the session's name, as given to sessions.Sessions or
	// sessions.SessionsMany. Several backends may share a session; their
	// attributes must be the same. Defaults to "session".
	Name string
	// Path is the path below which browsers send the cookies. The store's own
	// options must have the same. Defaults to "/".
	Path string
	// Domain makes the cookies visible to all hosts of a domain. The store's own
	// options must have the same. Defaults to the host that set them alone.
	Domain string
	// MaxAge is how long browsers keep the cookies and the store the session, in
	// whole seconds and at most 400 days. Defaults to 0: browsers keep them as long
	// as they run, the store as long as its own options say.
	MaxAge time.Duration
	// SameSite is http.SameSiteStrictMode, http.SameSiteLaxMode or, where a page of
	// another site must be logged in, http.SameSiteNoneMode. Defaults to Lax.
	SameSite http.SameSite
	// Insecure lets browsers send the cookies over plain HTTP, for development.
	// Defaults to false.
	Insecure bool
}

var _ backends.Transport = Transport{}

// SetUp implements [backends.Transport].
func (t Transport) SetUp(setup backends.Setup) (backends.Carrier, error) {
	if t.Name == "" {
		t.Name = "session"
	}
	attributes, err := cookies.New(cookies.Config(t))
	if err != nil {
		return nil, err
	}
	s := &carrier{attributes: attributes, backend: setup.Backend}
	s.warn = func(path, domain string) {
		if setup.Logger == nil {
			return
		}
		setup.Logger.Warn("ginauth: the session store's options and sessions.Transport disagree: browsers may keep two cookies of one name, which count as none",
			slog.String("session", t.Name),
			slog.String("store", fmt.Sprintf("Path %q, Domain %q", path, domain)),
			slog.String("backend", fmt.Sprintf("Path %q, Domain %q", attributes.Path, attributes.Domain)))
	}
	return s, nil
}

type carrier struct {
	attributes cookies.Attributes
	backend    string
	warn       func(path, domain string)
	warned     sync.Once
}

var (
	_ backends.Carrier     = (*carrier)(nil)
	_ backends.Replacer    = (*carrier)(nil)
	_ backends.Sharer      = (*carrier)(nil)
	_ backends.SideCookies = (*carrier)(nil)
)

// Cookies implements [backends.Carrier].
func (s *carrier) Cookies() []string { return []string{s.attributes.Name, s.bindName()} }

func (s *carrier) bindName() string { return s.attributes.Name + "_bind" }

// Shares implements [backends.Sharer]: the other carrier's token lies in the very same session.
func (s *carrier) Shares(other backends.Carrier) bool {
	session, ok := other.(*carrier)
	return ok && session.attributes == s.attributes
}
