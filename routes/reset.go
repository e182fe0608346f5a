package routes

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// Reset returns the group of POST /forgot-password and POST /reset-password.
func (r *Routes) Reset() Group {
	post := func(path, operation string) Route {
		return Route{Method: http.MethodPost, Path: path, Operation: operation}
	}
	group := r.Group("reset",
		r.Handled(post("/forgot-password", "forgot_password"), noOperation, r.forgotPassword),
		r.Handled(post("/reset-password", "reset_password"), r.resetOperation(), r.resetPassword))
	group.onAttach = func() {
		if !r.manager.HasHook("AfterForgotPassword") {
			r.logger.Warn("ginauth: reset routes are attached, but nobody will get a mail: set Config.Hooks.AfterForgotPassword (mails.Hooks does)")
		}
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
	if _, err := r.manager.ResetPassword(c.Request.Context(), form.Token, form.Password); err != nil {
		return err
	}
	return raw(c, http.StatusOK, null)
}
