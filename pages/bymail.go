package pages

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"strings"
)

// Signing in by mail: a page asks for the address, a second one for the code of the mail,
// and its link leads to a third one. What a request for a mail has answered is kept in a
// cookie, so that it stands in no address.

const (
	askedCookie = "mailask"
	linkCookie  = "maillink"
)

func (v *visit) showMail() { v.render(http.StatusOK, v.mailView()) }

func (v *visit) mailView() *View {
	view := v.view("sign-in-mail", "by_mail.title")
	view.Data = mailData{}
	view.Form = v.form("/sign-in/mail", "by_mail.submit", v.email(), v.nextField())
	view.Form.focus()
	return view
}

// takeMail ends in the same page for every address.
func (v *visit) takeMail() {
	a := v.call(opAskMail, nil, map[string]any{"email": strings.TrimSpace(v.posted("email"))})
	if v.reject(a, v.mailView(), nil, nil) {
		return
	}
	var asked struct {
		Request string `json:"request"`
	}
	if a.into(&asked) != nil || !v.remember(askedCookie, asked.Request) {
		v.failed(answer{status: http.StatusInternalServerError})
		return
	}
	// The link of the mail leads to a page that does not know where to go on to.
	if !v.rememberNext() {
		return
	}
	v.seeOther("/sign-in/mail/code", nextParam, v.next())
}

// remember keeps a value in a cookie for as long as a mail is valid.
func (v *visit) remember(cookie, value string) bool {
	return v.cookies.SetSideCookie(v.c, cookie, value, nextTime) == nil
}

// rememberNext keeps where the page leads in the end while the browser is elsewhere; one
// of an earlier sign-in ends. It is false where it has answered. A path may have characters
// that no cookie can hold.
func (v *visit) rememberNext() bool {
	next := cmp.Or(v.next(), v.config.Home)
	if next == "" {
		if v.cookies.SideCookie(v.c, nextCookie) != "" {
			v.forget(nextCookie)
		}
		return true
	}
	if !v.remember(nextCookie, base64.RawURLEncoding.EncodeToString([]byte(next))) {
		v.failed(answer{status: http.StatusInternalServerError})
		return false
	}
	return true
}

// rememberedNext returns what rememberNext has kept, and ends it.
func (v *visit) rememberedNext() string {
	kept, err := base64.RawURLEncoding.DecodeString(v.cookies.SideCookie(v.c, nextCookie))
	if err != nil {
		return ""
	}
	next := v.allowed(string(kept))
	if next != "" {
		v.forget(nextCookie)
	}
	return next
}

func (v *visit) showMailCode() {
	if v.cookies.SideCookie(v.c, askedCookie) == "" {
		v.seeOther("/sign-in/mail", "notice", "mail_over", nextParam, v.next())
		return
	}
	v.render(http.StatusOK, v.mailCodeView())
}

func (v *visit) mailCodeView() *View {
	view := v.view("sign-in-mail", "by_mail.sent_title")
	view.Data = mailData{State: "sent"}
	view.Form = v.form("/sign-in/mail/code", "by_mail.code_submit", v.code("by_mail.code"), v.nextField())
	view.Form.focus()
	return view
}

func (v *visit) takeMailCode() {
	request := v.cookies.SideCookie(v.c, askedCookie)
	if request == "" {
		v.seeOther("/sign-in/mail", "notice", "mail_over", nextParam, v.next())
		return
	}
	a := v.call(opLoginMail, nil, map[string]any{"request": request, "code": strings.TrimSpace(v.posted("code"))})
	if v.entered(a, askedCookie) {
		return
	}
	view := v.mailCodeView()
	if isBadMail(a) {
		view.Form.field("code").Error = v.text.say("by_mail.wrong_code")
		view.Form.focus()
		v.render(a.status, v.marked(view))
		return
	}
	v.reject(a, view, nil, nil)
}

// isBadMail reports whether link or code are not valid. Those of a user who may not log in
// look the same: the address has an account, which is no concern of the page's.
func isBadMail(a answer) bool {
	code := a.detail().code
	return code == "LOGIN_BAD_TOKEN" || code == "LOGIN_BAD_CREDENTIALS"
}

// entered goes on after a login by mail, or to its second step, and reports whether a is
// one of the two.
func (v *visit) entered(a answer, cookie string) bool {
	step := a.detail().code == "LOGIN_FACTOR_REQUIRED"
	if !a.ok() && !step {
		return false
	}
	v.forget(cookie)
	next := v.next()
	if kept := v.rememberedNext(); next == "" {
		next = kept
	}
	if step {
		v.seeOther("/sign-in/code", nextParam, next)
	} else {
		v.goOn(next)
	}
	return true
}

func (v *visit) showMailLink() {
	if token, ok := v.mailed(linkCookie, "/sign-in/link"); ok {
		v.render(http.StatusOK, v.mailLinkView(token))
	}
}

func (v *visit) mailLinkView(token string) *View {
	view := v.view("sign-in-link", "mail_link.title")
	view.Data = mailData{}
	view.Form = v.form("/sign-in/link", "mail_link.submit")
	if token == "" {
		view.Form.Fields = append(view.Form.Fields, v.tokenField())
	}
	return view
}

// takeMailLink signs in by the link. In another browser than the one that asked for the
// mail it takes a second button, which the first one leads to.
func (v *visit) takeMailLink() {
	token := v.sentToken(linkCookie)
	body := map[string]any{"token": token}
	if v.posted("confirm") != "" {
		body["confirm"] = true
	}
	a := v.call(opLoginMail, nil, body)
	switch {
	case token == "", isBadMail(a):
		v.expired("sign-in-link", "mail_link.expired_title", "/sign-in/mail", linkCookie)
	case v.entered(a, linkCookie):
	case a.detail().code == "LOGIN_CONFIRM_BROWSER":
		v.confirmBrowser(a, token)
	default:
		v.reject(a, v.mailLinkView(v.cookies.SideCookie(v.c, linkCookie)), nil, nil)
	}
}

func (v *visit) confirmBrowser(a answer, token string) {
	if len(token) >= maxToken || !v.remember(linkCookie, token) {
		v.failed(answer{status: http.StatusInternalServerError})
		return
	}
	view := v.view("sign-in-link", "mail_link.confirm_title")
	view.Data = mailData{State: "confirm"}
	view.Form = v.form("/sign-in/link", "mail_link.confirm_submit", hidden("confirm", "yes"))
	v.render(a.status, view)
}
