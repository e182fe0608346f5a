package pages

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// UnmarshalJSON implements [json.Unmarshaler].
func (m *member) UnmarshalJSON(content []byte) error {
	type plain member
	if err := json.Unmarshal(content, (*plain)(m)); err != nil {
		return err
	}
	return m.read(content)
}

// memberData is the Data of the template staff-user.
type memberData struct {
	User *member
	// Tabs are the pages of the user.
	Tabs []Section
	// Flags is the form of the flags and roles, Profile that of the address and the
	// profile; nil for those who may not change them, who see Fixed. Roles are the
	// checkboxes of Flags.
	Flags, Profile *Form
	Roles          []*Field
	Fixed          []fixed
	// Steps are what can be done by a button, sent to State, Ways by a page of its own.
	Steps []Option
	State string
	Ways  []Choice
	// Delete is the page that deletes the user; empty for who may not.
	Delete string
}

// member finds the user of the path. It is false where it has answered.
func (v *visit) member() (*member, bool) {
	if !v.known() {
		return nil, false
	}
	id := v.c.Param("id")
	if _, err := v.routes.Manager().ParseID(id); err != nil { // "me" is another route
		v.refuse(http.StatusNotFound, "NOT_FOUND")
		return nil, false
	}
	m, who := &member{}, v.c.Query(whoParam)
	if who == "" || v.may(opUser) {
		a := v.call(opUser, map[string]string{"id": id}, nil)
		if v.failed(a) {
			return nil, false
		}
		if a.into(m) != nil {
			v.failed(answer{status: http.StatusInternalServerError})
			return nil, false
		}
		who = m.Email
	}
	list := v.offers.routes[opList]
	if _, bans := list.takes("banned"); bans || m.ID == "" {
		// The shortest address that begins with an address is the address itself.
		a := v.request(list, nil, url.Values{searchParam: {who}, "limit": {"1"}}, nil)
		var found membersData
		if v.failed(a) {
			return nil, false
		}
		if _, ok := v.members(a, &found); ok && len(found.Users) == 1 && found.Users[0].ID == id {
			m = &found.Users[0]
		}
	}
	if m.ID == "" {
		v.refuse(http.StatusNotFound, "NOT_FOUND")
		return nil, false
	}
	v.complete(m)
	return m, true
}

// over reports whether the user may do something to m, as far as a guard and the rule that
// administrators act on those who may do no more than they.
func (v *visit) over(m *member, op operation) bool {
	return v.may(op) && v.routes.Manager().Roles().Covers(v.user.rights(), m.rights())
}

// memberView returns the view of a page of a user, and its tabs.
func (v *visit) memberView(page string, m *member, tab string) (*View, []Section) {
	view := v.staffView(page, "users.title", staffPath)
	view.Title = m.Email
	tabs := []Section{{v.text.say("user.title"), m.Href, tab == ""}}
	add := func(path, title string) {
		tabs = append(tabs, Section{v.text.say(title), v.memberLink(m, path), tab == path})
	}
	if slices.ContainsFunc([]operation{opUserSessions, opUserFactors, opUserPasskeys, opUserKeys, opLogoutUser}, func(op operation) bool { return v.over(m, op) }) {
		add("/security", "security.title")
	}
	if v.over(m, opUserEvents) {
		add("/activity", "user.activity")
	}
	return view, tabs
}

func (v *visit) showMember() {
	if m, ok := v.member(); ok {
		view, _ := v.overview(m, "")
		v.render(http.StatusOK, view)
	}
}

// toMember leads away from what only takes forms.
func (v *visit) toMember() {
	if m, ok := v.member(); ok {
		v.redirect(m.Href)
	}
}

// The forms of a user's page.
const (
	profileForm = "profile"
	flagsForm   = "flags"
)

// overview returns the page of a user. sent is the form that was sent: it shows what was
// typed, the others what the user has.
func (v *visit) overview(m *member, sent string) (*View, memberData) {
	view, tabs := v.memberView("staff-user", m, "")
	data := memberData{User: m, Tabs: tabs, State: v.memberLink(m, "/state")}
	if v.over(m, opUpdateUser) {
		data.Profile = v.memberProfile(m, sent == profileForm)
		data.Flags, data.Roles = v.memberFlags(m, sent == flagsForm)
	} else {
		for _, one := range v.profile {
			data.Fixed = append(data.Fixed, fixed{v.label(one.name), v.shown(&m.account, one)})
		}
	}
	v.steps(m, &data)
	view.Data = data
	return view, data
}

