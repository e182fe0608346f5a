package pages

// actorHeader names the superuser who acts in the user's name, in every answer of a route.
const actorHeader = "Ginauth-Actor"

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
