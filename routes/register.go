package routes

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/user"
)

// Register returns the group of POST /register.
func (r *Routes) Register() Group {
	route := Route{Method: http.MethodPost, Path: "/register", Operation: "register", Doc: Doc{
		Summary:   "Register",
		Body:      userCreate(),
		Successes: r.userAnswer(http.StatusCreated, "The new user, who is not logged in."),
		Vetoed:    r.manager.HasHook("BeforeRegister"),
		Limited:   true,
	}}
	return r.Group("register", r.Handled(route, registerOperation, r.Limited(user.LimitRegistrations, r.register)))
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
	return User(c, http.StatusCreated, u)
}
