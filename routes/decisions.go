package routes

import (
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user"
)

// What the Manager decides it emits itself. The routes emit what only they know: that
// a request was refused, with the code of the answer, and the tokens that were issued
// and ended.

// refusedKey is the context key of the ID of a user whose request was refused.
type refusedKey struct{}

// refusalKey is where the request keeps the kind of event that its refusal is.
type refusalKey struct{}

// notLoggedIn emits the refusal of a login by an application's own way in, whose answer is
// the application's: the event has the code that the login route would answer.
func (r *Routes) notLoggedIn(c *gin.Context, b *backends.Running, u *user.User, err error) {
	user.RequestContextOf(c.Request.Context()).NoteSubject(u)
	r.enterBackend(c, b)
	status, detail, _ := answer(r.loginOperation(true), err)
	r.refusedAs(c, user.EventLoginFailed, status, detail)
}

// refused emits the refusal of what the route is for.
func (r *Routes) refused(c *gin.Context, status int, detail any) {
	asked := user.EventAccessRefused
	if kind, known := c.Get(refusalKey{}); known {
		asked, _ = kind.(user.EventKind)
	}
	r.refusedAs(c, asked, status, detail)
}

// refusedAs emits a refusal of that kind.
func (r *Routes) refusedAs(c *gin.Context, kind user.EventKind, status int, detail any) {
	e := user.Event{Kind: kind, Outcome: user.OutcomeOf(status)}
	if _, third := detail.(factorRequired); third && (e.Kind == user.EventLoginFailed || e.Kind == user.EventOAuthFailed) {
		e.Kind, e.Outcome = user.EventLoginFactorRequired, user.OutcomeOK
	}
	if e.Kind == user.EventLoginFailed && e.Outcome == user.OutcomeLimited {
		e.Kind = user.EventLoginLimited
	}
	e.Code = codeOf(detail)
	if e.Code == "" {
		e.Note = map[string]string{"reason": "invalid"}
	}
	if e.Kind == user.EventAccessRefused {
		e.Note = map[string]string{"route": c.Request.Method + " " + c.FullPath()}
	}
	if result := ResultFrom(c); result.User != nil {
		e.Actor = askedBy(&result)
	} else if id, known := c.Get(refusedKey{}); known {
		e.Actor, _ = id.(user.ID)
	}
	r.manager.Emit(c.Request.Context(), e)
}

// refusal returns the kind of event that a refusal by the route is.
func (r Route) refusal() user.EventKind {
	switch r.Event {
	case "":
		return user.EventAccessRefused
	case user.EventLogin:
		return user.EventLoginFailed
	case user.EventRegistered:
		return user.EventRegisterRefused
	}
	return r.Event
}

// logOut is [Routes.LogOut] with its event. Without a token there is none.
func (r *Routes) logOut(c *gin.Context, b *backends.Running) error {
	if token, err := b.Carrier.Token(c); err != nil || token == "" {
		return r.LogOut(c, b)
	}
	who := ResultFrom(c)
	e := user.Event{Kind: user.EventLogout, Backend: b.Name}
	if who.User != nil {
		e.User, e.Session = who.User.ID, r.handles.of(who.Identity.TokenHash)
	}
	ctx := c.Request.Context()
	if err := r.manager.Require(ctx, &e); err != nil {
		return err
	}
	if err := r.LogOut(c, b); err != nil {
		return err
	}
	r.manager.Emit(ctx, e)
	return nil
}
