package backends

import (
	"context"
	"fmt"
	"time"

	"github.com/ginauth/ginauth/user"
)

// Issued is what a strategy issues at a login: an access token, and a refresh token
// where the strategy has one. Printing it shows neither.
type Issued struct {
	Access string `json:"-"`
	// Refresh is the refresh token; empty if the strategy has none.
	Refresh string `json:"-"`
	// ExpiresIn and RefreshExpiresIn are how long the two are valid. They are set where
	// Refresh is.
	ExpiresIn, RefreshExpiresIn time.Duration
	// Record is the hash under which the record of the login is kept ([records.Token] Hash),
	// for events; empty where there is no record.
	Record string
	// Remember lets browsers keep the refresh token as long as it is valid. Otherwise
	// they keep it as long as they run.
	Remember bool
	// RefreshPath is the path below which browsers send the refresh token. The routes
	// set it.
	RefreshPath string
}

// Format prints a text without the tokens, whatever the verb.
func (Issued) Format(state fmt.State, _ rune) { fmt.Fprint(state, "issued tokens") }

// Renewer is an optional interface of a [Tokens]. Others have a token issued and the
// old one destroyed when a user re-authenticates.
type Renewer interface {
	// Renew issues a token for login in place of the token that identity was read
	// from: of the same session and with the same end. The old token ends, except
	// where tokens cannot be ended. It returns [user.ErrNotFound] if the session has
	// ended already.
	Renew(ctx context.Context, token string, identity Identity, login user.Login) (Issued, error)
}
