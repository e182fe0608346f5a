package pages

import (
	"net/http"
	"slices"
	"strings"
)

func (v *visit) showSignUp() {
	view := v.signUpView()
	view.Form.focus()
	v.render(http.StatusOK, view)
}

func (v *visit) signUpView() *View {
	view := v.view("sign-up", "sign_up.title")
	password := v.password("password", "new-password")
	password.Hint = v.text.say("password.hint")
	fields := slices.Concat(v.profileFields(true), []*Field{v.email(), password, v.nextField()})
	view.Form = v.form("/sign-up", "sign_up.submit", fields...)
	return view
}

// takeSignUp answers the same whether or not the address was free: who owns it gets a
// mail where the application verifies addresses, and all others learn nothing.
func (v *visit) takeSignUp() {
	email := strings.TrimSpace(v.posted("email"))
	body := map[string]any{"email": email, "password": v.posted("password")}
	v.sendProfile(body, true)
	a := v.call(opRegister, nil, body)
	if a.detail().code != "REGISTER_USER_ALREADY_EXISTS" && v.reject(a, v.signUpView(), nil, nil) {
		return
	}
	notice := "signed_up"
	if v.offers.has(opRequestVerify) {
		notice = "signed_up_mail"
		v.call(opRequestVerify, nil, map[string]any{"email": email})
	}
	v.seeOther("/sign-in", "notice", notice, nextParam, v.next())
}
