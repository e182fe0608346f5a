package routes

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
)

// Register returns the group of POST /register.
func (r *Routes) Register() Group {
	route := Route{Method: http.MethodPost, Path: "/register", Operation: "register", Event: user.EventRegistered, Doc: Doc{
		Summary:   "Register",
		Body:      r.userCreate(),
		Successes: r.userAnswer(http.StatusCreated, "The new user, who is not logged in."),
		Vetoed:    r.manager.Vetoes().Register,
		Limited:   true,
	}}
	handler, onAttach := r.register, func() {}
	if r.policy.ConcealRegistration {
		route.Doc.Description = "The answer is the same whether or not somebody has the address."
		route.Doc.Successes = nullAnswer(http.StatusAccepted, "The owner of the address gets a mail.")
		handler, onAttach = r.registerConcealed, r.warnConcealed
	}
	r.decode.invitation = r.manager.TakesInvitations()
	group := r.Group("register", r.Handled(route, r.registerOperation(), r.Limited(limits.Registrations, handler)))
	group.onAttach = func() {
		r.checkRegistration()
		onAttach()
	}
	return group
}

// checkRegistration panics where nobody could register.
func (r *Routes) checkRegistration() {
	switch r.policy.Registration {
	case user.RegistrationClosed:
		panic("ginauth: the register routes are attached, but Config.Registration is Closed")
	case user.RegistrationByInvitation:
		if !r.decode.invitation {
			panic("ginauth: Config.Registration is InvitationOnly: package routes/invitations must be set up before RegisterRoutes is called")
		}
	}
}

func (r *Routes) register(c *gin.Context) error {
	if !r.crossOrigin.Allows(c.Request, false) {
		return ErrCrossOrigin
	}
	registration, err := r.decode.register(c.Request)
	if err != nil {
		return err
	}
	u, err := r.manager.Register(c.Request.Context(), registration)
	if err != nil {
		return err
	}
	about(c, u)
	return User(c, http.StatusCreated, u)
}
