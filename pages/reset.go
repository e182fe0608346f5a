package pages

import (
	"net/http"
	"strings"
	"time"
)

// The pages that mails lead to. The link's token moves from the address into a cookie, so
// that it stays in no history and no log but that of the first request; a token behind
// "#", which reaches no server, is moved into the form by the page's script. Opening a
// page changes nothing: mail scanners open links too.

const (
	resetCookie   = "reset"
	verifyCookie  = "verify"
	confirmCookie = "newmail"
	// maxToken is the length from which on a token is none of ours, in bytes.
	maxToken = 3000
	// tokenTime is how long a page may stay open. The token has an end of its own.
	tokenTime = time.Hour
)

// mailed returns the token of the link that led here. It is false where it has answered. A
// link that was damaged on its way has none, and that of an earlier one does not stand in.
func (v *visit) mailed(cookie, path string) (token string, ok bool) {
	if fromLink := v.c.Query(tokenParam); fromLink != "" {
		if !isToken(fromLink) {
			v.forget(cookie)
			return "", true
		}
		if err := v.cookies.SetSideCookie(v.c, cookie, fromLink, tokenTime); err != nil {
			v.failed(answer{status: http.StatusInternalServerError})
			return "", false
		}
		v.seeOther(path)
		return "", false
	}
	return v.cookies.SideCookie(v.c, cookie), true
}

// isToken reports whether a text may be a token of a mail: base64url and dots.
func isToken(text string) bool {
	return len(text) < maxToken && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	})
}

// sentToken is the token of a form: from its link, or as somebody has pasted it.
func (v *visit) sentToken(cookie string) string {
	typed := strings.TrimSpace(v.posted(tokenParam))
	for _, before := range []string{"#token=", "?token="} {
		if _, token, found := strings.Cut(typed, before); found {
			typed = token
		}
	}
	if typed != "" {
		return typed
	}
	return v.cookies.SideCookie(v.c, cookie)
}

// tokenField takes the token of a link whose end did not reach the server. It is shown
// only where there is no script.
func (v *visit) tokenField() *Field {
	f := v.field(tokenParam, "token")
	f.Autocomplete, f.Hint = "off", v.text.say("token.hint")
	return f
}

func (v *visit) forget(cookie string) { _ = v.cookies.ClearSideCookie(v.c, cookie) }

// mailData is the Data of the templates forgot, reset, verify and confirm-email.
type mailData struct {
	// State is "" for the form, "sent" or "done" for what follows, and "expired".
	State string
	// Again is where a new mail is asked for; empty for nowhere.
	Again string
}

func (v *visit) showForgot() {
	view := v.forgotView()
	if v.c.Query("sent") != "" {
		view.Title, view.Data = v.text.say("forgot.sent_title"), mailData{State: "sent"}
	}
	v.render(http.StatusOK, view)
}

func (v *visit) forgotView() *View {
	view := v.view("forgot", "forgot.title")
	view.Data = mailData{}
	view.Form = v.form("/forgot", "forgot.submit", v.email())
	view.Form.focus()
	return view
}

func (v *visit) takeForgot() {
	a := v.call(opForgot, nil, map[string]any{"email": strings.TrimSpace(v.posted("email"))})
	if !v.reject(a, v.forgotView(), nil, nil) {
		v.seeOther("/forgot", "sent", "1")
	}
}

func (v *visit) showReset() {
	token, ok := v.mailed(resetCookie, "/reset")
	if ok {
		v.render(http.StatusOK, v.resetView(token))
	}
}

func (v *visit) resetView(token string) *View {
	view := v.view("reset", "reset.title")
	view.Data = mailData{}
	password := v.password("password", "new-password")
	password.Hint = v.text.say("reset.hint")
	view.Form = v.form("/reset", "reset.submit", password)
	if token == "" {
		view.Form.Fields = append(view.Form.Fields, v.tokenField())
	}
	view.Form.focus()
	return view
}

