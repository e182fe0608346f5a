package app

import (
	"io/fs"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
	accountpages "github.com/ginauth/ginauth/pages"
)

// accountPath is where the pages of package pages are: sign-in and the account, without
// scripts.
const accountPath = "/me"

// attachAccount serves the pages that people use. The demonstration's own page is for
// developers: it shows every backend at work.
func (a *App) attachAccount(r *gin.Engine, b backends.Backend) error {
	words, err := fs.Sub(files, "pages/account")
	if err != nil {
		return err
	}
	p, err := accountpages.New(a.Auth, accountpages.Config{
		Engine: r, Backend: b, Name: "ginauth", SignUpFields: []string{"first_name"}, Administration: true, Files: words,
	})
	if err != nil {
		return err
	}
	p.Attach(r.Group(accountPath))
	return nil
}
