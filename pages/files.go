package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
)

//go:embed templates assets languages
var builtIn embed.FS

// overlay is a file system of two: what above lacks is below.
type overlay struct{ above, below fs.FS }

// Open implements [fs.FS].
func (o overlay) Open(name string) (fs.File, error) {
	if o.above != nil {
		file, err := o.above.Open(name)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
	}
	return o.below.Open(name)
}

// names returns the names of both, of files that match a pattern, each once.
func (o overlay) names(pattern string) ([]string, error) {
	names, err := fs.Glob(o.below, pattern)
	if err != nil || o.above == nil {
		return names, err
	}
	more, err := fs.Glob(o.above, pattern)
	known := map[string]bool{}
	for _, name := range names {
		known[name] = true
	}
	for _, name := range more {
		if !known[name] {
			names = append(names, name)
		}
	}
	return names, err
}

// shared are the templates that every page can call.
const shared = "templates/shared/*.html"

// staffTemplates begins the names of the templates of administrators.
const staffTemplates = "staff-"

func (p *Pages) setUpFiles() error {
	files := overlay{p.config.Files, builtIn}
	layers := []fs.FS{builtIn}
	if p.config.Files != nil {
		layers = append(layers, p.config.Files)
	}
	var problems [3]error
	p.languages, problems[0] = readLanguages(layers...)
	problems[1] = p.readTemplates(files)
	problems[2] = p.readAssets(files)
	return errors.Join(problems[:]...)
}

func (p *Pages) readTemplates(files overlay) error {
	commons, err := files.names(shared)
	if err != nil {
		return fmt.Errorf("Config.Files: %w", err)
	}
	common := template.New("").Option("missingkey=zero")
	var problems []error
	for _, name := range commons {
		problems = append(problems, parse(common, files, name))
	}
	names, err := files.names("templates/*.html")
	problems = append(problems, err)
	p.templates = map[string]*template.Template{}
	for _, name := range names {
		if !p.config.Administration && strings.HasPrefix(path.Base(name), staffTemplates) {
			continue
		}
		one, err := common.Clone()
		if err == nil {
			err = parse(one, files, name)
		}
		problems = append(problems, err)
		p.templates[strings.TrimSuffix(path.Base(name), ".html")] = one
	}
	return errors.Join(problems...)
}

func parse(into *template.Template, files fs.FS, name string) error {
	content, err := fs.ReadFile(files, name)
	if err == nil {
		_, err = into.New(path.Base(name)).Parse(string(content))
	}
	if err != nil {
		return fmt.Errorf("Config.Files: %s: %w", name, err)
	}
	return nil
}

// asset is a file that pages refer to. Its address has a part of its hash, so that
// browsers keep it until it changes.
type asset struct {
	content     []byte
	contentType string
	hash        string
}

const (
	logoFile  = "logo.svg"
	themeFile = "theme.css"
	hashTime  = "public, max-age=31536000, immutable"
)

func (p *Pages) readAssets(files overlay) error {
	names, err := files.names("assets/*")
	problems := []error{err}
	p.assets = map[string]asset{}
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			problems = append(problems, fmt.Errorf("Config.Files: %s: %w", name, err))
			continue
		}
		sum := sha256.Sum256(content)
		p.assets[path.Base(name)] = asset{content, typeOf(name), hex.EncodeToString(sum[:6])}
	}
	return errors.Join(problems...)
}

// typeOf does not depend on what the machine has installed, for what pages have.
func typeOf(name string) string {
	switch ext := path.Ext(name); ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	default:
		if known := mime.TypeByExtension(ext); known != "" {
			return known
		}
		return "application/octet-stream"
	}
}

func (p *Pages) serveAsset(c *gin.Context) {
	one, ok := p.assets[c.Param("file")]
	if !ok {
		c.Status(http.StatusNotFound)
		return
	}
	header := c.Writer.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	header.Set("Cache-Control", "no-cache")
	if c.Query("v") == one.hash {
		header.Set("Cache-Control", hashTime)
	}
	c.Data(http.StatusOK, one.contentType, one.content)
}

// render shows a page.
func (v *visit) render(status int, view *View) {
	t := v.templates[view.Page]
	var page bytes.Buffer
	err := errors.New("there is no such template")
	if t != nil {
		err = t.ExecuteTemplate(&page, view.Page+".html", view)
	}
	if err != nil {
		v.logger.ErrorContext(v.c.Request.Context(), "ginauth: page was not shown", "page", view.Page, "error", err.Error())
		v.c.Data(http.StatusInternalServerError, "text/plain; charset=utf-8", []byte(http.StatusText(http.StatusInternalServerError)))
		return
	}
	v.c.Data(status, "text/html; charset=utf-8", page.Bytes())
}
