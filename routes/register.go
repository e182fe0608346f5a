package routes

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/secrets"
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
	handler, warn := r.register, func() {}
	if r.policy.ConcealRegistration {
		route.Doc.Description = "The answer is the same whether or not somebody has the address."
		route.Doc.Successes = nullAnswer(http.StatusAccepted, "The owner of the address gets a mail.")
		handler = r.registerConcealed
		warn = func() { r.warnUnmailed("concealed registration is attached", user.MailVerify, user.MailInUse) }
	}
	// Known only now: package routes/invitations is set up after New made the decoder.
	r.decode.invitation = r.manager.TakesInvitations()
	// The limit counts accounts made and addresses found taken, not every attempt.
	group := r.Group("register", r.Handled(route, r.registerOperation(), r.Limited(limits.Registrations, handler)))
	group.onAttach = func() {
		r.checkRegistration()
		warn()
	}
	return group
}

// registerOperation has the codes of what a registration can fail with; RegistrationAnswers
// are those of every way to make an account. A concealed one has none for an address that is
// taken.
func (r *Routes) registerOperation() Operation {
	operation := Operation{PasswordCode: "REGISTER_INVALID_PASSWORD", Answers: RegistrationAnswers(r.manager)}
	if r.manager.TakesInvitations() {
		operation = operation.with(badRequest(user.ErrBadInvitation, "INVITATION_BAD_TOKEN"))
	}
	if r.policy.ConcealRegistration {
		return operation
	}
	if r.policy.Usernames != nil {
		operation = operation.with(badRequest(user.ErrUsernameTaken, "REGISTER_USERNAME_TAKEN"))
	}
	return operation.with(badRequest(user.ErrExists, "REGISTER_USER_ALREADY_EXISTS"))
}

// checkRegistration panics if every registration would be refused: the routes are attached by
// mistake, or in the wrong order.
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

// register is POST /register. The errors it returns become answers by registerOperation,
// see [Routes.handle].
func (r *Routes) register(c *gin.Context) error {
	// Without a cookie of ours any origin may register: the answer sets none, as it logs nobody in.
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
	user.RequestContextOf(c.Request.Context()).NoteSubject(u) // for the log and events
	return User(c, http.StatusCreated, u)
}

// register reads the body of POST /register. The flags of an account, such as is_superuser,
// are checked and then ignored, as FastAPI Users does.
func (d *decoder) register(r *http.Request) (user.Registration, error) {
	o, err := d.dialect.Object(r, emailField)
	if err != nil {
		return user.Registration{}, err
	}
	c := d.check() // collects what is wrong with the fields
	if o.Shape != wire.ObjectBody {
		return user.Registration{}, c.NoObject(o)
	}
	registration := user.Registration{Email: c.Email(o.Text(emailField))}
	if d.usernames != nil && !d.concealed {
		registration.Username = c.newUsername(o, d.usernames)
	}
	registration.Password = secrets.Secret(c.Text(o.Text(passwordField)))
	for _, flag := range []string{activeField, superuserField, verifiedField} {
		c.Flag(o, flag)
	}
	if d.profile != nil {
		registration.Profile = d.profile.register(c, o)
	}
	if invitation := o.Text(invitationField); d.invitation && !invitation.Absent() {
		registration.Invitation = secrets.Secret(c.Text(invitation))
	}
	if err := c.Err(); err != nil {
		return user.Registration{}, err
	}
	return registration, nil
}

// registerConcealed is [Routes.register] for applications that do not reveal who has an
// account: its owner learns it by mail, see [user.Manager.RegisterConcealed].
func (r *Routes) registerConcealed(c *gin.Context) error {
	if !r.crossOrigin.Allows(c.Request, false) { // as in register
		return ErrCrossOrigin
	}
	registration, err := r.decode.register(c.Request)
	if err != nil {
		return err
	}
	if err := r.manager.RegisterConcealed(c.Request.Context(), registration); err != nil {
		return err
	}
	return raw(c, http.StatusAccepted, null)
}
