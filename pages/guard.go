package pages

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes"
)

// RequireLogin returns middleware that demands an active user, as [ginauth.Auth.ActiveUser]
// does, and sends browsers that have none to the sign-in page, which leads back. With
// [ginauth.Fresh] one whose login is too old is asked to confirm it, and one who must set
// up a second factor is led there. Other refusals lead to a page that explains them.
// Requests that do not accept HTML, such as those of scripts, are answered in JSON. The
// pages must be attached when the first request comes; it is the JSON answer without them.
func RequireLogin(auth *ginauth.Auth, requirements ...ginauth.Requirement) gin.HandlerFunc {
	refuse := ginauth.OnRefuse(func(c *gin.Context, status int, code string) {
		prefix, attached := prefixOf(auth)
		if !attached || !strings.Contains(c.GetHeader("Accept"), "text/html") {
			_ = routes.JSON(c, status, map[string]string{"detail": code})
			return
		}
		c.Redirect(http.StatusSeeOther, prefix+wayOut(c, status, code))
	})
	return auth.ActiveUser(append([]ginauth.Requirement{refuse}, requirements...)...)
}

// enrolment is the notice of who has to set up a second factor.
const enrolment = "enrolment"

// wayOut returns the page that a refused request leads to.
func wayOut(c *gin.Context, status int, code string) string {
	query := url.Values{}
	if c.Request.Method == http.MethodGet { // what was sent is not repeated
		if here := c.Request.URL.RequestURI(); isLocal(here) {
			query.Set(nextParam, here)
		}
	}
	path := "/sign-in"
	switch {
	case status == http.StatusUnauthorized:
	case code == "FRESH_LOGIN_REQUIRED":
		path = "/confirm"
	case code == "FACTOR_ENROLMENT_REQUIRED":
		path, query = "/second-factor", url.Values{"notice": {enrolment}}
	default:
		path, query = "/refused", url.Values{"code": {code}}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

func prefixOf(auth *ginauth.Auth) (string, bool) {
	for _, group := range auth.Routes().Attached() {
		if group.Name == groupName {
			return strings.TrimSuffix(group.Prefix, "/"), true
		}
	}
	return "", false
}

// showRefused explains a refusal of [RequireLogin].
func (v *visit) showRefused() { v.refuse(http.StatusForbidden, v.c.Query("code")) }
