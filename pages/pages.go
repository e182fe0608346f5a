// Package pages gives a Gin application with HTML its sign-in and account pages: sign-up,
// sign-in with password, passkey, provider or mail, second step, reset, verification, and
// an account in sections. They work without JavaScript; only passkeys take it.
//
//	pages.Routes(auth, pages.Config{Engine: r, Backend: web, Name: "Camelot"}).Attach(r.Group("/account"))
//
// A page is there if the route groups that it needs are attached. What is typed into it is
// sent through Config.Engine to their routes, in the same process, with the cookies and
// the origin of the browser's request: what they refuse, pages refuse, and middleware of
// the application on those groups sees it.
//
// [RequireLogin] guards an application's own pages. [Config].Files replaces templates,
// style sheets and texts file by file.
package pages

import (
	"fmt"
	"html/template"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/routes"
)

// groupName is the name under which the pages are among the attached groups. It has no
// routes there: it is no part of the API.
const groupName = "pages"

// Pages are the pages of one application. They are safe for concurrent use.
type Pages struct {
	config    Config
	routes    *routes.Routes
	cookies   backends.SideCookies
	logger    *slog.Logger
	templates map[string]*template.Template
	assets    map[string]asset
	languages linguas
	profile   []profileField
	table     map[string]page

	prefix string // without a slash at its end; set by Attach

	mu       sync.Mutex
	attached int // how many groups offers was made of
	offers   offers
}

// New checks and completes config and returns the pages. The error joins all mistakes,
// each naming its field.
func New(auth *ginauth.Auth, config Config) (*Pages, error) {
	p := &Pages{config: config.withDefaults(), routes: auth.Routes(), logger: auth.Routes().Logger(), table: allPages()}
	if config.Administration {
		maps.Copy(p.table, administration())
	}
	if err := p.setUp(); err != nil {
		return nil, fmt.Errorf("pages: invalid configuration:\n%w", err)
	}
	return p, nil
}

// Routes is [New] for wiring that is part of the program. Panics if config is mistaken.
func Routes(auth *ginauth.Auth, config Config) *Pages {
	p, err := New(auth, config)
	if err != nil {
		panic(err)
	}
	return p
}

// Attach registers the pages on router, once. The application's own middleware for pages
// goes onto that router. Panics as Gin does when a route is registered twice.
func (p *Pages) Attach(router gin.IRouter) {
	p.prefix = ""
	if based, ok := router.(interface{ BasePath() string }); ok {
		p.prefix = strings.TrimSuffix(based.BasePath(), "/")
	}
	p.routes.Group(groupName).Attach(router)
	for path, page := range p.table {
		p.attachPage(router, path, page)
	}
	router.GET("/assets/:file", p.serveAsset)
}

func (p *Pages) attachPage(router gin.IRouter, path string, page page) {
	if page.show != nil {
		router.GET(path, p.handler(page, page.show))
		if path == "" && p.prefix != "" {
			router.GET("/", p.handler(page, page.show))
		}
	}
	if page.take != nil {
		router.POST(path, p.handler(page, page.take))
	}
}

// page is one page. show serves GET and take POST; needs are the operations without which
// there is no such page.
type page struct {
	show, take func(*visit)
	needs      []operation
}

