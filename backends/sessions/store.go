package sessions

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/cookies"
)

// defaultKeep is how long, in seconds, a store keeps a session without a set age; several
// stores take 0 for "delete".
const defaultKeep = int(30 * 24 * time.Hour / time.Second)

// middleware returns the session of the route, which is not loaded by that.
func (s *carrier) middleware(c *gin.Context) (ginsessions.Session, error) {
	value, _ := c.Get(ginsessions.DefaultKey)
	switch found := value.(type) {
	case ginsessions.Session:
		return found, nil
	case map[string]ginsessions.Session:
		if session := found[s.attributes.Name]; session != nil {
			return session, nil
		}
		return nil, fmt.Errorf("%w: the route's sessions.SessionsMany has no session %q: add the name, or set Session.Name of backend %q",
			backends.ErrMisconfigured, s.attributes.Name, s.backend)
	}
	return nil, fmt.Errorf("%w: the route has no session for backend %q: add router.Use(sessions.Sessions(%q, store)) of github.com/gin-contrib/sessions before it",
		backends.ErrMisconfigured, s.backend, s.attributes.Name)
}

// open returns the loaded session of the route.
func (s *carrier) open(c *gin.Context) (*gorilla.Session, error) {
	found, err := s.middleware(c)
	if err != nil {
		return nil, err
	}
	return s.load(c, found)
}

// load returns the session below gin-contrib's, whose interface shows neither its name
// nor whether the store could answer.
func (s *carrier) load(c *gin.Context, found ginsessions.Session) (*gorilla.Session, error) {
	wrapper, ok := found.(interface{ Session() *gorilla.Session })
	if !ok {
		return nil, fmt.Errorf("%w: the route's session is not one of github.com/gin-contrib/sessions", backends.ErrMisconfigured)
	}
	session := wrapper.Session()
	if session == nil || session.Name() != s.attributes.Name {
		return nil, fmt.Errorf("%w: the route's session is not %q: make Session.Name of backend %q and the name given to sessions.Sessions the same",
			backends.ErrMisconfigured, s.attributes.Name, s.backend)
	}
	if err := s.confirmNew(c, session); err != nil {
		return nil, err
	}
	return session, nil
}

// confirmNew returns an error if the session only looks new because the store did
// not answer: gin-contrib logs that error and hands out an empty session. So for a
// session that should have been found the store is asked again.
func (s *carrier) confirmNew(c *gin.Context, session *gorilla.Session) error {
	if !session.IsNew || len(cookies.Values(c.Request, s.attributes.Name)) == 0 {
		return nil
	}
	again, err := session.Store().New(c.Request, s.attributes.Name)
	switch {
	case err != nil && !noSession(err):
		return backends.Unavailable(fmt.Errorf("backends: load session: %w", err))
	case err == nil && again != nil && !again.IsNew:
		return backends.Unavailable(errors.New("backends: load session: the store answered only when asked again"))
	}
	return nil
}

// save stores the session and sends its cookie with the transport's attributes.
func (s *carrier) save(c *gin.Context, session *gorilla.Session) error {
	s.compare(session)
	session.Options = s.options(session)
	if session.Options.MaxAge == 0 {
		session.Options.MaxAge = defaultKeep
	}
	value, err := s.store(c, session)
	if err != nil {
		return err
	}
	if value == "" {
		return fmt.Errorf("%w: the store of session %q keeps nothing: give its Options a MaxAge of 0 or more", backends.ErrMisconfigured, s.attributes.Name)
	}
	session.IsNew = false
	return setCookie(c, s.attributes.Cookie(s.attributes.Name, value))
}

// destroy removes the session from its store. What the request still puts into it
// afterwards becomes a new session.
func (s *carrier) destroy(c *gin.Context, session *gorilla.Session) error {
	before := maps.Clone(session.Values)
	options := s.options(session)
	clear(session.Values)
	session.Options = s.options(session)
	session.Options.MaxAge = -1
	_, err := s.store(c, session)
	session.Options = options
	if err != nil {
		session.Values = before
		return err
	}
	session.ID, session.IsNew = "", true
	return nil
}

// store saves the session and returns the value of the cookie that the store sets,
// which is kept back: its attributes are not the transport's.
func (s *carrier) store(c *gin.Context, session *gorilla.Session) (cookie string, err error) {
	response := keptBack{}
	if err := session.Save(c.Request, response); err != nil {
		return "", backends.Unavailable(fmt.Errorf("backends: save session: %w", err))
	}
	for _, line := range response["Set-Cookie"] {
		if set, err := http.ParseSetCookie(line); err == nil && set.Name == s.attributes.Name {
			cookie = set.Value
		}
	}
	return cookie, nil
}

// keptBack takes a response's header only.
type keptBack http.Header

func (k keptBack) Header() http.Header         { return http.Header(k) }
func (k keptBack) Write(b []byte) (int, error) { return len(b), nil }
func (k keptBack) WriteHeader(int)             {}

// options returns the session's options with the transport's attributes. The time
// for which the store keeps the session is the store's business where MaxAge is 0.
func (s *carrier) options(session *gorilla.Session) *gorilla.Options {
	var options gorilla.Options
	if session.Options != nil {
		options = *session.Options
	}
	options.Path, options.Domain = s.attributes.Path, s.attributes.Domain
	options.Secure, options.HttpOnly, options.SameSite = s.attributes.Secure, true, s.attributes.SameSite
	if s.attributes.MaxAge > 0 {
		options.MaxAge = s.attributes.MaxAge
	}
	return &options
}

// compare warns, once, of a store whose cookies stand beside the transport's.
func (s *carrier) compare(session *gorilla.Session) {
	theirs := session.Options
	if theirs == nil || theirs.Path == s.attributes.Path && theirs.Domain == s.attributes.Domain {
		return
	}
	s.warned.Do(func() { s.warn(theirs.Path, theirs.Domain) })
}
