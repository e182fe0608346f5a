package backends

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/user"
)

// Authenticator finds out who sends a request. It is safe for concurrent use.
type Authenticator struct {
	backends []*Running
	byID     func(ctx context.Context, id user.ID) (*user.User, error)
	remember bool // whether it helps to keep a [lastRecord]
}

// Result is who sends a request. User is nil where nobody was found; Backend is
// then the last that was asked, if any, and Token what it carried, if anything.
type Result struct {
	User    *user.User
	Token   string `json:"-"`
	Backend *Running
	// Identity is what the token said; the zero value without a user.
	Identity Identity
}

// String tells who it is, without the token.
func (r Result) String() string {
	if r.User == nil || r.Backend == nil {
		return "nobody"
	}
	return r.User.String() + " by " + r.Backend.Name
}

// Format prints r as [Result.String] does, whatever the verb.
func (r Result) Format(state fmt.State, _ rune) { fmt.Fprint(state, r.String()) }

// LogValue logs what [Result.String] returns.
func (r Result) LogValue() slog.Value { return slog.StringValue(r.String()) }

// NewAuthenticator returns an authenticator that asks the backends in the given
// order and loads users with byID, for example [user.Manager.ByID]. A user whom
// [Setup.Tokens] has told along with the token is not asked for again.
func NewAuthenticator(backends []*Running, byID func(context.Context, user.ID) (*user.User, error)) *Authenticator {
	return &Authenticator{backends: backends, byID: byID, remember: worthRemembering(backends)}
}

// Backends returns all backends in their order. It must not be changed.
func (a *Authenticator) Backends() []*Running { return a.backends }

// Backend returns the backend of that name in any spelling, nil if there is none.
func (a *Authenticator) Backend(name string) *Running {
	for _, b := range a.backends {
		if b.Name == ReduceName(name) {
			return b
		}
	}
	return nil
}

// Authenticate asks the backends that enabled accepts (nil accepts all), in order,
// for the user of the request. The first that yields a user wins; a token that
// yields nobody does not stop the search. It does not look at the user's flags.
// An error means that a store could not answer, so that nobody knows who it is.
func (a *Authenticator) Authenticate(c *gin.Context, enabled func(name string) bool) (Result, error) {
	var last Result
	var record *lastRecord // none before there is something to remember
	for _, b := range a.backends {
		if enabled != nil && !enabled(b.Name) {
			continue
		}
		token := last.Token
		if !sameToken(last.Backend, b) {
			var err error
			if token, err = b.Carrier.Token(c); err != nil {
				return Result{}, Unavailable(err)
			}
		}
		last = Result{Token: token, Backend: b}
		if token == "" {
			continue
		}
		if a.remember && record == nil && remembers(b) {
			record = &lastRecord{}
		}
		found, err := a.bearer(c.Request.Context(), b, token, record)
		if err != nil {
			return Result{}, err
		}
		if found.User != nil {
			return found, nil
		}
	}
	return last, nil
}

// bearer returns the user of a token of backend b.
func (a *Authenticator) bearer(ctx context.Context, b *Running, token string, last *lastRecord) (Result, error) {
	identity, found, err := read(ctx, b.Tokens, token, last)
	if err != nil {
		return Result{}, Unavailable(err)
	}
	if !found {
		return Result{}, nil
	}
	u, err := a.user(ctx, identity.UserID, last)
	if errors.Is(err, user.ErrNotFound) {
		return Result{}, nil
	}
	if err != nil {
		return Result{}, err
	}
	if !u.Counts(identity.TokenVersion, identity.TokenHash) {
		return Result{}, nil
	}
	if toucher, ok := b.Tokens.(Toucher); ok {
		toucher.Touch(identity)
	}
	return Result{User: u, Token: token, Backend: b, Identity: identity}, nil
}

// user returns the user with that ID, who may be known with the token.
func (a *Authenticator) user(ctx context.Context, id user.ID, last *lastRecord) (*user.User, error) {
	if u := last.user(id); u != nil {
		return u, nil
	}
	return a.byID(ctx, id)
}

func read(ctx context.Context, tokens Tokens, token string, last *lastRecord) (Identity, bool, error) {
	if own, ok := tokens.(rememberer); ok && last != nil {
		return own.readRemembering(ctx, token, last)
	}
	return tokens.Read(ctx, token)
}

// sameToken reports whether both backends find the same token in any request.
func sameToken(a, b *Running) bool {
	if a == nil {
		return false
	}
	_, one := a.Carrier.(Bearer)
	_, other := b.Carrier.(Bearer)
	return one && other
}
