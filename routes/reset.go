package routes

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
)

// Reset returns the group of POST /forgot-password and POST /reset-password.
func (r *Routes) Reset() Group {
	forgot := Route{Method: http.MethodPost, Path: "/forgot-password", Operation: "forgot_password", Event: user.EventForgotPassword, Doc: Doc{
		Summary:     "Ask for a mail to reset the password",
		Description: "The answer is the same whether or not somebody has the address.",
		Body:        emailRequest(),
		Successes:   nullAnswer(http.StatusAccepted, "An active user of that address gets a mail."),
		Limited:     true,
	}}
	reset := Route{Method: http.MethodPost, Path: "/reset-password", Operation: "reset_password", Event: user.EventPasswordReset, Doc: Doc{
		Summary:     "Set a new password",
		Description: "Ends all the user's tokens and logs nobody in.",
		Body:        resetPasswordRequest(),
		Successes:   nullAnswer(http.StatusOK, "The password is changed."),
	}}
	group := r.Group("reset",
		r.Handled(forgot, noOperation, r.Limited(limits.MailRequests, r.forgotPassword)),
		r.Handled(reset, r.resetOperation(), r.resetPassword))
	group.onAttach = func() {
		r.warnUnmailed("reset routes are attached", user.MailReset)
	}
	return group
}

func (r *Routes) forgotPassword(c *gin.Context) error {
	if !r.crossOrigin.Allows(c.Request, false) {
		return ErrCrossOrigin
	}
	email, err := r.decode.email(c.Request)
	if err != nil {
		return err
	}
	if err := r.manager.ForgotPassword(c.Request.Context(), email); err != nil {
		return err
	}
	return raw(c, http.StatusAccepted, null)
}

func (r *Routes) resetPassword(c *gin.Context) error {
	if !r.crossOrigin.Allows(c.Request, false) {
		return ErrCrossOrigin
	}
	form, err := r.decode.reset(c.Request)
	if err != nil {
		return err
	}
	u, err := r.manager.ResetPassword(c.Request.Context(), form.Token, form.Password)
	if err != nil {
		return err
	}
	user.RequestContextOf(c.Request.Context()).NoteSubject(u)
	return raw(c, http.StatusOK, null)
}
