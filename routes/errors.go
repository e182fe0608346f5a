package routes

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/user"
)

// Refused is an error that is a client's answer by itself.
type Refused struct {
	Status int
	// Detail is the stable code, or one of HTTP's own phrases.
	Detail string
	// Challenge is the parameters of a Bearer challenge (RFC 6750, section 3), which
	// applications with a bearer backend send along; empty for none, or with a 401 for
	// those that follow from the request.
	Challenge string
}

// Is reports whether target is the same answer; the challenge may be another.
func (e *Refused) Is(target error) bool {
	t, ok := target.(*Refused)
	return ok && e.Status == t.Status && e.Detail == t.Detail
}

// Error implements error.
func (e *Refused) Error() string { return "routes: refused: " + e.Detail }

// Refusals that any route can give.
var (
	ErrUnauthorized = &Refused{Status: http.StatusUnauthorized, Detail: "Unauthorized"}
	ErrForbidden    = &Refused{Status: http.StatusForbidden, Detail: "Forbidden"}
	ErrNotFound     = &Refused{Status: http.StatusNotFound, Detail: "Not Found"}
	ErrCrossOrigin  = &Refused{Status: http.StatusForbidden, Detail: "CROSS_ORIGIN_REQUEST"}
)

// Answer is what the errors that match Err become.
type Answer struct {
	Err error
	Refused
}

// Operation says what the errors of one route become, beside those that mean the
// same everywhere.
type Operation struct {
	// PasswordCode is the code of a refused password.
	PasswordCode string
	Answers      []Answer
}

func badRequest(err error, code string) Answer {
	return Answer{err, Refused{Status: http.StatusBadRequest, Detail: code}}
}

// The answers of each operation. What is in none of these tables is logged and
// sent as a bare 500.
var (
	verifyOperation = Operation{Answers: []Answer{
		badRequest(user.ErrBadToken, "VERIFY_USER_BAD_TOKEN"),
		badRequest(user.ErrAlreadyVerified, "VERIFY_USER_ALREADY_VERIFIED"),
	}}
	emailTaken    = badRequest(user.ErrExists, "UPDATE_USER_EMAIL_ALREADY_EXISTS")
	usernameTaken = badRequest(user.ErrUsernameTaken, "UPDATE_USERNAME_TAKEN")
	lastSuperuser = badRequest(user.ErrLastSuperuser, "UPDATE_LAST_SUPERUSER")
	// A user who is deleted during the own change is no longer authenticated.
	nobodyNow     = Answer{user.ErrNotFound, *ErrUnauthorized}
	noSuchUser    = Answer{user.ErrNotFound, *ErrNotFound}
	meOperation   = Operation{Answers: []Answer{nobodyNow}}
	userOperation = Operation{Answers: []Answer{noSuchUser}}
	noOperation   = Operation{}
)

func (r *Routes) loginOperation(verified bool) Operation {
	operation := Operation{Answers: []Answer{badRequest(user.ErrBadCredentials, "LOGIN_BAD_CREDENTIALS")}}
	operation = operation.with(r.BarredAnswers()...)
	if verified && !r.policy.ConcealRegistration {
		operation.Answers = append(operation.Answers, badRequest(user.ErrNotVerified, "LOGIN_USER_NOT_VERIFIED"))
	}
	return operation
}

// BarredAnswers are the answers of every way in to users who have proved the identity and
// are banned or not active. Of the former [user.Policy].TellBanned makes LOGIN_BANNED.
func (r *Routes) BarredAnswers() []Answer {
	barred := []Answer{badRequest(user.ErrInactive, "LOGIN_BAD_CREDENTIALS")} // which a ban is, too
	if r.policy.TellBanned {
		barred = []Answer{badRequest(user.ErrBanned, "LOGIN_BANNED"), barred[0]}
	}
	return barred
}

func (r *Routes) updateUserOperation() Operation {
	operation := r.deleteUserOperation()
	if r.policy.Usernames != nil {
		operation = operation.with(usernameTaken)
	}
	if r.policy.ResetOnlyAdministration {
		return operation.with(emailTaken, badRequest(errResetOnly, "UPDATE_USER_PASSWORD_RESET_ONLY"))
	}
	operation.PasswordCode = "UPDATE_USER_INVALID_PASSWORD"
	return operation.with(emailTaken)
}

func (r *Routes) deleteUserOperation() Operation {
	operation := Operation{Answers: []Answer{noSuchUser}}
	if r.policy.KeepOneSuperuser {
		operation.Answers = append(operation.Answers, lastSuperuser)
	}
	return operation
}

func (r *Routes) resetOperation() Operation {
	return Operation{
		PasswordCode: r.wire.resetPasswordCode(),
		Answers:      []Answer{badRequest(user.ErrBadToken, "RESET_PASSWORD_BAD_TOKEN")},
	}
}

