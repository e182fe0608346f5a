package backends

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"
)

// defaultKeep is how long, in seconds, a store keeps a session for which nobody
// says it; several stores take 0 for "delete".
const defaultKeep = int(30 * 24 * time.Hour / time.Second)

// middleware returns the session of the route, which is not loaded by that.
func (s *sessionCarrier) middleware(c *gin.Context) (sessions.Session, error) {
	value, _ := c.Get(sessions.DefaultKey)
	switch found := value.(type) {
	case sessions.Session:
		return found, nil
	case map[string]sessions.Session:
		if session := found[s.attributes.name]; session != nil {
			return session, nil
		}
		return nil, fmt.Errorf("%w: the route's sessions.SessionsMany has no session %q: add the name, or set Session.Name of backend %q",
			ErrMisconfigured, s.attributes.name, s.backend)
	}
	return nil, fmt.Errorf("%w: the route has no session for backend %q: add router.Use(sessions.Sessions(%q, store)) of github.com/gin-contrib/sessions before it",
		ErrMisconfigured, s.backend, s.attributes.name)
}

// open returns the loaded session of the route.
func (s *sessionCarrier) open(c *gin.Context) (*gorilla.Session, error) {
	found, err := s.middleware(c)
	if err != nil {
		return nil, err
	}
	return s.load(c, found)
}

// load returns the session below gin-contrib's, whose interface tells neither its
// name nor whether the store could answer.
func (s *sessionCarrier) load(c *gin.Context, found sessions.Session) (*gorilla.Session, error) {
	wrapper, ok := found.(interface{ Session() *gorilla.Session })
	if !ok {
		return nil, fmt.Errorf("%w: the route's session is not one of github.com/gin-contrib/sessions", ErrMisconfigured)
	}
	session := wrapper.Session()
	if session == nil || session.Name() != s.attributes.name {
		return nil, fmt.Errorf("%w: the route's session is not %q: make Session.Name of backend %q and the name given to sessions.Sessions the same",
			ErrMisconfigured, s.attributes.name, s.backend)
	}
	if err := s.confirmNew(c, session); err != nil {
		return nil, err
	}
	return session, nil
}

// confirmNew returns an error if the session only looks new because the store did
// not answer: gin-contrib logs that error and hands out an empty session. So for a
// session that should have been found the store is asked again.
func (s *sessionCarrier) confirmNew(c *gin.Context, session *gorilla.Session) error {
	if !session.IsNew || len(cookieValues(c.Request, s.attributes.name)) == 0 {
		return nil
	}
	again, err := session.Store().New(c.Request, s.attributes.name)
	switch {
	case err != nil && !noSession(err):
		return Unavailable(fmt.Errorf("backends: load session: %w", err))
	case err == nil && again != nil && !again.IsNew:
		return Unavailable(errors.New("backends: load session: the store answered only when asked again"))
	}
	return nil
}

// save stores the session and sends its cookie with the transport's attributes.
func (s *sessionCarrier) save(c *gin.Context, session *gorilla.Session) error {
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
		return fmt.Errorf("%w: the store of session %q keeps nothing: give its Options a MaxAge of 0 or more", ErrMisconfigured, s.attributes.name)
	}
	session.IsNew = false
	return setCookie(c, s.attributes.cookie(s.attributes.name, value))
}

// destroy removes the session from its store. What the request still puts into it
// afterwards becomes a new session.
func (s *sessionCarrier) destroy(c *gin.Context, session *gorilla.Session) error {
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
func (s *sessionCarrier) store(c *gin.Context, session *gorilla.Session) (cookie string, err error) {
	response := keptBack{}
	if err := session.Save(c.Request, response); err != nil {
		return "", Unavailable(fmt.Errorf("backends: save session: %w", err))
	}
	for _, line := range response["Set-Cookie"] {
		if set, err := http.ParseSetCookie(line); err == nil && set.Name == s.attributes.name {
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
func (s *sessionCarrier) options(session *gorilla.Session) *gorilla.Options {
	var options gorilla.Options
	if session.Options != nil {
		options = *session.Options
	}
	options.Path, options.Domain = s.attributes.path, s.attributes.domain
	options.Secure, options.HttpOnly, options.SameSite = s.attributes.secure, true, s.attributes.sameSite
	if s.attributes.maxAge > 0 {
		options.MaxAge = s.attributes.maxAge
	}
	return &options
}

// compare warns, once, of a store whose cookies stand beside the transport's.
func (s *sessionCarrier) compare(session *gorilla.Session) {
	theirs := session.Options
	if theirs == nil || theirs.Path == s.attributes.path && theirs.Domain == s.attributes.domain {
		return
	}
	s.warned.Do(func() { s.warn(theirs.Path, theirs.Domain) })
}
