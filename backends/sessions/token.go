package sessions

import (
	"maps"
	"strings"

	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/cookies"
)

// keyPrefix stands before the backend's name in a session's keys.
const keyPrefix = "ginauth:"

// Token implements [backends.Carrier].
func (s *carrier) Token(c *gin.Context) (string, error) {
	found, err := s.middleware(c)
	if err != nil {
		return "", err
	}
	secret := s.secret(c)
	if secret == nil {
		return "", nil
	}
	session, err := s.load(c, found)
	if err != nil {
		return "", err
	}
	token := s.opened(session, secret)[s.backend]
	if token != "" {
		// If the application saves the session in this request, the store sends its
		// cookie again: not with weaker attributes than at the login.
		session.Options = s.options(session)
	}
	return token, nil
}

// Write implements [backends.Carrier]. The secret is new at every login, even if the
// browser has a valid one: that may have been planted together with the session. Tokens
// of other backends that this browser could use are sealed again with it; those it could
// not use stay sealed.
func (s *carrier) Write(c *gin.Context, issued backends.Issued) (any, error) {
	session, err := s.open(c)
	if err != nil {
		return nil, err
	}
	before := maps.Clone(session.Values)
	tokens := s.opened(session, s.secret(c))
	replaced := tokens[s.backend]
	tokens[s.backend] = issued.Access
	secret := newBindSecret()
	for backend, token := range tokens {
		session.Values[keyPrefix+backend] = seal(secret, s.purpose(backend), token)
	}
	if err := s.save(c, session); err != nil {
		session.Values = before
		return nil, err
	}
	if err := setCookie(c, s.attributes.Cookie(s.bindName(), encodeBindSecret(secret))); err != nil {
		return nil, err
	}
	c.Set(bindKey(s.attributes.Name), secret)
	c.Set(replacedKey(s.purpose(s.backend)), replaced)
	return nil, nil
}

// replacedKey is where the request keeps the token that a login has replaced.
type replacedKey string

// Replaced implements [backends.Replacer]. Where the store keeps a session in its cookie, the
// cookie from before the login would go on carrying the token.
func (s *carrier) Replaced(c *gin.Context) string {
	return c.GetString(replacedKey(s.purpose(s.backend)))
}

// Clear implements [backends.Carrier].
func (s *carrier) Clear(c *gin.Context) error {
	session, err := s.open(c)
	if err != nil {
		return err
	}
	tokens := s.opened(session, s.secret(c))
	_, own := tokens[s.backend]
	delete(tokens, s.backend)
	switch {
	case len(tokens) > 0 && own:
		return s.removeToken(c, session)
	case len(tokens) > 0:
		return nil
	case own:
		return s.endSession(c, session)
	}
	// Without a login what the application keeps in the session stays.
	if len(cookies.Values(c.Request, s.bindName())) == 0 {
		return nil
	}
	return setCookie(c, s.attributes.Cleared(s.bindName()))
}

// removeToken leaves the session, in which another backend's token lies.
func (s *carrier) removeToken(c *gin.Context, session *gorilla.Session) error {
	before := maps.Clone(session.Values)
	delete(session.Values, keyPrefix+s.backend)
	err := s.save(c, session)
	if err != nil {
		session.Values = before
	}
	return err
}

func (s *carrier) endSession(c *gin.Context, session *gorilla.Session) error {
	if err := s.destroy(c, session); err != nil {
		return err
	}
	if err := setCookie(c, s.attributes.Cleared(s.attributes.Name)); err != nil {
		return err
	}
	return setCookie(c, s.attributes.Cleared(s.bindName()))
}

// opened returns the tokens in the session, by backend, that the secret opens.
func (s *carrier) opened(session *gorilla.Session, secret []byte) map[string]string {
	tokens := make(map[string]string, 1)
	if secret == nil {
		return tokens
	}
	for key, value := range session.Values {
		name, _ := key.(string)
		backend, ours := strings.CutPrefix(name, keyPrefix)
		if sealed, isText := value.(string); ours && isText {
			if token := unseal(secret, s.purpose(backend), sealed); token != "" {
				tokens[backend] = token
			}
		}
	}
	return tokens
}

// purpose makes a sealed token good for one backend in one session's name only.
func (s *carrier) purpose(backend string) string {
	return "ginauth:session-bind:" + s.attributes.Name + ":" + backend
}
