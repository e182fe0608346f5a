package pages

import (
	"maps"
	"net/http"
	"strings"
)

func (v *visit) showSignUp() {
	if v.byInvitation() {
		v.seeOther("/invitation")
		return
	}
	view := v.signUpView()
	view.Form.focus()
	v.render(http.StatusOK, view)
}

func (v *visit) signUpView() *View {
	view := v.view("sign-up", "sign_up.title")
	view.Form = v.form("/sign-up", "sign_up.submit", append(v.registration(), v.nextField())...)
	return view
}

// registration returns the fields of a form that makes an account.
func (v *visit) registration() []*Field {
	password := v.password("password", "new-password")
	password.Hint = v.text.say("password.hint")
	fields := append(v.profileFields(true), v.email())
	if v.offers.reads(opRegister, usernameField) {
		fields = append(fields, v.username())
	}
	return append(fields, password)
}

// registrationErrors are the fields that the codes of a refused registration are about.
var registrationErrors = map[string]string{"REGISTER_USERNAME_TAKEN": usernameField, "REGISTER_DOMAIN_NOT_ALLOWED": "email", "INVITATION_REQUIRED": tokenParam}

// register sends what was typed, with more. A taken address is no error: who owns it gets a
// mail where the application verifies addresses, and all others learn nothing.
func (v *visit) register(more map[string]any) answer {
	body := map[string]any{"email": strings.TrimSpace(v.posted("email")), "password": v.posted("password")}
	if name := strings.TrimSpace(v.posted(usernameField)); name != "" && v.offers.reads(opRegister, usernameField) {
		body[usernameField] = name
	}
	maps.Copy(body, more)
	v.sendProfile(body, true)
	a := v.call(opRegister, nil, body)
	if a.detail().code == "REGISTER_USER_ALREADY_EXISTS" {
		a = answer{status: http.StatusCreated}
	}
	return a
}

// takeSignUp answers the same whether or not the address was free.
func (v *visit) takeSignUp() {
	if v.reject(v.register(nil), v.signUpView(), nil, registrationErrors) {
		return
	}
	notice := "signed_up"
	if v.offers.has(opRequestVerify) {
		notice = "signed_up_mail"
		v.call(opRequestVerify, nil, map[string]any{"email": strings.TrimSpace(v.posted("email"))})
	}
	v.seeOther("/sign-in", "notice", notice, nextParam, v.next())
}