func (v *visit) takeReset() {
	token := v.sentToken(resetCookie)
	a := v.call(opReset, nil, map[string]any{"token": token, "password": v.posted("password")})
	if a.detail().code == "RESET_PASSWORD_BAD_TOKEN" || token == "" {
		v.expired("reset", "reset.expired_title", "/forgot", resetCookie)
		return
	}
	view := v.resetView(v.cookies.SideCookie(v.c, resetCookie))
	if v.reject(a, view, nil, nil) {
		return
	}
	v.forget(resetCookie)
	v.seeOther("/sign-in", "notice", "reset")
}

// expired explains a link that leads nowhere, with a way on.
func (v *visit) expired(page, title, again, cookie string) {
	v.forget(cookie)
	view := v.view(page, title)
	view.Data = mailData{State: "expired"}
	if view.Has(again) {
		view.Data = mailData{State: "expired", Again: v.link(again)}
	}
	v.render(http.StatusBadRequest, view)
}

func (v *visit) showVerify() { v.showProof("verify", "/verify", verifyCookie) }

func (v *visit) showConfirmEmail() { v.showProof("confirm-email", "/confirm-email", confirmCookie) }

// showProof shows one of the two pages that prove an address.
func (v *visit) showProof(page, path, cookie string) {
	token, ok := v.mailed(cookie, path)
	if !ok {
		return
	}
	view := v.view(page, texts[page]+".title")
	view.Data = mailData{}
	if v.c.Query("done") != "" {
		view.Title, view.Data = v.text.say(texts[page]+".done_title"), mailData{State: "done"}
	}
	view.Form = v.form(path, texts[page]+".submit")
	if token == "" {
		view.Form.Fields = append(view.Form.Fields, v.tokenField())
	}
	v.render(http.StatusOK, view)
}

// texts are the beginnings of the keys of a page's texts.
var texts = map[string]string{"verify": "verify", "confirm-email": "confirm_email"}

func (v *visit) takeVerify() {
	token := v.sentToken(verifyCookie)
	a := v.call(opVerify, nil, map[string]any{"token": token})
	switch code := a.detail().code; {
	case code == "VERIFY_USER_BAD_TOKEN" || token == "":
		v.expired("verify", "verify.expired_title", "/verify/new", verifyCookie)
		return
	case code != "VERIFY_USER_ALREADY_VERIFIED" && v.failed(a): // a second click is one
		return
	}
	v.forget(verifyCookie)
	v.seeOther("/verify", "done", "1")
}

func (v *visit) takeConfirmEmail() {
	token := v.sentToken(confirmCookie)
	a := v.call(opConfirmEmail, nil, map[string]any{"token": token})
	code := a.detail().code
	if code == "CONFIRM_EMAIL_BAD_TOKEN" || code == "UPDATE_USER_EMAIL_ALREADY_EXISTS" || token == "" {
		v.expired("confirm-email", "confirm_email.expired_title", "", confirmCookie)
		return
	}
	if v.failed(a) {
		return
	}
	v.forget(confirmCookie)
	v.seeOther("/confirm-email", "done", "1")
}

func (v *visit) showNewVerify() {
	view := v.newVerifyView()
	if v.c.Query("sent") != "" {
		view.Title, view.Data = v.text.say("verify_new.sent_title"), mailData{State: "sent"}
	}
	v.render(http.StatusOK, view)
}

func (v *visit) newVerifyView() *View {
	view := v.view("verify-new", "verify_new.title")
	view.Data = mailData{}
	view.Form = v.form("/verify/new", "verify_new.submit", v.email())
	view.Form.focus()
	return view
}

func (v *visit) takeNewVerify() {
	a := v.call(opRequestVerify, nil, map[string]any{"email": strings.TrimSpace(v.posted("email"))})
	if v.reject(a, v.newVerifyView(), nil, nil) {
		return
	}
	v.seeOther("/verify/new", "sent", "1")
}
