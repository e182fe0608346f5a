package backends

import (
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/user"
)

// Keys is a [Tokens] whose tokens are credentials of their users, such as API keys, and
// come from no login: Write is an error, and a backend with it has no auth group. Its
// identities have a Credential, and Login.Scopes that are not nil.
type Keys interface {
	Tokens

	// ReadRequest is Read for the token of a request. A source that sends too many
	// tokens that are not there gets a [*limits.TooManyError].
	ReadRequest(c *gin.Context, token string) (identity Identity, found bool, err error)

	// Settle returns the identity as it is for its user, and whether the token is
	// valid for u, who has the identity's UserID. It does not block.
	Settle(identity Identity, u *user.User) (settled Identity, valid bool)
}

// HasLogin reports whether logins issue the tokens of the backend.
func (r *Running) HasLogin() bool {
	_, keys := r.Tokens.(Keys)
	return !keys
}

// settle makes of identity what it is for u, and reports whether its token is valid.
func settle(tokens Tokens, identity *Identity, u *user.User) (valid bool) {
	if identity.Credential == nil {
		return u.Counts(identity.TokenVersion, identity.TokenHash)
	}
	if keys, ok := tokens.(Keys); ok {
		*identity, valid = keys.Settle(*identity, u)
	}
	return valid // a credential is no token of a login
}

// read reads the token of a request. The strategies with records are named one by one, as
// known would be allocated if it were handed to an interface.
func read(c *gin.Context, tokens Tokens, token string, known *shared) (identity Identity, found bool, err error) {
	switch own := tokens.(type) {
	case *storedTokens:
		return own.readShared(c.Request.Context(), token, known)
	case *recordedJWTs:
		return own.readShared(c.Request.Context(), token, known)
	case Keys:
		return own.ReadRequest(c, token)
	}
	return tokens.Read(c.Request.Context(), token)
}
