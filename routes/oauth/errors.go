package oauth

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"
	"golang.org/x/oauth2"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

var (
	errBadRequest   = refused(http.StatusBadRequest, "Bad Request")
	errInvalidState = refused(http.StatusBadRequest, "OAUTH_INVALID_STATE")
	errNoEmail      = refused(http.StatusBadRequest, "OAUTH_NOT_AVAILABLE_EMAIL")
	errProvider     = refused(http.StatusBadGateway, "OAUTH_PROVIDER_ERROR")
)

func refused(status int, detail string) *routes.Refused {
	return &routes.Refused{Status: status, Detail: detail}
}

// operation is what errors of the routes of this package become.
var operation = routes.Operation{Answers: []routes.Answer{
	// An expired token is a bad one, too.
	badRequest(user.ErrExpiredToken, "ACCESS_TOKEN_ALREADY_EXPIRED"),
	badRequest(user.ErrBadToken, "ACCESS_TOKEN_DECODE_ERROR"),
	badRequest(user.ErrExists, "OAUTH_USER_ALREADY_EXISTS"),
	badRequest(user.ErrLinked, "OAUTH_ACCOUNT_ALREADY_LINKED"),
	badRequest(user.ErrInactive, "LOGIN_BAD_CREDENTIALS"),
	badRequest(user.ErrBadCredentials, "LOGIN_BAD_CREDENTIALS"),
	badRequest(user.ErrNotVerified, "LOGIN_USER_NOT_VERIFIED"),
	// Who links an account and is gone is nobody any more.
	{Err: user.ErrNotFound, Refused: *routes.ErrUnauthorized},
}}

var unlinkOperation = routes.Operation{Answers: []routes.Answer{
	badRequest(user.ErrLastLoginMethod, "OAUTH_LAST_LOGIN_METHOD"),
	{Err: user.ErrNotFound, Refused: *routes.ErrNotFound},
}}

func badRequest(err error, code string) routes.Answer {
	return routes.Answer{Err: err, Refused: *refused(http.StatusBadRequest, code)}
}

// providerFailed logs what went wrong with a provider and returns what the client
// is told.
func (f *flow) providerFailed(c *gin.Context, err error) error {
	level := slog.LevelWarn
	if c.Request.Context().Err() != nil {
		level = slog.LevelDebug // the client has gone; the provider may be well
	}
	f.routes.Logger().LogAttrs(c.Request.Context(), level, "ginauth: oauth provider failed",
		slog.String("provider", f.client.Name), slog.String("error", describe(err)))
	return errProvider
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