// allPages returns the pages by their paths.
func allPages() map[string]page {
	return map[string]page{
		"":                      {show: (*visit).showProfile, take: (*visit).takeProfile, needs: []operation{opMe}},
		"/sign-in":              {show: (*visit).showSignIn, take: (*visit).takeSignIn, needs: []operation{opLogin}},
		"/sign-in/code":         {show: (*visit).showSecondStep, take: (*visit).takeSecondStep, needs: []operation{opFactor}},
		"/sign-in/with/:name":   {show: (*visit).showProvider, needs: []operation{opLogin}},
		"/sign-up":              {show: (*visit).showSignUp, take: (*visit).takeSignUp, needs: []operation{opRegister}},
		"/invitation":           {show: (*visit).showInvitation, take: (*visit).takeInvitation, needs: []operation{opRegister}},
		"/sign-out":             {show: (*visit).showSignOut, take: (*visit).takeSignOut, needs: []operation{opLogout}},
		"/forgot":               {show: (*visit).showForgot, take: (*visit).takeForgot, needs: []operation{opForgot}},
		"/reset":                {show: (*visit).showReset, take: (*visit).takeReset, needs: []operation{opReset}},
		"/verify":               {show: (*visit).showVerify, take: (*visit).takeVerify, needs: []operation{opVerify}},
		"/verify/new":           {show: (*visit).showNewVerify, take: (*visit).takeNewVerify, needs: []operation{opRequestVerify}},
		"/confirm-email":        {show: (*visit).showConfirmEmail, take: (*visit).takeConfirmEmail, needs: []operation{opConfirmEmail}},
		"/confirm":              {show: (*visit).showConfirm, take: (*visit).takeConfirm, needs: []operation{opMe, opReauthenticate}},
		"/password":             {show: (*visit).showPassword, take: (*visit).takePassword, needs: []operation{opMe, opUpdateMe}},
		"/sessions":             {show: (*visit).showSessions, take: (*visit).takeSessions, needs: []operation{opMe, opSessions}},
		"/second-factor":        {show: (*visit).showFactors, take: (*visit).takeFactors, needs: []operation{opMe, opFactors}},
		"/second-factor/set-up": {show: (*visit).toFactors, take: (*visit).takeSetUp, needs: []operation{opMe, opFactors}},
		"/second-factor/codes":  {show: (*visit).toFactors, take: (*visit).takeCodes, needs: []operation{opMe, opFactors}},
		"/linked":               {show: (*visit).showLinked, take: (*visit).takeLinked, needs: []operation{opMe, opAccounts}},
		"/linked/add/:name":     {show: (*visit).showLink, needs: []operation{opMe, opAccounts}},
		"/sign-in/mail":         {show: (*visit).showMail, take: (*visit).takeMail, needs: []operation{opAskMail, opLoginMail}},
		"/sign-in/mail/code":    {show: (*visit).showMailCode, take: (*visit).takeMailCode, needs: []operation{opAskMail, opLoginMail}},
		"/sign-in/link":         {show: (*visit).showMailLink, take: (*visit).takeMailLink, needs: []operation{opLoginMail}},
		"/sign-in/passkey":      {show: (*visit).toSignIn, take: (*visit).takePasskeySignIn, needs: []operation{opLogin, opPasskeyLogin}},
		"/passkeys":             {show: (*visit).showPasskeys, take: (*visit).takePasskeys, needs: []operation{opMe, opPasskeys}},
		"/passkeys/new":         {show: (*visit).toPasskeys, take: (*visit).takeNewPasskey, needs: []operation{opMe, opPasskeys}},
		"/passkeys/rename":      {show: (*visit).toPasskeys, take: (*visit).takePasskeyName, needs: []operation{opMe, opPasskeys}},
		"/keys":                 {show: (*visit).showKeys, take: (*visit).takeKeys, needs: []operation{opMe, opKeys}},
		"/keys/rename":          {show: (*visit).toKeys, take: (*visit).takeKeyName, needs: []operation{opMe, opRenameKey}},
		"/activity":             {show: (*visit).showActivity, needs: []operation{opMe, opEvents}},
		"/act/end":              {take: (*visit).takeActEnd, needs: []operation{opMe, opLogout}},
		"/refused":              {show: (*visit).showRefused},
	}
}

// policy is the Content-Security-Policy of every page. Pictures in data URLs are those
// that the routes make, of an authenticator's key.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// secure sets the headers of every page.
func secure(header http.Header) {
	header.Set("Content-Security-Policy", policy)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin")
	header.Add("Vary", "Cookie, Accept-Language")
}

// handler serves one page.
func (p *Pages) handler(page page, serve func(*visit)) gin.HandlerFunc {
	return func(c *gin.Context) {
		secure(c.Writer.Header())
		v := p.visit(c)
		if c.Request.Method != http.MethodGet && !p.routes.AllowsOrigin(c.Request) {
			v.refuse(http.StatusForbidden, routes.ErrCrossOrigin.Detail)
			return
		}
		if status := v.readForm(); status != http.StatusOK {
			v.refuse(status, "")
			return
		}
		for _, op := range page.needs {
			if !v.offers.has(op) {
				v.refuse(http.StatusNotFound, "NOT_FOUND")
				return
			}
		}
		serve(v)
	}
}
