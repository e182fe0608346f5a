// Package look gives the pages of package pages an application's own look, in a style
// sheet of 20 lines, a logo and a few words.
package look

import (
	"embed"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/pages"
)

//go:embed assets languages
var files embed.FS

// Attach serves the pages at /account of an engine.
func Attach(r *gin.Engine, auth *ginauth.Auth, web backends.Backend) {
	pages.Routes(auth, pages.Config{Engine: r, Backend: web, Name: "Camelot", Files: files}).Attach(r.Group("/account"))
}
