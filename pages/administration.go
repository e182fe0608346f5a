package pages

import (
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

// The paths of the administration.
const (
	staffPath       = "/administration"
	createPath      = staffPath + "/create"
	invitationsPath = staffPath + "/invitations"
	memberPath      = staffPath + "/users/:id"
)

// administration returns the pages of administrators by their paths.
func administration() map[string]page {
	return map[string]page{
		staffPath:                   {show: (*visit).showMembers, needs: []operation{opMe, opList}},
		createPath:                  {show: (*visit).showCreate, take: (*visit).takeCreate, needs: []operation{opMe, opList, opCreateUser}},
		invitationsPath:             {show: (*visit).showInvitations, take: (*visit).takeInvitations, needs: []operation{opMe, opInvitations}},
		memberPath:                  {show: (*visit).showMember, take: (*visit).takeMember, needs: []operation{opMe, opList}},
		memberPath + "/state":       {show: (*visit).toMember, take: (*visit).takeState, needs: []operation{opMe, opList}},
		memberPath + "/state/flags": {show: (*visit).toMember, take: (*visit).takeFlags, needs: []operation{opMe, opList}},
		memberPath + "/security":    {show: (*visit).showSecurity, take: (*visit).takeSecurity, needs: []operation{opMe, opList}},
		memberPath + "/activity":    {show: (*visit).showMemberActivity, needs: []operation{opMe, opList, opUserEvents}},
		memberPath + "/ban":         {show: (*visit).showBan, take: (*visit).takeBan, needs: []operation{opMe, opList, opBan}},
		memberPath + "/act":         {show: (*visit).showAct, take: (*visit).takeAct, needs: []operation{opMe, opList, opImpersonate}},
		memberPath + "/delete":      {show: (*visit).showDelete, take: (*visit).takeDelete, needs: []operation{opMe, opList}},
	}
}

// may reports whether the user's rights are enough for a route, as far as its guard says.
// Pages leave out what the user may not do; who asks for it gets the route's answer.
func (v *visit) may(op operation) bool {
	one, ok := v.offers.routes[op]
	return ok && v.passes(one.guard)
}

func (v *visit) passes(d routes.Demands) bool {
	roles, u := v.routes.Manager().Roles(), v.user.rights()
	ok := (!d.Superuser || u.IsSuperuser) && (!d.Verified || u.IsVerified) && !(v.user.acting && (d.Self || d.Fresh > 0))
	for _, p := range d.Permissions {
		ok = ok && roles.Can(u, p)
	}
	for _, role := range d.Roles {
		ok = ok && roles.Has(u, role)
	}
	return ok
}

// rights returns what decides on an account's rights.
func (a *account) rights() *user.User {
	return &user.User{ID: user.ID(a.ID), IsActive: a.IsActive, IsVerified: a.IsVerified, IsSuperuser: a.IsSuperuser, Roles: a.Roles}
}

// toStaff returns the page of the administration for users who may use it, "" for others.
// With invitations alone it is theirs where the guard decides on that.
func (v *visit) toStaff() string {
	switch {
	case !v.config.Administration:
		return ""
	case v.may(opList):
		return staffPath
	case v.may(opInvitations) && v.offers.routes[opInvitations].guard.Superuser:
		return invitationsPath
	}
	return ""
}

// staffView returns the view of a page of the administration.
func (v *visit) staffView(page, title, path string) *View {
	view := v.view(page, title)
	view.Area = v.text.say("staff.title")
	add := func(title, to string) {
		view.Sections = append(view.Sections, Section{v.text.say(title), v.link(to), to == path})
	}
	if v.may(opList) {
		add("users.title", staffPath)
	}
	if v.may(opInvitations) {
		add("invitations.title", invitationsPath)
	}
	add("refused.account", "")
	return view
}
