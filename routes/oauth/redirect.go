package oauth

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
)

const (
	targetParam = "redirect_to"
	// rememberParam is the wish to stay logged in for longer.
	rememberParam = "remember"
	targetFault   = "unknown redirect URL"
)

// redirects reports whether the group is in redirect mode.
func (f *flow) redirects() bool { return len(f.config.RedirectTo) > 0 }

// requestedTarget returns the target an authorize request names, the first one
// listed where it names none, and "" in JSON mode.
func (f *flow) requestedTarget(query url.Values) (string, error) {
	if !f.redirects() {
		return "", nil
	}
	if !query.Has(targetParam) {
		return f.config.RedirectTo[0], nil
	}
	if target := one(query, targetParam); f.allows(target) {
		return target, nil
	}
	return "", routes.InvalidQuery(targetParam, targetFault)
}

// allows compares byte by byte: two spellings of a URL are two URLs.
func (f *flow) allows(target string) bool { return slices.Contains(f.config.RedirectTo, target) }

// targetOf returns where a flow ends. The list may have changed since it began.
func (f *flow) targetOf(s state) string {
	if f.allows(s.target) {
		return s.target
	}
	return f.config.RedirectTo[0]
}

// redirect ends a flow in redirect mode. err is what its steps ended in.
func (f *flow) redirect(c *gin.Context, operation routes.Operation, target string, err error) error {
	if err != nil {
		_, code := f.routes.Outcome(c, operation, err)
		target = withError(target, code)
	}
	c.Header("Location", target)
	c.Status(http.StatusSeeOther)
	c.Writer.WriteHeaderNow()
	return nil
}

// withError adds error=code to the query of a target, and leaves the rest as it is.
func withError(target, code string) string {
	base, fragment, hasFragment := strings.Cut(target, "#")
	separator := "?"
	if strings.Contains(base, "?") {
		separator = "&"
	}
	base += separator + "error=" + url.QueryEscape(code)
	if hasFragment {
		base += "#" + fragment
	}
	return base
}
