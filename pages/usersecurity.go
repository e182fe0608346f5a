package pages

import (
	"net/http"
)

// securityData is the Data of the template staff-security. Its lists are nil where they
// are not attached, or the user may not see them.
type securityData struct {
	User *member
	Tabs []Section
	// Action takes the forms of the page.
	Action   string
	Sessions *[]session
	Factors  *factorList
	Passkeys *[]passkey
	Keys     *[]apiKey
	// Password is the form for a new password; nil for none.
	Password *Form
	// Logout, Reset, Remove and EndKeys say what may be done.
	Logout, Reset, Remove, EndKeys bool
}

func (v *visit) showSecurity() {
	m, ok := v.member()
	if !ok {
		return
	}
	if view, ok := v.securityView(m); ok {
		v.render(http.StatusOK, view)
	}
}

// securityView returns the sessions, factors, passkeys and keys of a user. It is false
// where it has answered.
func (v *visit) securityView(m *member) (*View, bool) {
	view, tabs := v.memberView("staff-security", m, "/security")
	self := m.ID == v.user.ID
	data := securityData{
		User: m, Tabs: tabs, Action: v.memberLink(m, "/security"),
		Logout: v.over(m, opEndUserSessions) || v.over(m, opLogoutUser),
		Reset:  !self && v.over(m, opResetFactors), Remove: !self && v.over(m, opRemoveUserPasskey), EndKeys: v.over(m, opEndUserKeys),
	}
	for _, one := range []struct {
		op   operation
		into func() any
	}{
		{opUserSessions, func() any { data.Sessions = new([]session); return data.Sessions }},
		{opUserFactors, func() any { data.Factors = new(factorList); return data.Factors }},
		{opUserPasskeys, func() any { data.Passkeys = new([]passkey); return data.Passkeys }},
		{opUserKeys, func() any { data.Keys = new([]apiKey); return data.Keys }},
	} {
		if !v.over(m, one.op) {
			continue
		}
		a := v.call(one.op, map[string]string{"id": m.ID}, nil)
		if v.failed(a) {
			return nil, false
		}
		if a.into(one.into()) != nil {
			v.failed(answer{status: http.StatusInternalServerError})
			return nil, false
		}
	}
	if v.over(m, opUpdateUser) && v.offers.reads(opUpdateUser, "password") {
		next := v.password("new_password", "new-password")
		next.Hint = v.text.say("security.password_hint")
		data.Password = v.form("", "password.save", hidden("do", "password"), next)
		data.Password.Action = data.Action
		view.Form = data.Password
	}
	view.Data = data
	return view, true
}

// takeSecurity ends sessions, removes ways to sign in, or sets a password. What is gone
// already is removed.
func (v *visit) takeSecurity() {
	m, ok := v.member()
	if !ok {
		return
	}
	who := map[string]string{"id": m.ID}
	var a answer
	notice := "removed"
	switch v.posted("do") {
	case "session":
		who["session"], notice = v.posted("session"), "session_ended"
		a = v.call(opEndUserSession, who, nil)
	case "sessions":
		op := opEndUserSessions
		if !v.over(m, op) {
			op = opLogoutUser
		}
		notice = "session_ended"
		a = v.call(op, who, nil)
	case "factors":
		a = v.call(opResetFactors, who, nil)
	case "passkey":
		who["passkey"] = v.posted("passkey")
		a = v.call(opRemoveUserPasskey, who, nil)
	case "key":
		who["key"] = v.posted("key")
		a = v.call(opRemoveUserKey, who, nil)
	case "keys":
		a = v.call(opEndUserKeys, who, nil)
	case "password":
		notice = "user_password"
		a = v.call(opUpdateUser, who, map[string]any{"password": v.posted("new_password")})
	default:
		v.redirect(v.memberLink(m, "/security"))
		return
	}
	if a.ok() || a.status == http.StatusNotFound {
		v.redirect(v.memberLink(m, "/security"), "notice", notice)
		return
	}
	v.rejectSecurity(m, a)
}

// rejectSecurity shows what was refused, where that is for the page to say.
func (v *visit) rejectSecurity(m *member, a answer) {
	if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden || a.status >= 500 {
		v.failed(a)
		return
	}
	view, ok := v.securityView(m)
	if !ok {
		return
	}
	if view.Form == nil {
		view.Form = &Form{}
	}
	v.reject(a, view, map[string]string{"password": "new_password"}, nil)
}

// memberActivityData is the Data of the template staff-activity.
type memberActivityData struct {
	activityData
	Tabs []Section
}

func (v *visit) showMemberActivity() {
	m, ok := v.member()
	if !ok {
		return
	}
	events, ok := v.events(opUserEvents, map[string]string{"id": m.ID}, v.memberLink(m, "/activity"))
	if !ok {
		return
	}
	view, tabs := v.memberView("staff-activity", m, "/activity")
	view.Data = memberActivityData{events, tabs}
	v.render(http.StatusOK, view)
}
