package app

import (
	"embed"
	"io/fs"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/pages"
)

// accountPath is where the pages of package pages are: sign-in and the account, without
// scripts.
const accountPath = "/me"

//go:embed pages
var own embed.FS

// files lie over those of package pages: the demonstration's own pages, style and texts.
var files = must(fs.Sub(own, "pages"))

func must[T any](value T, err error) T {
	if err != nil {
		panic(err) // the file is part of the program
	}
	return value
}

// newPages attaches the pages that people use.
func (a *App) newPages(r *gin.Engine, b backends.Backend) (*pages.Pages, error) {
	p, err := pages.New(a.Auth, pages.Config{
		Engine: r, Backend: b, Name: "ginauth", Home: "/", SignUpFields: []string{"first_name"}, Administration: true, Files: files,
	})
	if err != nil {
		return nil, err
	}
	p.Attach(r.Group(accountPath))
	return p, nil
}

// front is what the front page shows: what this demonstration has.
type front struct {
	Providers            []way
	Outbox, ByInvitation bool
	// Passkeys is the origin at which browsers have passkeys, where it is another one than
	// the page's; empty otherwise.
	Passkeys string
	// Staff says that the user who is logged in may see the users.
	Staff bool
}

// attachFront serves the front page, at both paths where a sign-in with a provider may end.
func (a *App) attachFront(r gin.IRouter, p *pages.Pages, data front) {
	show := func(c *gin.Context) {
		shown := data
		if hostname(c.Request.Host) == a.settings.relyingParty().id {
			shown.Passkeys = ""
		}
		u := ginauth.UserFrom(c)
		shown.Staff = u != nil && a.Auth.Manager().Can(u, "users:read")
		p.HTML(c, http.StatusOK, "front", shown)
	}
	for _, path := range []string{"/", "/account"} {
		r.GET(path, a.Auth.CurrentUser(ginauth.Optional()), show)
	}
	icon := must(fs.ReadFile(files, "assets/logo.svg"))
	// Browsers ask for it where a page names no icon, as when JSON is shown.
	r.GET("/favicon.ico", func(c *gin.Context) {
		c.Header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		c.Header("X-Content-Type-Options", "nosniff")
		c.Data(http.StatusOK, "image/svg+xml", icon)
	})
}
