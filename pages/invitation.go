package pages

import (
	"net/http"

	"github.com/ginauth/ginauth/user"
)

const (
	inviteCookie    = "invite"
	invitationField = "invitation"
)

// byInvitation reports whether an account takes an invitation.
func (p *Pages) byInvitation() bool {
	return p.routes.Manager().Policy().Registration == user.RegistrationByInvitation
}

// showInvitation is where the mail of an invitation leads.
func (v *visit) showInvitation() {
	if !v.offers.reads(opRegister, invitationField) {
		v.refuse(http.StatusNotFound, "NOT_FOUND")
		return
	}
	if token, ok := v.mailed(inviteCookie, "/invitation"); ok {
		view := v.invitationView(token)
		view.Form.focus()
		v.render(http.StatusOK, view)
	}
}

func (v *visit) invitationView(token string) *View {
	view := v.view("invitation", "invitation.title")
	view.Form = v.form("/invitation", "sign_up.submit", v.registration()...)
	view.Form.field("email").Hint = v.text.say("invitation.email_hint")
	if token == "" {
		view.Form.Fields = append(view.Form.Fields, v.tokenField())
	}
	return view
}

// takeInvitation makes the account. The invitation stays at hand where it was refused:
// the address may be another one than that of the mail.
func (v *visit) takeInvitation() {
	if !v.offers.reads(opRegister, invitationField) {
		v.refuse(http.StatusNotFound, "NOT_FOUND")
		return
	}
	token := v.sentToken(inviteCookie)
	view := v.invitationView(v.cookies.SideCookie(v.c, inviteCookie))
	if v.reject(v.register(map[string]any{invitationField: token}), view, nil, registrationErrors) {
		return
	}
	v.forget(inviteCookie)
	v.seeOther("/sign-in", "notice", "signed_up")
}
