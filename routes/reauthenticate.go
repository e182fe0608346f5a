package routes

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
)

// reauthenticateRoutes returns the routes with which a logged-in user proves the identity
// again; none if the application has no use for them.
func (r *Routes) reauthenticateRoutes(b *backends.Running, options GroupOptions) []Route {
	if len(r.factors.all) == 0 && !options.Reauthenticate {
		return nil
	}
	own := Demands{User: true, Active: true, Self: true, Enrolment: true, Via: []string{b.Name}}
	a := again{r, b, own}
	routes := []Route{a.route()}
	if r.factors.options() != nil {
		routes = append(routes, a.optionsRoute())
	}
	return routes
}

// again is re-authentication at one backend.
type again struct {
	*Routes
	backend *backends.Running
	own     Demands
}

func (a again) route() Route {
	body := &Body{Name: "ReauthenticateRequest", Fields: []Field{{Name: passwordField, Format: "password", Nullable: true, Example: "guinevere"}}}
	if len(a.factors.all) > 0 {
		body.Fields = append(body.Fields, a.factorFields()...)
		body.Fields[1].Required, body.Fields[1].Nullable = false, true
	}
	route := Route{Method: http.MethodPost, Path: "/reauthenticate", Operation: "reauthenticate", Event: user.EventReauthenticated, Backend: a.backend.Name, Guard: a.own, Doc: Doc{
		Summary:     "Prove once more who is logged in",
		Description: "By the password or by a factor; users with a second factor need a factor. The answer has a new token of the same session, the old one ends.",
		Body:        body,
		Successes:   []Success{a.LoginSuccess(a.backend)},
		AsksFactor:  true,
		Limited:     true,
	}}
	operation := Operation{Answers: []Answer{
		badRequest(user.ErrBadCredentials, "LOGIN_BAD_CREDENTIALS"), badFactor, nobodyNow,
	}}
	return a.Handled(route, operation, a.Limited(limits.Logins, a.reauthenticate))
}

// reauthenticate is POST /reauthenticate.
func (a again) reauthenticate(c *gin.Context) error {
	if err := a.Admit(c, a.own); err != nil {
		return err
	}
	in, err := a.Input(c)
	if err != nil {
		return err
	}
	prove, err := a.proof(in)
	if err != nil {
		return err
	}
	// The body may have been long on its way: a session that was ended meanwhile stays so.
	if err := a.Admit(c, a.own); err != nil {
		return err
	}
	result := ResultFrom(c)
	login := result.Login()
	err = prove(c.Request.Context(), login.User, func(methods []user.Method) error {
		login = login.With(methods...)
		login.At = a.now()
		return nil
	})
	if err != nil {
		return err
	}
	e := user.Event{Kind: user.EventReauthenticated, User: login.User.ID, Methods: login.Methods}
	if err := a.manager.Require(c.Request.Context(), &e); err != nil {
		return err
	}
	if err := a.renew(c, result, login); err != nil {
		return err
	}
	a.manager.Emit(c.Request.Context(), e)
	return nil
}

// prover verifies what the user sent and calls done with the methods it proves.
type prover func(ctx context.Context, u *user.User, done func([]user.Method) error) error

// proof reads which of the two ways the body takes: a password, or a factor.
func (a again) proof(in *Input) (prover, error) {
	byPassword, byFactor := in.Has(passwordField), in.Has(factorField)
	switch {
	case byPassword && byFactor:
		in.Invalid(factorField, "must not be sent with a password")
	case byFactor:
		f, answer := a.factorAnswer(in)
		if in.Err() == nil {
			return a.byFactor(f, answer), nil
		}
	default:
		password := in.Text(passwordField)
		if in.Err() == nil {
			return a.byPassword(secrets.Secret(password)), nil
		}
	}
	return nil, in.Err()
}

// byPassword verifies the password. Of a user with a second factor it is not even
// verified: it would not be enough, and must not tell whether it is right.
func (a again) byPassword(password secrets.Secret) prover {
	return func(ctx context.Context, u *user.User, done func([]user.Method) error) error {
		if u.SecondFactor {
			names, err := a.factors.usable(ctx, u)
			if err != nil {
				return err
			}
			return &user.FactorRequired{Factors: names}
		}
		found, err := a.manager.Authenticate(ctx, u.Email, password)
		if err != nil {
			return err
		}
		if found.ID != u.ID { // the address has another owner by now
			return user.ErrBadCredentials
		}
		return done([]user.Method{user.MethodPassword})
	}
}

func (a again) byFactor(f user.Factor, answer user.Answer) prover {
	return func(ctx context.Context, u *user.User, done func([]user.Method) error) error {
		err := a.manager.AttemptFactor(ctx, u, f.Name(), func() error {
			methods, err := a.factors.check(ctx, f, u, answer)
			if err != nil {
				return err
			}
			return done(methods)
		})
		if err == nil {
			a.ForgetFactorFailures(ctx, u)
		}
		return err
	}
}

// renew answers with a new token of the same session.
func (a again) renew(c *gin.Context, result backends.Result, login user.Login) error {
	issued, err := a.reissue(c.Request.Context(), result, login)
	if errors.Is(err, user.ErrNotFound) {
		return ErrUnauthorized
	}
	if err != nil {
		return fmt.Errorf("routes: renew token: %w", backends.Unavailable(err))
	}
	body, err := a.deliver(c, a.backend, issued)
	if err != nil {
		return err
	}
	return a.answerLogin(c, body)
}

// reissue returns a token for login in place of the request's own.
func (a again) reissue(ctx context.Context, result backends.Result, login user.Login) (backends.Issued, error) {
	if renewer, ok := a.backend.Tokens.(backends.Renewer); ok {
		return renewer.Renew(ctx, result.Token, result.Identity, login)
	}
	issued, err := a.backend.Tokens.Write(ctx, login)
	if err == nil {
		err = a.backend.Tokens.Destroy(ctx, result.Token)
	}
	return issued, err
}

func (a again) optionsRoute() Route {
	route := Route{Method: http.MethodPost, Path: "/reauthenticate/options", Operation: "reauthenticate_options", Backend: a.backend.Name, Guard: a.own, Doc: Doc{
		Summary:   "Options for a re-authentication by a factor that needs them",
		Successes: []Success{{Status: http.StatusOK, Description: "The options.", Body: a.sampleOptions()}},
	}}
	return a.Handled(route, Operation{Answers: []Answer{badFactor}}, func(c *gin.Context) error {
		if err := a.Admit(c, a.own); err != nil {
			return err
		}
		f, u := a.factors.options(), ResultFrom(c).User
		options, err := callFactor(c.Request.Context(), f, func(ctx context.Context) (any, error) { return f.Options(ctx, u, "") })
		if err != nil {
			return err
		}
		return JSON(c, http.StatusOK, options)
	})
}
