package pages

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
)

// HTML answers a request with a page of the application's own, in the layout and the
// language of the pages: the template templates/<name>.html of Config.Files. Its dot is a
// [View] with data as its Data, and its title the text "<name>.title", where "-" in the
// name is "_". Behind a guard, [ginauth.Optional] included, the View has the user's address.
//
// The page gets the headers of every page; a Content-Security-Policy that the handler has
// set stays. If a sign-in with a provider may end on its path (RedirectTo of an
// oauth.Config), a sign-in that has failed is explained there, and one that takes a second
// step leads to it. The pages must be attached.
func (p *Pages) HTML(c *gin.Context, status int, name string, data any) {
	header := c.Writer.Header()
	own := header.Get("Content-Security-Policy")
	secure(header)
	if own != "" {
		header.Set("Content-Security-Policy", own)
	}
	v := p.visit(c)
	if u := ginauth.UserFrom(c); u != nil {
		v.user = &account{Email: u.Email, IsVerified: u.IsVerified, acting: ginauth.ActorFrom(c) != ""}
	}
	view := v.view(name, strings.ReplaceAll(name, "-", "_")+".title")
	view.Data = data
	if code := c.Query("error"); code != "" && v.endsSignIn(c.Request.URL.Path) {
		if code == "LOGIN_FACTOR_REQUIRED" && v.offers.has(opFactor) {
			v.providerFailed(code)
			return
		}
		view.Error = v.providerMessage(code)
	}
	v.render(status, view)
}

// endsSignIn reports whether a sign-in with a provider may end on a path.
func (v *visit) endsSignIn(path string) bool {
	for _, p := range v.offers.providers {
		if p.target(strings.TrimSuffix(path, "/")) != "" {
			return true
		}
	}
	return false
}
