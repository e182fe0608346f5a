package oauth

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"
	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

var (
	errNoCode       = errors.New("oauth: there is no code, or an error that cannot be passed on")
	errOtherUser    = errors.New("oauth: the flow was begun by another user")
	errInvalidState = errors.New("oauth: the state is of another browser, purpose or provider, or was used before")
	errNoEmail      = errors.New("oauth: the provider tells no e-mail address that can be used")
	errProvider     = errors.New("oauth: the provider refuses the code, or does not answer as it should")
)

func answers(status int, err error, detail string) routes.Answer {
	return routes.Answer{Err: err, Refused: routes.Refused{Status: status, Detail: detail}}
}

func badRequest(err error, detail string) routes.Answer {
	return answers(http.StatusBadRequest, err, detail)
}

var providerFails = answers(http.StatusBadGateway, errProvider, "OAUTH_PROVIDER_ERROR")

// What errors of the routes of this package become.
var (
	authorizeOperation = routes.Operation{Answers: []routes.Answer{providerFails}}

	// callbackAnswers are those of steps 1 to 5 of the contract.
	callbackAnswers = []routes.Answer{
		badRequest(errNoCode, "Bad Request"),
		// An expired token is a bad one, too.
		badRequest(user.ErrExpiredToken, "ACCESS_TOKEN_ALREADY_EXPIRED"),
		badRequest(user.ErrBadToken, "ACCESS_TOKEN_DECODE_ERROR"),
		badRequest(errInvalidState, "OAUTH_INVALID_STATE"),
		providerFails,
		badRequest(errNoEmail, "OAUTH_NOT_AVAILABLE_EMAIL"),
	}
	associateOperation = routes.Operation{Answers: append(slices.Clone(callbackAnswers),
		badRequest(errOtherUser, "Bad Request"),
		badRequest(user.ErrLinked, "OAUTH_ACCOUNT_ALREADY_LINKED"),
		// A user who is deleted while linking is no longer authenticated.
		routes.Answer{Err: user.ErrNotFound, Refused: *routes.ErrUnauthorized})}

	listOperation   routes.Operation
	unlinkOperation = routes.Operation{Answers: []routes.Answer{
		badRequest(user.ErrLastLoginMethod, "OAUTH_LAST_LOGIN_METHOD"),
		{Err: user.ErrNotFound, Refused: *routes.ErrNotFound},
	}}
)

// loginOperation is that of the login's callback.
func loginOperation(r *routes.Routes, verified bool) routes.Operation {
	all := append(slices.Clone(callbackAnswers),
		badRequest(user.ErrExists, "OAUTH_USER_ALREADY_EXISTS"))
	all = append(all, r.BarredAnswers()...)
	all = append(all, badRequest(user.ErrBadCredentials, "LOGIN_BAD_CREDENTIALS"))
	all = append(all, routes.RegistrationAnswers(r.Manager())...)
	if verified {
		all = append(all, badRequest(user.ErrNotVerified, "LOGIN_USER_NOT_VERIFIED"))
	}
	return routes.Operation{Answers: all}
}

// providerFailed logs a provider's failure and returns the answer to the client.
func (f *flow) providerFailed(c *gin.Context, err error) error {
	level := slog.LevelWarn
	if c.Request.Context().Err() != nil {
		level = slog.LevelDebug // the client has gone; the provider may be well
	}
	f.routes.Logger().LogAttrs(c.Request.Context(), level, "ginauth: oauth provider failed",
		slog.String("provider", f.client.Name), slog.String("error", describe(err)))
	return errProvider
}

// logNoCookie says why a state of ours may have come back without its cookie: to whoever
// sets the application up this looks as an attack does. The level is that of what users
// can bring about.
func (f *flow) logNoCookie(c *gin.Context) {
	f.routes.Logger().LogAttrs(c.Request.Context(), slog.LevelInfo, "ginauth: oauth callback without the cookie of its flow",
		slog.String("provider", f.client.Name), slog.String("redirect_url", f.config.RedirectURL),
		slog.String("hint", fmt.Sprintf("the flow began under another host than that of redirect_url or in another browser, took longer than %v, "+
			"was answered before, or its cookie is Secure on plain HTTP", f.config.Cookie.MaxAge)))
}

// maxDescription keeps a provider from filling the log.
const maxDescription = 300

// describe words an error for the log without what a provider has answered to code
// and secret, and without queries: either may repeat what is secret.
func describe(err error) string {
	var answered *oauth2.RetrieveError
	var asked *url.Error
	var text string
	switch {
	case errors.As(err, &answered):
		text = fmt.Sprintf("token endpoint answered %d", answered.Response.StatusCode)
		if printable(answered.ErrorCode) {
			text += ": " + answered.ErrorCode
		}
	case errors.As(err, &asked):
		text = asked.Op + " " + withoutQuery(asked.URL) + ": " + asked.Err.Error()
	default:
		text = err.Error()
	}
	if len(text) > maxDescription {
		text = text[:maxDescription] + "…"
	}
	return text
}

func withoutQuery(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "?"
	}
	return u.Scheme + "://" + u.Host + u.Path
}
