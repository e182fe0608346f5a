package backends

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/user"
)

// Authenticator finds the user of a request. It is safe for concurrent use.
type Authenticator struct {
	backends []*Running
	byID     func(ctx context.Context, id user.ID) (*user.User, error)
	checks   Checks
}

// Checks are what an application adds to an [Authenticator]. The zero value adds nothing.
type Checks struct {
	// Show brings a user that came along with a token into the form that the application
	// knows; see [user.Manager.Show].
	Show func(*user.User)
	// Actor reports whether the superuser who acts in the name of login.User still may.
	// Without it no impersonated login is valid.
	Actor func(ctx context.Context, login user.Login) (bool, error)
}

// Result is the outcome of authenticating a request. User is nil if none was found;
// Backend is then the last one tried, if any, and Token what it carried, if anything.
type Result struct {
	User    *user.User
	Token   string `json:"-"`
	Backend *Running
	// Identity is what the token said; the zero value without a user.
	Identity Identity
}

// Login returns how the request's user logged in; the zero value without a user.
func (r Result) Login() user.Login {
	if r.User == nil {
		return user.Login{}
	}
	login := r.Identity.Login
	login.User = r.User
	return login
}

// String names the user and the backend, without the token.
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
// order and loads users with byID, for example [user.Manager.ByID]. A user that a
// strategy returned along with the token is not loaded again.
func NewAuthenticator(backends []*Running, byID func(context.Context, user.ID) (*user.User, error)) *Authenticator {
	return &Authenticator{backends: backends, byID: byID}
}

// With returns a copy of a with checks.
func (a *Authenticator) With(checks Checks) *Authenticator {
	return &Authenticator{backends: a.backends, byID: a.byID, checks: checks}
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

// Authenticate asks the backends that enabled accepts (nil accepts all), in order, for
// the user of the request. The first that yields a user wins; a token without a user does
// not stop the search. It does not look at the user's flags. An error means that a store
// could not answer, so that the user is not known.
func (a *Authenticator) Authenticate(c *gin.Context, enabled func(name string) bool) (result Result, err error) {
	var known shared
	for _, b := range a.backends {
		if enabled != nil && !enabled(b.Name) {
			continue
		}
		token, err := b.Carrier.Token(c)
		if err != nil {
			return Result{}, Unavailable(err)
		}
		result.Token, result.Backend = token, b
		if token == "" {
			continue
		}
		if err := a.bearer(c, &result, &known); err != nil {
			return Result{}, err
		}
		if result.User != nil {
			return result, nil
		}
	}
	return result, nil
}

// bearer puts the user of result's token of result's backend into result. known is what the
// backends before have found, and becomes what this one has.
func (a *Authenticator) bearer(c *gin.Context, result *Result, known *shared) error {
	identity, found, err := read(c, result.Backend.Tokens, result.Token, known)
	if err != nil {
		return Unavailable(err)
	}
	if !found {
		return nil
	}
	return a.owner(c.Request.Context(), result, &identity)
}

// Bearer returns the user of a token of backend b, wherever it comes from; the zero Result
// if it is not valid.
func (a *Authenticator) Bearer(c *gin.Context, b *Running, token string) (Result, error) {
	result := Result{Token: token, Backend: b}
	if err := a.bearer(c, &result, &shared{}); err != nil || result.User == nil {
		return Result{}, err
	}
	return result, nil
}

func (a *Authenticator) actorStands(ctx context.Context, login user.Login, u *user.User) (bool, error) {
	if a.checks.Actor == nil {
		return false, nil
	}
	login.User = u
	return a.checks.Actor(ctx, login)
}

// owner puts the user of a token that was read into result.
func (a *Authenticator) owner(ctx context.Context, result *Result, identity *Identity) (err error) {
	u := identity.User
	if u == nil || u.ID != identity.UserID { // a store that mixes up answers must not let another user in
		u, err = a.byID(ctx, identity.UserID)
	} else if a.checks.Show != nil {
		a.checks.Show(u)
	}
	if errors.Is(err, user.ErrNotFound) {
		return nil
	}
	if err != nil || !settle(result.Backend.Tokens, identity, u) {
		return err
	}
	if identity.Login.Actor != "" {
		stands, err := a.actorStands(ctx, identity.Login, u)
		if err != nil || !stands {
			return err
		}
	}
	if toucher, ok := result.Backend.Tokens.(Toucher); ok {
		toucher.Touch(*identity)
	}
	result.User, result.Identity = u, *identity
	return nil
}