// codeAndReason is the detail of a refused password.
type codeAndReason struct {
	Code   string `json:"code"`
	Reason any    `json:"reason"`
}

// codeOf returns the code in a detail.
func codeOf(detail any) string {
	switch detail := detail.(type) {
	case string:
		return detail
	case codeAndReason:
		return detail.Code
	case factorRequired:
		return detail.Code
	}
	return ""
}

// factorRequired is the detail of a login that needs one more factor.
type factorRequired struct {
	Code    string   `json:"code"`
	Factors []string `json:"factors"`
	Token   string   `json:"login_token,omitzero"`
}

// RegistrationAnswers are what the errors become by which the application's policy
// refuses a new account; none where everybody may make one.
func RegistrationAnswers(m *user.Manager) (all []Answer) {
	policy := m.Policy()
	if policy.Registration == user.RegistrationByInvitation {
		all = append(all, Answer{user.ErrInvitationRequired, Refused{Status: http.StatusForbidden, Detail: "INVITATION_REQUIRED"}})
	}
	if len(policy.AllowedDomains) > 0 {
		all = append(all, Answer{user.ErrDomainNotAllowed, Refused{Status: http.StatusForbidden, Detail: "REGISTER_DOMAIN_NOT_ALLOWED"}})
	}
	return all
}

// answer returns what err becomes: a status and the value of "detail", and
// whether it has to be logged.
func answer(op Operation, err error) (status int, detail any, log bool) {
	// Before all others: the application's error may wrap one that means something here.
	if errors.Is(err, user.ErrHook) {
		return http.StatusInternalServerError, "Internal Server Error", true
	}
	var weak *password.Error
	if errors.As(err, &weak) && op.PasswordCode != "" {
		return http.StatusBadRequest, codeAndReason{op.PasswordCode, weak.Reason}, false
	}
	var factor *user.FactorRequired
	if errors.As(err, &factor) {
		return http.StatusBadRequest, factorRequired{"LOGIN_FACTOR_REQUIRED", factor.Factors, string(factor.Token)}, false
	}
	var refused *Refused
	if errors.As(err, &refused) {
		return refused.Status, refused.Detail, false
	}
	var veto *user.Refusal
	if errors.As(err, &veto) {
		return veto.HTTPStatus(), veto.Code, false
	}
	var many *limits.TooManyError
	if errors.As(err, &many) {
		return http.StatusTooManyRequests, "TOO_MANY_REQUESTS", false
	}
	// Before the table: a store's failure may wrap an error that is in it.
	if errors.Is(err, user.ErrUnavailable) || errors.Is(err, user.ErrBusy) {
		return http.StatusServiceUnavailable, "Service Unavailable", true
	}
	for _, a := range op.Answers {
		if errors.Is(err, a.Err) {
			return a.Status, a.Detail, false
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return http.StatusServiceUnavailable, "Service Unavailable", true
	}
	return http.StatusInternalServerError, "Internal Server Error", true
}

// fail answers with what err becomes.
func (r *Routes) fail(c *gin.Context, op Operation, err error) {
	if r.failBody(c, err) {
		return
	}
	status, detail, log := answer(op, err)
	if log {
		r.logFailure(c, err)
	}
	retryAfter(c, err)
	r.challengeRefused(c, err)
	r.refuse(c, status, detail)
}

// challengeRefused adds what a client could do about a refusal, for clients that send
// bearer tokens.
func (r *Routes) challengeRefused(c *gin.Context, err error) {
	var refused *Refused
	if errors.As(err, &refused) && refused.Challenge != "" && r.challenger() != nil {
		c.Header("WWW-Authenticate", "Bearer "+refused.Challenge)
	}
}

func (r *Routes) logFailure(c *gin.Context, err error) {
	level := slog.LevelError
	if errors.Is(c.Request.Context().Err(), context.Canceled) {
		level = slog.LevelDebug // the client has gone; nothing is wrong here
	}
	r.logger.LogAttrs(c.Request.Context(), level, "ginauth: request failed",
		slog.String("method", c.Request.Method), slog.String("route", c.FullPath()), slog.String("error", err.Error()))
}

// refuse writes an error answer and ends the request.
func (r *Routes) refuse(c *gin.Context, status int, detail any) {
	secure(c)
	r.refused(c, status, detail)
	switch status {
	case http.StatusUnauthorized:
		if c.Writer.Header().Get("WWW-Authenticate") == "" {
			r.challenge(c)
		}
	case http.StatusServiceUnavailable:
		c.Header("Retry-After", "1")
	}
	body, err := encode(map[string]any{"detail": detail})
	if err != nil { // the application's reason for a password is no JSON value
		r.logFailure(c, err)
		status, body = http.StatusInternalServerError, []byte(`{"detail":"Internal Server Error"}`)
	}
	c.Data(status, jsonType, body)
	c.Abort()
}
