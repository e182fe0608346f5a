package pages

import (
	"net/http"

	"github.com/ginauth/ginauth/routes"
)

// actorHeader names the superuser who acts in the user's name, in every answer of a route.
const actorHeader = "Ginauth-Actor"

// owns is known for pages that are the owner's alone: who acts in the user's name is
// refused, as the routes behind such a page do.
func (v *visit) owns() bool {
	if !v.known() {
		return false
	}
	if v.user.acting {
		v.refuse(http.StatusForbidden, routes.ErrImpersonated.Detail)
		return false
	}
	return true
}

// takeActEnd ends the login in a user's name: the logout brings back the own one. A login
// in the own name is left alone.
func (v *visit) takeActEnd() {
	if !v.known() {
		return
	}
	if !v.user.acting {
		v.seeOther("")
		return
	}
	if !v.failed(v.call(opLogout, nil, nil)) {
		v.seeOther("", "notice", "acting_ended")
	}
}
