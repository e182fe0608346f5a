package routes

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

// currentField is the field of PATCH /me with the user's current password.
const currentField = "current_password"

// CheckPolicy returns an error if the policy and the application's own fields exclude
// each other: a current password must never be read as such a field, and stored in
// clear.
func CheckPolicy(policy user.Policy, profile *profile.Type) error {
	if _, taken := profile.Field(currentField); taken && policy.RequireCurrentPassword {
		return errors.New("RequireCurrentPassword is set, but the profile has a field " + currentField)
	}
	return nil
}

// errResetOnly refuses a superuser who sets another user's password.
var errResetOnly = errors.New("routes: a superuser may only start a reset")

// with returns the operation with further answers.
func (o Operation) with(more ...Answer) Operation {
	o.Answers = append(o.Answers[:len(o.Answers):len(o.Answers)], more...)
	return o
}

func (r *Routes) updateMeOperation() Operation {
	operation := Operation{PasswordCode: "UPDATE_USER_INVALID_PASSWORD", Answers: []Answer{nobodyNow}}
	if r.policy.RequireCurrentPassword {
		operation = operation.with(badRequest(user.ErrBadCredentials, "UPDATE_USER_BAD_CURRENT_PASSWORD"))
	}
	if r.policy.Usernames != nil {
		operation = operation.with(usernameTaken)
	}
	if r.policy.ConfirmEmailChange {
		return operation
	}
	return operation.with(emailTaken)
}

// movingFresh is how recent the login must be of a user with a second factor who takes
// another address.
const movingFresh = 10 * time.Minute

// changing returns what is demanded of a user who makes changes to the own account. An
// address that counts at once is unverified, and an unverified account is given to who reads
// its mail, without second factors. So whoever has one proves it first: a session alone must
// not get rid of it.
func (r *Routes) changing(own Demands, u *user.User, changes user.Changes) Demands {
	if u.SecondFactor && !r.policy.ConfirmEmailChange && moves(u, changes.Email) {
		own.Fresh = movingFresh
	}
	return own
}

// moves reports whether text, unless it is nil, is another address than u's and no other
// spelling of it.
func moves(u *user.User, text *string) bool {
	if text == nil {
		return false
	}
	address, err := email.Parse(*text)
	return err != nil || address.Key != u.EmailKey
}

// warnUnmailed warns of routes that need mails of kinds for which there is no hook.
func (r *Routes) warnUnmailed(what string, kinds ...user.MailKind) {
	for _, kind := range kinds {
		if !r.manager.Mails(kind) {
			r.logger.Warn("ginauth: " + what + ", but no " + string(kind) + " mail will be sent: set Config.Hooks.Send (mails.Hooks does)")
		}
	}
}

// confirmEmailRoute is POST /confirm-email.
func (r *Routes) confirmEmailRoute() Route {
	route := Route{Method: http.MethodPost, Path: "/confirm-email", Operation: "confirm_email", Event: user.EventEmailChanged, Doc: Doc{
		Summary:     "Confirm a new address",
		Description: "Ends all the user's tokens but the one that asked for the change, and logs nobody in.",
		Body:        confirmEmailRequest(),
		Successes:   r.userAnswer(http.StatusOK, "The user with the new address, verified."),
	}}
	operation := Operation{Answers: []Answer{badRequest(user.ErrBadToken, "CONFIRM_EMAIL_BAD_TOKEN"), emailTaken}}
	return r.Handled(route, operation, r.confirmEmail)
}

func (r *Routes) confirmEmail(c *gin.Context) error {
	if !r.crossOrigin.Allows(c.Request, false) {
		return ErrCrossOrigin
	}
	token, err := r.decode.verify(c.Request)
	if err != nil {
		return err
	}
	u, err := r.manager.ConfirmEmail(c.Request.Context(), token)
	if err != nil {
		return err
	}
	user.RequestContextOf(c.Request.Context()).NoteSubject(u)
	return User(c, http.StatusOK, u)
}

// startResetRoute is POST /:id/forgot-password.
func (r *Routes) startResetRoute(admin Demands) Route {
	route := Route{Method: http.MethodPost, Path: "/:id/forgot-password", Operation: "start_reset", Event: user.EventForgotPassword, Guard: admin, Doc: Doc{
		Summary: "Send a user a mail to reset the password", Params: []Param{r.idParam()},
		Successes: nullAnswer(http.StatusAccepted, "The user, if active, gets a mail."),
	}}
	return r.Handled(route, userOperation, func(c *gin.Context) error {
		u, err := r.target(c, admin)
		if err != nil {
			return err
		}
		if err := r.manager.StartReset(c.Request.Context(), u); err != nil {
			return err
		}
		return raw(c, http.StatusAccepted, null)
	})
}
