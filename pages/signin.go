package pages

import (
	"net/http"
	"net/url"
	"strings"
)

// signInData is the Data of the template sign-in.
type signInData struct {
	// Providers are those that one can sign in with.
	Providers []Choice
	// Passkey is the form of a sign-in with a passkey; nil for none.
	Passkey *Form
	// As is the address of the user who is signed in already; empty for none.
	As string
	// Unverified says that the address has to be confirmed first.
	Unverified bool
	// ByInvitation says that an account takes an invitation.
	ByInvitation bool
}

// Choice is a link to one of several ways.
type Choice struct {
	Title, Href string
	// Script says that the way takes a script; the link is hidden without one.
	Script bool
}

func (v *visit) showSignIn() {
	view := v.signInView()
	if v.offers.has(opMe) {
		if a := v.call(opMe, nil, nil); a.ok() {
			one := &account{}
			if one.read(a.body) == nil {
				view.Data = signInData{As: one.Email}
				view.Title, view.Notice = v.text.say("sign_in.as_title"), ""
			}
		}
	}
	if code := v.c.Query("error"); code != "" {
		view.Error = v.providerMessage(code)
	}
	v.render(http.StatusOK, view)
}

func (v *visit) signInView() *View {
	view := v.view("sign-in", "sign_in.title")
	data := signInData{ByInvitation: v.byInvitation() && v.offers.reads(opRegister, invitationField)}
	who := v.email()
	if v.offers.reads(opUpdateMe, usernameField) {
		who.Type, who.Label = "text", v.text.say("sign_in.who")
	}
	if v.offers.has(opPasskeyLogin) {
		data.Passkey = v.form("/sign-in/passkey", "passkeys.sign_in", v.nextField())
		data.Passkey.Passkey = v.passkey("get", opPasskeyLoginOptions)
		data.Passkey.Passkey.Offer = true
		who.Autocomplete += " webauthn"
	}
	for _, p := range v.offers.providers {
		data.Providers = append(data.Providers, Choice{
			v.text.say("sign_in.with", v.providerTitle(p.name)), v.withNext("/sign-in/with/" + url.PathEscape(p.name)), false,
		})
	}
	view.Data = data
	view.Form = v.form("/sign-in", "sign_in.submit", who, v.password("password", "current-password"), v.nextField())
	if notice := v.c.Query("notice"); notice == "" {
		view.Form.focus()
	}
	return view
}

// withNext returns the link to a page that leads on to where this one does.
func (v *visit) withNext(path string) string {
	link := v.link(path)
	if next := v.next(); next != "" {
		link += "?" + url.Values{nextParam: {next}}.Encode()
	}
	return link
}

func (v *visit) takeSignIn() {
	a := v.call(opLogin, nil, map[string]any{"username": strings.TrimSpace(v.posted("email")), "password": v.posted("password")})
	d := a.detail()
	switch {
	case a.ok():
		v.goOn(v.next())
		return
	case d.code == "LOGIN_FACTOR_REQUIRED":
		v.seeOther("/sign-in/code", nextParam, v.next())
		return
	}
	view := v.signInView()
	if d.code == "LOGIN_USER_NOT_VERIFIED" {
		data := view.Data.(signInData)
		data.Unverified = v.offers.has(opRequestVerify)
		view.Data = data
	}
	v.reject(a, view, map[string]string{"username": "email"}, nil)
}

// providerTitles are the names of providers as they write them.
var providerTitles = map[string]string{
	"github": "GitHub", "gitlab": "GitLab", "linkedin": "LinkedIn", "google": "Google", "microsoft": "Microsoft", "apple": "Apple",
	"facebook": "Facebook", "discord": "Discord", "reddit": "Reddit",
}

// providerTitle names a provider: by the text "provider.<name>", or as it is known.
func (v *visit) providerTitle(name string) string {
	if text, ok := v.text.find("provider." + name); ok {
		return text
	}
	if title, ok := providerTitles[name]; ok {
		return title
	}
	return humanized(name)
}

// showProvider begins a sign-in with a provider. It is a link: a browser would not follow
// a form to another host under the pages' policy.
func (v *visit) showProvider() {
	p, ok := find(v.offers.providers, v.c.Param("name"))
	if !ok {
		v.refuse(http.StatusNotFound, "NOT_FOUND")
		return
	}
	if !v.isOwn() {
		v.seeOther("/sign-in", nextParam, v.next())
		return
	}
	if v.rememberNext() {
		v.begin(p, "")
	}
}

// begin sends the browser to a provider, whose flow ends on a page.
func (v *visit) begin(p provider, path string) {
	query := url.Values{}
	if target := p.target(v.prefix + path); target != "" {
		query.Set("redirect_to", target)
	}
	a := v.request(p.begin, nil, query, nil)
	var begun struct {
		URL string `json:"authorization_url"`
	}
	if v.failed(a) {
		return
	}
	if a.into(&begun) != nil || begun.URL == "" {
		v.failed(answer{status: http.StatusInternalServerError})
		return
	}
	v.c.Redirect(http.StatusSeeOther, begun.URL)
}

// providerFailed is where a flow ends that has failed.
func (v *visit) providerFailed(code string) {
	if code == "LOGIN_FACTOR_REQUIRED" {
		v.seeOther("/sign-in/code", nextParam, v.rememberedNext())
		return
	}
	v.seeOther("/sign-in", "error", code, nextParam, v.rememberedNext())
}

// providerMessage says nothing of whether an address has an account.
func (v *visit) providerMessage(code string) string {
	if text, ok := v.text.find("provider_code." + code); ok {
		return text
	}
	return v.text.say("provider_code.other")
}

func (v *visit) showSignOut() {
	view := v.view("sign-out", "sign_out.title")
	view.Form = v.form("/sign-out", "sign_out.submit")
	v.render(http.StatusOK, view)
}

// takeSignOut treats a login that has ended already as one that ends now.
func (v *visit) takeSignOut() {
	a := v.call(opLogout, nil, nil)
	if a.status != http.StatusUnauthorized && v.failed(a) {
		return
	}
	v.seeOther("/sign-in", "notice", "signed_out")
}
