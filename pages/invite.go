package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// createData is the Data of the template staff-create.
type createData struct {
	// Roles are the checkboxes of the form.
	Roles []*Field
	Back  string
}

func (v *visit) showCreate() {
	if v.known() {
		view := v.createView()
		view.Form.focus()
		v.render(http.StatusOK, view)
	}
}

func (v *visit) createView() *View {
	view := v.staffView("staff-create", "create.title", staffPath)
	email := v.email()
	email.Autocomplete = "off"
	fields := []*Field{email}
	if v.offers.reads(opCreateUser, usernameField) {
		name := v.username()
		name.Hint = ""
		fields = append(fields, name)
	}
	for _, f := range v.fieldsOf(nil, false) {
		f.Autocomplete = "off"
		fields = append(fields, f)
	}
	data := createData{Back: v.link(staffPath)}
	if v.user.IsSuperuser { // who alone choose passwords and roles
		password := v.password("password", "new-password")
		password.Required, password.Hint = false, v.text.say("create.password_hint")
		password.Label = v.text.say("field.optional", password.Label)
		fields = append(fields, password)
		data.Roles = v.roleBoxes()
	}
	verified := v.field("is_verified", "checkbox")
	verified.Label = v.text.say("create.verified")
	view.Form = v.form(createPath, "create.submit", append(fields, verified)...)
	view.Data = data
	return view
}

// roleBoxes are the checkboxes of all roles.
func (v *visit) roleBoxes() []*Field {
	var boxes []*Field
	for _, name := range v.routes.Manager().Roles().Names() {
		f := v.field(rolePrefix+name, "checkbox")
		f.ID, f.Label = "role-"+name, v.text.role(name)
		boxes = append(boxes, f)
	}
	return boxes
}

// chosenRoles are the roles that were checked.
func (v *visit) chosenRoles() []string {
	return slices.DeleteFunc(v.routes.Manager().Roles().Names(), func(name string) bool { return v.posted(rolePrefix+name) == "" })
}

// takeCreate makes a user.
func (v *visit) takeCreate() {
	if !v.known() {
		return
	}
	body := map[string]any{"email": strings.TrimSpace(v.posted("email"))}
	if name := strings.TrimSpace(v.posted(usernameField)); name != "" {
		body[usernameField] = name
	}
	if password := v.posted("password"); password != "" {
		body["password"] = password
	}
	if v.posted("is_verified") != "" {
		body["is_verified"] = true
	}
	if roles := v.chosenRoles(); len(roles) > 0 {
		body["roles"] = roles
	}
	v.sendProfile(body, false)
	a := v.call(opCreateUser, nil, body)
	if !a.ok() {
		view := v.createView()
		if a.detail().code == "REGISTER_USER_ALREADY_EXISTS" {
			view.Form.field("email").Error = v.text.say("create.exists")
		}
		v.rejectCreate(a, view)
		return
	}
	m := &member{}
	if a.into(m) != nil {
		v.failed(answer{status: http.StatusInternalServerError})
		return
	}
	v.redirect(v.memberLink(m, ""), "notice", "user_created")
}

// rejectCreate shows what is wrong with a new user.
func (v *visit) rejectCreate(a answer, view *View) {
	if view.Form.field("email").Error != "" {
		view.Form.focus()
		v.render(a.status, v.marked(view))
		return
	}
	v.reject(a, view, nil, map[string]string{"REGISTER_USERNAME_TAKEN": usernameField, "REGISTER_DOMAIN_NOT_ALLOWED": "email"})
}

// invited is an invitation that waits.
type invited struct {
	ID        string    `json:"id"`
	Email     string    `json:"email"`
	Roles     []string  `json:"roles"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// invitationsData is the Data of the template staff-invitations.
type invitationsData struct {
	Invitations []invited
	// Roles are the checkboxes of the form.
	Roles []*Field
	// First and Next lead to the first and the next page; empty for none.
	First, Next string
}

func (v *visit) showInvitations() {
	if !v.known() {
		return
	}
	if view, ok := v.invitationsView(); ok {
		v.render(http.StatusOK, view)
	}
}

// invitationsView returns the list of invitations and the form for a new one. It is false
// where it has answered.
func (v *visit) invitationsView() (*View, bool) {
	query := url.Values{"limit": {pageSize}}
	cursor := v.c.Query(cursorParam)
	if cursor != "" {
		query.Set(cursorParam, cursor)
	}
	a := v.request(v.offers.routes[opInvitations], nil, query, nil)
	if a.status == http.StatusUnprocessableEntity && cursor != "" { // a link of long ago
		v.seeOther(invitationsPath)
		return nil, false
	}
	if v.failed(a) {
		return nil, false
	}
	var page struct {
		Items []invited `json:"items"`
		Next  string    `json:"next"`
	}
	if a.into(&page) != nil {
		v.failed(answer{status: http.StatusInternalServerError})
		return nil, false
	}
	view := v.staffView("staff-invitations", "invitations.title", invitationsPath)
	data := invitationsData{Invitations: page.Items}
	if cursor != "" {
		data.First = v.link(invitationsPath)
	}
	if page.Next != "" {
		data.Next = withQuery(v.link(invitationsPath), cursorParam, page.Next)
	}
	if v.user.IsSuperuser && v.offers.reads(opInvite, "roles") { // who alone give roles
		data.Roles = v.roleBoxes()
	}
	email := v.email()
	email.Autocomplete = "off"
	view.Form = v.form(invitationsPath, "invitations.submit", email)
	view.Data = data
	return view, true
}

// takeInvitations invites, sends an invitation once more, or withdraws one. One that is
// gone is withdrawn.
func (v *visit) takeInvitations() {
	if !v.known() {
		return
	}
	id := map[string]string{"id": v.posted("invitation")}
	switch v.posted("do") {
	case "resend":
		a := v.call(opResend, id, nil)
		switch {
		case a.ok():
			v.seeOther(invitationsPath, "notice", "invitation_sent")
		case a.status == http.StatusNotFound:
			v.seeOther(invitationsPath, "notice", "invitation_gone")
		default:
			v.failed(a)
		}
	case "revoke":
		if a := v.call(opRevoke, id, nil); a.status == http.StatusNotFound || !v.failed(a) {
			v.seeOther(invitationsPath, "notice", "invitation_revoked")
		}
	default:
		v.invite()
	}
}

func (v *visit) invite() {
	body := map[string]any{"email": strings.TrimSpace(v.posted("email"))}
	if roles := v.chosenRoles(); len(roles) > 0 {
		body["roles"] = roles
	}
	a := v.call(opInvite, nil, body)
	if a.ok() {
		v.seeOther(invitationsPath, "notice", "invitation_sent")
		return
	}
	d := a.detail()
	if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden && d.code != "REGISTER_DOMAIN_NOT_ALLOWED" || a.status >= 500 {
		v.failed(a)
		return
	}
	view, ok := v.invitationsView()
	if !ok {
		return
	}
	if len(d.items) > 0 && d.items[0].field() == "roles" {
		view.Error = v.text.say("invitations.roles_wrong")
		v.render(a.status, v.marked(view))
		return
	}
	v.reject(a, view, nil, map[string]string{"REGISTER_DOMAIN_NOT_ALLOWED": "email"})
}
