package openapi

import (
	"bytes"
	"compress/gzip"
	"embed"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/swaggest/swgui/v5/static"
)

//go:embed page
var own embed.FS

var pageTemplate = template.Must(template.ParseFS(own, "page/index.html"))

// policy is what the page may do: run and call what its own origin serves. Swagger
// UI's style sheet has its icons in data URLs.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// UI is an interactive page; see [Page].
type UI struct{ document, back, title string }

// Page returns a page (Swagger UI) that shows the document at a URL and lets people
// call what it describes, to attach where the application wants it:
//
//	openapi.Page("/openapi.json").Attach(r.Group("/docs"))
//
// document is as the browser sees it, of the page's own origin. A login on the page is
// used for the calls that follow: bearer tokens are kept by the page until it is left,
// cookies by the browser. Everything is served from the program itself, under a
// Content-Security-Policy that allows nothing else and no inline script or style.
// The page is light or dark as the browser is, and has a filter for paths, methods and
// summaries.
func Page(document string) UI { return UI{document: document} }

// BackTo returns the page with a link at its top that leads back to the application: to a
// path or URL, and named as title.
func (u UI) BackTo(href, title string) UI {
	u.back, u.title = href, title
	return u
}

// Attach registers the page and its four files on router. Panics as Gin does when a
// route is registered twice.
func (u UI) Attach(router gin.IRouter) {
	if based, ok := router.(interface{ BasePath() string }); !ok || based.BasePath() != "/" {
		router.GET("", u.index)
	}
	router.GET("/", u.index)
	attachFile(router, "page.js", "text/javascript; charset=utf-8", ownFile("page/page.js"))
	attachFile(router, "page.css", "text/css; charset=utf-8", ownFile("page/page.css"))
	attachZipped(router, "swagger-ui-bundle.js", "text/javascript; charset=utf-8")
	attachZipped(router, "swagger-ui.css", "text/css; charset=utf-8")
}

func (u UI) index(c *gin.Context) {
	// Relative links hold behind a proxy that takes away a part of the path.
	files := path.Base(c.Request.URL.Path) + "/"
	if strings.HasSuffix(c.Request.URL.Path, "/") {
		files = ""
	}
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, map[string]string{"Files": files, "Document": u.document, "Back": u.back, "Title": u.title}); err != nil {
		c.Status(http.StatusInternalServerError)
		return
	}
	c.Header("Content-Security-Policy", policy)
	c.Header("Referrer-Policy", "no-referrer")
	serve(c, "text/html; charset=utf-8", page.Bytes())
}

func ownFile(name string) []byte { return mustRead(own, name) }

func mustRead(files fs.FS, name string) []byte {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		panic(err) // the file is part of the program
	}
	return content
}

func attachFile(router gin.IRouter, name, contentType string, content []byte) {
	router.GET("/"+name, func(c *gin.Context) { serve(c, contentType, content) })
}

// attachZipped serves a file of Swagger UI, which are kept compressed.
func attachZipped(router gin.IRouter, name, contentType string) {
	zipped := mustRead(static.FS, name+".gz")
	unzipped := sync.OnceValue(func() []byte {
		reader, err := gzip.NewReader(bytes.NewReader(zipped))
		if err != nil {
			return nil
		}
		content, _ := io.ReadAll(reader) // a part of the program; a test reads it
		return content
	})
	router.GET("/"+name, func(c *gin.Context) {
		c.Header("Vary", "Accept-Encoding")
		if !strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
			serve(c, contentType, unzipped())
			return
		}
		c.Header("Content-Encoding", "gzip")
		serve(c, contentType, zipped)
	})
}
