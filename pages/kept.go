package pages

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	keptCookie = "typed"
	keptTime   = 10 * time.Minute
	maxKept    = 3000 // bytes of the cookie: browsers have room for 4096
)

// typing is what was typed into the form of a page whose sending took a fresh login. It
// waits in a cookie until that is confirmed.
type typing struct {
	User   string     `json:"u"`
	Path   string     `json:"p"`
	Values url.Values `json:"v"`
}

// keep has the browser keep what was typed, for the page that the confirmation leads back
// to. Forms of buttons have nothing to keep, and those that rename belong to one entry of
// a list. Secrets are not kept.
func (v *visit) keep() {
	if v.c.Request.Method != http.MethodPost || v.user == nil || strings.HasSuffix(v.c.Request.URL.Path, "/rename") {
		return
	}
	if v.posted("name") == "" && v.posted(reasonField) == "" && v.posted("email") == "" {
		return
	}
	values := url.Values{}
	for name, typed := range v.c.Request.PostForm {
		if !strings.Contains(name, "password") && name != "code" && name != "credential" && name != "ceremony" {
			values[name] = typed
		}
	}
	path, _, _ := strings.Cut(v.here(), "?")
	content, err := json.Marshal(typing{v.user.ID, path, values})
	if err != nil || base64.RawURLEncoding.EncodedLen(len(content)) > maxKept {
		return
	}
	// What cannot be kept has to be typed once more.
	_ = v.cookies.SetSideCookie(v.c, keptCookie, base64.RawURLEncoding.EncodeToString(content), keptTime)
}

// restore finds what was typed into the page's form by the same user, once.
func (v *visit) restore() {
	if v.c.Request.Method != http.MethodGet {
		return
	}
	content, err := base64.RawURLEncoding.DecodeString(v.cookies.SideCookie(v.c, keptCookie))
	var kept typing
	if err != nil || json.Unmarshal(content, &kept) != nil || kept.Path != v.c.Request.URL.Path || kept.User != v.user.ID {
		return
	}
	if v.cookies.ClearSideCookie(v.c, keptCookie) == nil {
		v.kept = kept.Values
	}
}

// filledIn reports whether the page's form is shown with what was typed into it.
func (v *visit) filledIn() bool { return v.kept != nil || v.c.Request.Method == http.MethodPost }

// typed returns what was typed into a field, and whether the form had it.
func (v *visit) typed(name string) (string, bool) {
	if v.kept != nil {
		return v.kept.Get(name), v.kept.Has(name)
	}
	return v.c.GetPostForm(name)
}
