package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
)

// visit is one request of a page.
type visit struct {
	*Pages
	c      *gin.Context
	offers offers
	text   *lingua
	user   *account   // nil where none is known
	kept   url.Values // what was typed before the login was confirmed; nil for nothing
}

func (p *Pages) visit(c *gin.Context) *visit {
	return &visit{Pages: p, c: c, offers: p.current(), text: p.languages.choose(p.config.Language, c)}
}

// link returns the path of a page.
func (p *Pages) link(path string) string {
	if path == "" && p.prefix == "" {
		return "/"
	}
	return p.prefix + path
}

// home is where a login leads that no page has asked for.
func (p *Pages) home() string {
	if p.config.Home != "" {
		return p.config.Home
	}
	return p.link("")
}

// seeOther sends the browser to a page of ours, by GET: a reload or the back button
// repeats nothing.
func (v *visit) seeOther(path string, query ...string) {
	v.redirect(v.link(path), query...)
}

func (v *visit) redirect(target string, query ...string) {
	v.c.Redirect(http.StatusSeeOther, withQuery(target, query...))
}

// withQuery returns a link with parameters, those that are empty left out.
func withQuery(link string, query ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		if query[i+1] != "" {
			values.Set(query[i], query[i+1])
		}
	}
	switch {
	case len(values) == 0:
		return link
	case strings.Contains(link, "?"):
		return link + "&" + values.Encode()
	}
	return link + "?" + values.Encode()
}

// maxBody is the size of the largest form, in bytes: that of the routes' bodies.
const maxBody = 64 << 10

// readForm reads the form of a POST. Bytes that are no UTF-8 are refused, as the routes
// refuse them: in JSON they would become others.
func (v *visit) readForm() int {
	r := v.c.Request
	if r.Method != http.MethodPost {
		return http.StatusOK
	}
	r.Body = http.MaxBytesReader(v.c.Writer, r.Body, maxBody)
	err := r.ParseForm()
	if err == nil {
		if err = r.ParseMultipartForm(maxBody); errors.Is(err, http.ErrNotMultipart) {
			err = nil
		}
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case err != nil:
		return http.StatusBadRequest
	}
	for _, values := range r.PostForm {
		for _, value := range values {
			if !utf8.ValidString(value) {
				return http.StatusBadRequest
			}
		}
	}
	return http.StatusOK
}

// isOwn reports whether a link of a page of this origin was followed, or the address was
// typed. Another site must not begin what ends in a login or in a linked account: the
// browser may be signed in to somebody else's account at the provider.
func (v *visit) isOwn() bool {
	if site := v.c.GetHeader("Sec-Fetch-Site"); site != "" {
		return site == "same-origin" || site == "none"
	}
	from, err := url.Parse(v.c.GetHeader("Referer"))
	return err == nil && from.Host == v.c.Request.Host
}

// posted returns a field of the form that was sent.
func (v *visit) posted(name string) string { return v.c.PostForm(name) }

const (
	nextParam  = "next"
	nextCookie = "next"
	tokenParam = "token"
	// nextTime is how long a sign-in with a provider may take and still lead back.
	nextTime = 10 * time.Minute
)

// next returns the path that the request asks to be led to, if that is allowed; else "".
func (v *visit) next() string {
	next := v.c.Query(nextParam)
	if v.c.Request.Method == http.MethodPost {
		next = v.posted(nextParam)
	}
	return v.allowed(next)
}

// allowed returns path if a login may lead there, else "".
func (p *Pages) allowed(path string) string {
	if !isLocal(path) {
		return ""
	}
	bare, _, _ := strings.Cut(path, "?")
	for _, one := range p.config.ReturnTo {
		if bare == one || strings.HasSuffix(one, "/") && strings.HasPrefix(bare, one) {
			return path
		}
	}
	if bare == p.link("") || strings.HasPrefix(bare, p.prefix+"/") || path == p.config.Home {
		return path
	}
	return ""
}

// isLocal reports whether a text is a path of this host for every browser: "//host" and
// "/\host" are others, and browsers leave out tabs and line breaks.
func isLocal(path string) bool {
	if len(path) > 2000 || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsRune(path, '\\') {
		return false
	}
	for _, r := range path {
		if r <= ' ' || r == 0x7f {
			return false
		}
	}
	u, err := url.Parse(path)
	// "/x/..//host" is "//host" for who resolves the dots.
	return err == nil && u.Host == "" && u.Scheme == "" && !strings.Contains(u.Path, "//") && !strings.Contains(u.Path, "/../")
}

// goOn leads on after a login. What an earlier one has kept that was left half-way ends.
func (v *visit) goOn(next string) {
	if v.cookies.SideCookie(v.c, nextCookie) != "" {
		v.forget(nextCookie)
	}
	if next == "" {
		next = v.home()
	}
	v.c.Redirect(http.StatusSeeOther, next)
}

// refuse shows a page that says why there is no other.
func (v *visit) refuse(status int, code string) {
	view := v.view("refused", "refused.title")
	if status == http.StatusNotFound {
		view.Title = v.text.say("not_found.title")
	}
	view.Error = v.message(status, code, "")
	view.Data = v.waysOn(code)
	v.render(status, view)
}

// failed answers what no form can show, and reports whether it has: a login that is
// missing, has ended or is too old, a refusal, a failure.
func (v *visit) failed(a answer) bool {
	if a.ok() {
		return false
	}
	code := a.detail().code
	switch {
	case a.status == http.StatusUnauthorized:
		v.seeOther("/sign-in", nextParam, v.here())
	case (code == "FRESH_LOGIN_REQUIRED" || code == "FACTOR_REQUIRED") && v.offers.has(opReauthenticate):
		v.keep()
		v.seeOther("/confirm", nextParam, v.here())
	case code == "FACTOR_ENROLMENT_REQUIRED" && v.offers.has(opFactors) && v.c.FullPath() != v.link("/second-factor"):
		v.seeOther("/second-factor", "notice", enrolment)
	case a.status == http.StatusNotFound:
		v.refuse(a.status, "NOT_FOUND")
	default:
		view := v.view("refused", "refused.title")
		view.Error, view.Data = v.message(a.status, code, a.retryAfter()), v.waysOn(code)
		v.render(a.status, view)
	}
	return true
}

// waysOn are the links of a page that refuses.
func (v *visit) waysOn(code string) []Choice {
	var ways []Choice
	add := func(op operation, path, title string) {
		if v.offers.has(op) {
			ways = append(ways, Choice{v.text.say(title), v.link(path), false})
		}
	}
	if code == "FACTOR_REQUIRED" {
		add(opReauthenticate, "/confirm", "confirm.title")
		add(opFactors, "/second-factor", "factors.title")
	}
	add(opMe, "", "refused.account")
	return ways
}

// here is the page that the request is about, to come back to.
func (v *visit) here() string {
	path := strings.TrimPrefix(v.c.Request.URL.Path, v.prefix)
	if v.c.Request.Method != http.MethodGet { // what was sent is not repeated
		for _, sub := range []string{"/set-up", "/codes", "/add/", "/new", "/rename", "/state"} {
			path, _, _ = strings.Cut(path, sub)
		}
	}
	path = v.prefix + path
	if who := v.c.Query(whoParam); who != "" { // without which staff do not find the user
		path += "?" + url.Values{whoParam: {who}}.Encode()
	}
	return v.allowed(path)
}

func (a answer) retryAfter() string { return a.header.Get("Retry-After") }
