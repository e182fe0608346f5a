package app

import (
	"bytes"
	"html/template"
	"io/fs"
	"net/http"

	"github.com/gin-gonic/gin"
)

// The paths at which the page is served: its own, those of links in mails that end in
// "#token=" and a token of the outbox, and where a sign-in with a provider ends.
var pagePaths = []string{"/", "/verify", "/reset-password", "/login-by-mail", "/invitation", "/account"}

var indexPage = template.Must(template.ParseFS(files, "pages/index.html"))

// pageData is what is filled into the page: what this demonstration has.
type pageData struct {
	Providers []way
	Outbox    bool
	// Passkeys is the origin at which passkeys can be used; empty for none.
	Passkeys string
	// Closed reports that registration is closed.
	Closed bool
}

// attachPage serves the web page: plain files, no build step.
func attachPage(r gin.IRouter, data pageData) {
	var index bytes.Buffer
	if err := indexPage.Execute(&index, data); err != nil {
		panic(err) // the file is part of the program
	}
	for _, path := range pagePaths {
		r.GET(path, func(c *gin.Context) {
			pageHeaders(c)
			c.Data(http.StatusOK, "text/html; charset=utf-8", index.Bytes())
		})
	}
	icon, err := files.ReadFile("pages/static/icon.svg")
	if err != nil {
		panic(err)
	}
	// Browsers ask for it where a page names no icon, as when JSON is shown.
	r.GET("/favicon.ico", func(c *gin.Context) {
		pageHeaders(c)
		c.Data(http.StatusOK, "image/svg+xml", icon)
	})
	static, err := fs.Sub(files, "pages/static")
	if err != nil {
		panic(err)
	}
	files := http.StripPrefix("/static/", http.FileServerFS(static))
	r.GET("/static/*file", func(c *gin.Context) {
		pageHeaders(c)
		files.ServeHTTP(c.Writer, c.Request)
	})
}
