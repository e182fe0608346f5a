package walk

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes/admin"
	"github.com/ginauth/ginauth/routes/apikeys"
	"github.com/ginauth/ginauth/routes/events"
	"github.com/ginauth/ginauth/routes/factors"
	"github.com/ginauth/ginauth/routes/invitations"
	"github.com/ginauth/ginauth/routes/maillogin"
	"github.com/ginauth/ginauth/routes/oauth"
	"github.com/ginauth/ginauth/routes/passkeys"
	"github.com/ginauth/ginauth/user"
)

const (
	rpID   = "camelot.bt"
	origin = "https://camelot.bt"
)

// attach attaches the routes of every package that has some.
func (w *world) attach(log *audit.Log) error {
	w.Use(func(c *gin.Context) { c.Next(); w.pattern = c.FullPath() })
	auth, ctx := w.auth, w.t.Context()
	second, err := factors.New(ctx, auth, factors.Config{Issuer: "Round Table", TrustDevice: 24 * time.Hour, Fresh: 2 * time.Hour})
	if err != nil {
		return err
	}
	ring, err := passkeys.New(ctx, auth, passkeys.Config{RPID: rpID, Name: "Round Table", Origins: []string{origin}, AsSecondFactor: true, Fresh: 2 * time.Hour})
	if err != nil {
		return err
	}
	keys, err := apikeys.New(ctx, auth, apikeys.Config{Scopes: map[string]apikeys.Scope{"orders:read": {}, "orders:write": {}}})
	if err != nil {
		return err
	}
	invited, err := invitations.New(ctx, auth, invitations.Config{Roles: []string{"editor"}})
	if err != nil {
		return err
	}
	byMail, err := maillogin.New(ctx, auth, maillogin.Config{SignUp: true})
	if err != nil {
		return err
	}
	room, err := admin.New(ctx, auth, admin.Config{})
	if err != nil {
		return err
	}
	lists, err := events.New(auth, events.Config{Log: log})
	if err != nil {
		return err
	}
	for _, b := range []backends.Backend{jwt, cookie, app} {
		auth.AuthRoutes(b).Attach(w.Group("/auth/" + b.Name))
		byMail.Login(b).Attach(w.Group("/auth/" + b.Name))
		ring.Login(b).Attach(w.Group("/auth/" + b.Name))
		w.POST("/enter/"+b.Name, w.enterBy(b))
	}
	auth.AuthRoutes(jwt, ginauth.Verified()).Attach(w.Group("/auth/verified"))
	auth.RegisterRoutes().Attach(w.Group("/auth"))
	auth.ResetPasswordRoutes().Attach(w.Group("/auth"))
	auth.VerifyRoutes().Attach(w.Group("/auth"))
	byMail.Request().Attach(w.Group("/auth"))
	auth.UsersRoutes().Attach(w.Group("/users"))
	room.Routes().Attach(w.Group("/users"))
	invited.Routes().Attach(w)
	own, users := w.Group("/users/me"), w.Group("/users/:id")
	auth.SessionsRoutes().Attach(own)
	auth.UserSessionsRoutes().Attach(users)
	second.Own().Attach(own)
	second.Admin().Attach(users)
	ring.Own().Attach(own)
	ring.Admin().Attach(users)
	ring.WellKnown().Attach(w)
	keys.Own().Attach(own)
	keys.Admin().Attach(users)
	lists.Own().Attach(own)
	lists.Admin().Attach(users)
	lists.All().Attach(w)
	w.attachOAuth()
	ok := func(c *gin.Context) { c.Status(http.StatusNoContent) }
	w.GET("/own", auth.ActiveUser(), ok)
	w.GET("/mfa", auth.ActiveUser(ginauth.MultiFactor()), ok)
	w.GET("/editor", auth.ActiveUser(ginauth.Role("editor")), ok)
	w.GET("/scope", auth.ActiveUser(ginauth.Scope("orders:read")), ok)
	return nil
}

func (w *world) attachOAuth() {
	oauth.Routes(w.auth, avalon{}, jwt, oauth.Config{
		RedirectURL: "https://camelot.bt/auth/avalon/callback", Transport: avalon{}, AssociateByEmail: true,
	}).Attach(w.Group("/auth/avalon"))
	oauth.Routes(w.auth, avalon{}, cookie, oauth.Config{
		RedirectURL: "https://camelot.bt/auth/redirect/callback", Transport: avalon{}, RedirectTo: []string{"https://camelot.bt/account"},
	}).Attach(w.Group("/auth/redirect"))
	oauth.AssociateRoutes(w.auth, avalon{}, oauth.Config{RedirectURL: "https://camelot.bt/auth/associate/callback", Transport: avalon{}}).
		Attach(w.Group("/auth/associate"))
	oauth.AccountsRoutes(w.auth).Attach(w.Group("/users/me"))
}

// enterBy is a way in of the application's own, without a password to hash.
func (w *world) enterBy(b backends.Backend) gin.HandlerFunc {
	return func(c *gin.Context) {
		u, err := w.auth.Manager().ByEmail(c.Request.Context(), c.Query("email"))
		if err != nil {
			c.String(http.StatusInternalServerError, "%v", err)
			return
		}
		issued, err := w.auth.LogIn(c, b, u)
		if errors.Is(err, user.ErrUnavailable) {
			c.String(http.StatusServiceUnavailable, "later")
			return
		}
		if err != nil {
			c.String(http.StatusBadRequest, "%T", err)
			return
		}
		c.JSON(http.StatusOK, gin.H{"access_token": issued})
	}
}
