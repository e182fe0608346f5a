// Package backends holds the interchangeable ways to stay logged in.
//
// A [Backend] is a name, a [Transport] (how a token travels: [Bearer], [Cookie], or a
// session from package sessions) and a [Strategy] (what a token is: [JWT], [Database], Redis
// from package redisstrategy, or the refresh tokens of package refresh). Every transport works
// with every strategy, but refresh tokens with Bearer and Cookie alone. The [Authenticator]
// tries the backends in order.
package backends

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Backend is one way to stay logged in. It is a plain value; ginauth.New sets it up.
type Backend struct {
	// Name identifies the backend in routes, records and logs. It is reduced to ASCII
	// letters, digits and "_", without leading non-letters.
	Name string
	// Transport is how the token travels.
	Transport Transport
	// Strategy is what the token is.
	Strategy Strategy
}

// Transport is how a token travels between client and server. Its configuration
// is checked, and completed, by SetUp.
type Transport interface {
	// SetUp is called once, before the first request, and returns what serves
	// requests, or all mistakes of the configuration joined, each naming its field.
	SetUp(Setup) (Carrier, error)
}

// Carrier takes tokens out of requests and puts them into responses. It is safe
// for concurrent use.
type Carrier interface {
	// Token returns the token the request carries, or "" for none. A malformed or
	// ambiguous one is none. An error means that this is not known: a store could not
	// answer, or, if it matches [ErrMisconfigured], the route lacks something.
	Token(c *gin.Context) (string, error)

	// Write puts what was issued into the response, whose body it does not write. It
	// returns the response body, or nil. An error means that the client has not got
	// the token.
	Write(c *gin.Context, issued Issued) (body any, err error)

	// Clear makes the client forget the token. Clearing nothing is no error.
	Clear(c *gin.Context) error

	// Cookies returns the names of the cookies that carry the token. Where there
	// are any, browsers send the token along by themselves, and requests from
	// other origins are refused.
	Cookies() []string
}

// Challenger is a [Carrier] whose 401 answers carry a challenge (RFC 9110, section
// 11.6.1).
type Challenger interface {
	// Challenge returns the value of WWW-Authenticate for the request.
	Challenge(c *gin.Context) string
}

// Replacer is a [Carrier] in which a login takes the place of the one before.
type Replacer interface {
	// Replaced returns the token whose place Write has taken in this request, and
	// which is to be destroyed; "" for none.
	Replaced(c *gin.Context) (token string)
}

// Sharer is a [Carrier] that can use the same cookies as another backend's, each for
// tokens of its own.
type Sharer interface {
	// Shares reports whether both carriers can use the cookies of the same names.
	Shares(other Carrier) bool
}

// Strategy is what a token is and how it is known again. Its configuration is
// checked, and completed, by SetUp.
type Strategy interface {
	// SetUp is called once, before the first request, and returns what serves
	// requests, or all mistakes of the configuration joined, each naming its field.
	SetUp(Setup) (Tokens, error)
}

// Tokens issues, reads and destroys the tokens of one backend. It is safe for
// concurrent use. Errors mean that a store could not answer.
type Tokens interface {
	// Write issues a token for login.User that bears its TokenVersion and remembers
	// how and when the login was made. [user.RequestFrom] returns where it came from.
	Write(ctx context.Context, login user.Login) (Issued, error)

	// Read returns the identity of a token. A token that is malformed, unknown, expired,
	// revoked or of another backend is not found; that is not an error.
	Read(ctx context.Context, token string) (identity Identity, found bool, err error)

	// Destroy ends the token; afterwards Read does not find it. Where tokens
	// cannot be ended it does nothing. A token that is not there is no error.
	Destroy(ctx context.Context, token string) error
}

// Recorder is a [Tokens] that keeps a record of every token it issues, so that a
// user can see and end sessions.
type Recorder interface {
	// Records returns the store of the records, nil if there is none.
	Records() records.TokenStore
	// Alive reports whether a record of this backend is valid now, by its times.
	Alive(record records.Token) bool
	// MaxSessions returns how many records a user has at most.
	MaxSessions() int
}

// Toucher is a [Tokens] that notes when a token is used.
type Toucher interface {
	// Touch is called when a token has authenticated its user. It does not block.
	Touch(identity Identity)
}

// Identity is what a token says about its user. The token is valid only if that user
// exists and bears the version ([user.User.Counts]).
type Identity struct {
	UserID user.ID
	// TokenVersion is the user's version when the token was issued.
	TokenVersion int64
	// TokenHash is [records.HashToken] of the token or, where several tokens belong to one
	// session and none has a record of its own, of Login.Session.
	TokenHash string
	// Record is the stored record, where the strategy keeps one.
	Record *records.Token
	// User is the token's user as the store returned it along with the record; nil
	// where the user has to be loaded.
	User *user.User
	// Credential is the stored credential that the token is, where the strategy is [Keys];
	// nil for the token of a login.
	Credential *records.Credential
	// Login holds what the token remembers of its login. Its User is nil.
	Login user.Login
	// ExpiresAt is the end of the token; zero if it has none or it is not known.
	ExpiresAt time.Time
}

// Running is a [Backend] that has been set up. It is immutable.
type Running struct {
	// Name is the backend's name in its reduced form.
	Name    string
	Carrier Carrier
	Tokens  Tokens
}

// SetUp checks and completes a backend. The error joins all mistakes.
func SetUp(b Backend, setup Setup) (*Running, error) {
	var problems []error
	running := &Running{Name: ReduceName(b.Name)}
	if running.Name == "" {
		problems = append(problems, fmt.Errorf("Name %q has no letter to begin with", b.Name))
	}
	setup.Backend = running.Name
	var err error
	if b.Transport == nil {
		problems = append(problems, errors.New("Transport is missing"))
	} else if running.Carrier, err = b.Transport.SetUp(setup); err != nil {
		problems = append(problems, fmt.Errorf("Transport: %w", err))
	}
	if b.Strategy == nil {
		problems = append(problems, errors.New("Strategy is missing"))
	} else if running.Tokens, err = b.Strategy.SetUp(setup); err != nil {
		problems = append(problems, fmt.Errorf("Strategy: %w", err))
	}
	if len(problems) == 0 {
		if err := running.refreshing(); err != nil {
			problems = append(problems, err)
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return running, nil
}

// Records returns the store of the backend's tokens, nil where they are not recorded.
func (r *Running) Records() records.TokenStore {
	if recorder, ok := r.Tokens.(Recorder); ok {
		return recorder.Records()
	}
	return nil
}

// Alive reports whether a record of the backend is valid now, by its times.
func (r *Running) Alive(record records.Token) bool {
	recorder, ok := r.Tokens.(Recorder)
	return ok && recorder.Alive(record)
}

// MaxSessions returns how many recorded tokens of the backend a user has at most; 0 where
// they are not recorded.
func (r *Running) MaxSessions() int {
	if recorder, ok := r.Tokens.(Recorder); ok {
		return recorder.MaxSessions()
	}
	return 0
}

// ReduceName returns name without everything but ASCII letters, digits and "_", and
// without leading non-letters.
func ReduceName(name string) string {
	reduced := strings.Map(func(r rune) rune {
		if isLetter(r) || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return -1
	}, name)
	return strings.TrimLeftFunc(reduced, func(r rune) bool { return !isLetter(r) })
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
