package routes

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// Verify returns the group of POST /request-verify-token and POST /verify.
func (r *Routes) Verify() Group {
	post := func(path, operation string) Route {
		return Route{Method: http.MethodPost, Path: path, Operation: operation}
	}
	group := r.Group("verify",
		r.Handled(post("/request-verify-token", "request_verify_token"), noOperation, r.requestVerify),
		r.Handled(post("/verify", "verify"), verifyOperation, r.verify))
	group.onAttach = func() {
		if !r.manager.HasHook("AfterRequestVerify") {
			r.logger.Warn("ginauth: verify routes are attached, but nobody will get a mail: set Config.Hooks.AfterRequestVerify (mails.Hooks does)")
		}
	}
	return group
}

func (r *Routes) requestVerify(c *gin.Context) error {
	if !r.crossOrigin.Allows(c.Request, false) {
		return ErrCrossOrigin
	}
	email, err := r.decode.email(c.Request)
	if err != nil {
		return err
	}
	if err := r.manager.RequestVerify(c.Request.Context(), email); err != nil {
		return err
	}
	return raw(c, http.StatusAccepted, null)
}

func (r *Routes) verify(c *gin.Context) error {
	if !r.crossOrigin.Allows(c.Request, false) {
		return ErrCrossOrigin
	}
	token, err := r.decode.verify(c.Request)
	if err != nil {
		return err
	}
	u, err := r.manager.Verify(c.Request.Context(), token)
	if err != nil {
		return err
	}
	return User(c, http.StatusOK, u)
}