// memberProfile is the form of a user's address, name and profile.
func (v *visit) memberProfile(m *member, sent bool) *Form {
	email := v.email()
	email.Autocomplete, email.Hint = "off", v.text.say("user.email_hint")
	fields := []*Field{email}
	if v.offers.reads(opUpdateUser, usernameField) {
		name := v.username()
		name.Hint, name.Label = "", v.text.say("field.username")
		fields = append(fields, name)
	}
	has := &m.account
	if sent {
		has = nil
	} else {
		email.Value = m.Email
		if len(fields) > 1 {
			fields[1].Value = m.Username
		}
	}
	own := v.fieldsOf(has, false)
	for _, f := range own {
		f.Autocomplete = "off"
	}
	form := v.form("", "profile.save", append(fields, own...)...)
	form.Action = m.Href
	return form
}

// takeMember changes a user's address, name and profile: what differs from what is stored.
func (v *visit) takeMember() {
	m, ok := v.member()
	if !ok {
		return
	}
	body := map[string]any{}
	if email := strings.TrimSpace(v.posted("email")); email != m.Email {
		body["email"] = email
	}
	if name, sent := v.typed(usernameField); sent && strings.TrimSpace(name) != m.Username {
		body[usernameField] = strings.TrimSpace(name)
		if body[usernameField] == "" {
			body[usernameField] = nil
		}
	}
	for _, one := range v.profile {
		typed, has := v.posted(one.name), m.text(one)
		if one.kind == "checkbox" {
			typed = map[bool]string{true: "true"}[typed != ""]
		}
		if !one.readOnly && typed != has {
			body[one.name] = one.value(typed)
		}
	}
	a := v.call(opUpdateUser, map[string]string{"id": m.ID}, body)
	if a.ok() {
		if err := m.read(a.body); err == nil { // staff find the user by the address
			v.redirect(v.memberLink(m, ""), "notice", "user_saved")
			return
		}
	}
	view, data := v.overview(m, profileForm)
	if view.Form = data.Profile; view.Form == nil {
		v.failed(a)
		return
	}
	v.reject(a, view, nil, map[string]string{"UPDATE_USER_EMAIL_ALREADY_EXISTS": "email", "UPDATE_USERNAME_TAKEN": usernameField})
}

// flags are those of a user that superusers set.
var flags = []string{"is_active", "is_verified", "is_superuser"}

const (
	// rolePrefix begins the names of the checkboxes of roles, shownField has the names of
	// those boxes that were checked when the form was shown.
	rolePrefix = "role."
	shownField = "shown"
)

// memberFlags is the form of a user's flags and roles.
func (v *visit) memberFlags(m *member, sent bool) (*Form, []*Field) {
	on := map[string]bool{"is_active": m.IsActive, "is_verified": m.IsVerified, "is_superuser": m.IsSuperuser}
	for _, role := range m.Roles {
		on[rolePrefix+role] = true
	}
	var shown []string
	box := func(name, label string) *Field {
		f := v.field(name, "checkbox")
		f.ID, f.Label = strings.NewReplacer("_", "-", ".", "-").Replace("flag-"+name), label
		if on[name] {
			shown = append(shown, name)
		}
		if !sent {
			f.Checked = on[name]
		}
		return f
	}
	var fields, roles []*Field
	for _, name := range flags {
		f := box(name, v.text.say("flag."+name))
		f.Hint = v.text.say("flag." + name + ".hint")
		fields = append(fields, f)
	}
	for _, name := range v.routes.Manager().Roles().Names() {
		roles = append(roles, box(rolePrefix+name, v.text.role(name)))
	}
	was := strings.Join(shown, " ")
	if sent {
		was = v.posted(shownField)
	}
	form := v.form("", "profile.save", append(fields, hidden(shownField, was))...)
	form.Action = v.memberLink(m, "/state/flags")
	return form, roles
}

// takeFlags changes those flags and roles that were changed in the form: another
// administrator may have changed others since it was shown.
func (v *visit) takeFlags() {
	m, ok := v.member()
	if !ok {
		return
	}
	shown := strings.Fields(v.posted(shownField))
	changed := func(name string) bool { return (v.posted(name) != "") != slices.Contains(shown, name) }
	body := map[string]any{}
	for _, name := range flags {
		if changed(name) {
			body[name] = v.posted(name) != ""
		}
	}
	roles := slices.Clone(m.Roles)
	for _, role := range v.routes.Manager().Roles().Names() {
		if !changed(rolePrefix + role) {
			continue
		}
		roles = slices.DeleteFunc(roles, func(one string) bool { return one == role })
		if v.posted(rolePrefix+role) != "" {
			roles = append(roles, role)
		}
		body["roles"] = roles
	}
	if roles == nil && body["roles"] != nil {
		body["roles"] = []string{}
	} else if body["roles"] != nil {
		body["roles"] = roles
	}
	a := v.call(opUpdateUser, map[string]string{"id": m.ID}, body)
	if a.ok() {
		v.redirect(m.Href, "notice", "user_saved")
		return
	}
	view, data := v.overview(m, flagsForm)
	if view.Form = data.Flags; view.Form == nil {
		v.failed(a)
		return
	}
	v.reject(a, view, nil, nil)
}
