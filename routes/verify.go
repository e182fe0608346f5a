package routes

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
)

// Verify returns the group of POST /request-verify-token and POST /verify, and of
// POST /confirm-email where new addresses have to be confirmed.
func (r *Routes) Verify() Group {
	request := Route{Method: http.MethodPost, Path: "/request-verify-token", Operation: "request_verify_token", Event: user.EventVerifyRequested, Doc: Doc{
		Summary:     "Ask for a mail to verify the address",
		Description: "The answer is the same whether or not somebody has the address.",
		Body:        emailRequest(),
		Successes:   nullAnswer(http.StatusAccepted, "An active, unverified user of that address gets a mail."),
		Limited:     true,
	}}
	verify := Route{Method: http.MethodPost, Path: "/verify", Operation: "verify", Event: user.EventVerified, Doc: Doc{
		Summary:   "Verify the address",
		Body:      verifyRequest(),
		Successes: r.userAnswer(http.StatusOK, "The user, verified."),
	}}
	routes := []Route{
		r.Handled(request, noOperation, r.Limited(limits.MailRequests, r.requestVerify)),
		r.Handled(verify, verifyOperation, r.verify),
	}
	if r.policy.ConfirmEmailChange {
		routes = append(routes, r.confirmEmailRoute())
	}
	group := r.Group("verify", routes...)
	group.onAttach = func() {
		if r.policy.ConfirmEmailChange {
			r.warnUnmailed("new addresses have to be confirmed", user.MailConfirmEmail)
		}
		r.warnUnmailed("verify routes are attached", user.MailVerify)
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
	user.RequestContextOf(c.Request.Context()).NoteSubject(u)
	return User(c, http.StatusOK, u)
}
