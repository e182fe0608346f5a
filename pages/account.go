package pages

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// account is the user who is logged in, as GET /me has it.
type account struct {
	ID          string   `json:"id"`
	Email       string   `json:"email"`
	IsActive    bool     `json:"is_active"`
	IsVerified  bool     `json:"is_verified"`
	IsSuperuser bool     `json:"is_superuser"`
	Roles       []string `json:"roles"`
	fields      map[string]any
	// acting says that somebody of the staff has signed in in the user's name.
	acting bool
}

func (a *account) read(content []byte) error {
	if err := json.Unmarshal(content, a); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	return decoder.Decode(&a.fields)
}

// text returns the value of a field as an input has it.
func (a *account) text(f profileField) string {
	switch value := a.fields[f.name].(type) {
	case string:
		if f.isTime {
			day, err := time.Parse(time.RFC3339, value)
			if err != nil || day.IsZero() {
				return ""
			}
			return day.Format(time.DateOnly)
		}
		return value
	case bool:
		if value {
			return "true"
		}
	case json.Number:
		return value.String()
	}
	return ""
}

// known finds out who is logged in. It answers where that takes an answer, and reports
// whether there is a user.
func (v *visit) known() bool {
	a := v.call(opMe, nil, nil)
	if v.failed(a) {
		return false
	}
	one := &account{}
	if err := one.read(a.body); err != nil {
		v.failed(answer{status: http.StatusInternalServerError})
		return false
	}
	one.acting = a.header.Get(actorHeader) != ""
	v.user = one
	v.restore()
	return true
}

// sections are the parts of an account, in their order. Who acts in the user's name may
// see most of them, but not those that are the owner's alone.
var sections = []struct {
	path, title string
	owners      bool
}{
	{path: "", title: "profile.title"},
	{path: "/password", title: "password.title", owners: true},
	{path: "/passkeys", title: "passkeys.title"},
	{path: "/second-factor", title: "factors.title"},
	{path: "/linked", title: "linked.title"},
	{path: "/sessions", title: "sessions.title"},
	{path: "/keys", title: "keys.title", owners: true},
	{path: "/activity", title: "activity.title"},
}

// section returns the view of a part of the account.
func (v *visit) section(page, title, path string) *View {
	view := v.view(page, title)
	view.Area = v.text.say("layout.account")
	for _, s := range sections {
		if view.Has(s.path) && !(s.owners && v.user.acting) {
			view.Sections = append(view.Sections, Section{v.text.say(s.title), v.link(s.path), s.path == path})
		}
	}
	if way := v.toStaff(); way != "" {
		view.Sections = append(view.Sections, Section{v.text.say("staff.title"), v.link(way), false})
	}
	return view
}

// profileData is the Data of the template profile.
type profileData struct {
	// Verified says that the address is; Fixed are fields that only the application writes.
	Verified bool
	Fixed    []fixed
}

type fixed struct{ Label, Value string }

// showProfile also is where a sign-in with a provider ends.
func (v *visit) showProfile() {
	if code := v.c.Query("error"); code != "" {
		v.providerFailed(code)
		return
	}
	if !v.known() {
		return
	}
	if next := v.rememberedNext(); next != "" {
		v.redirect(next)
		return
	}
	v.render(http.StatusOK, v.profileView())
}

func (v *visit) profileView() *View {
	view := v.section("profile", "profile.title", "")
	data := profileData{Verified: v.user.IsVerified || !v.offers.has(opRequestVerify)}
	var fields []*Field
	if v.user.acting { // the address is a way in
		data.Fixed = append(data.Fixed, fixed{v.text.say("field.email"), v.user.Email})
	} else {
		fields = append(fields, v.ownEmail())
	}
	name, open := v.ownName()
	if open {
		field := v.username()
		if !v.filledIn() {
			field.Value = name
		}
		fields = append(fields, field)
	}
	view.Form = v.form("", "profile.save", append(fields, v.profileFields(false)...)...)
	if v.offers.reads(opUpdateMe, "current_password") && !v.user.acting {
		current := v.password("current_password", "current-password")
		current.Required, current.Hint = false, v.text.say("profile.current_hint")
		view.Form.Fields = append(view.Form.Fields, current)
	}
	if !open && name != "" {
		data.Fixed = append(data.Fixed, fixed{v.text.say("field.username"), name})
	}
	for _, one := range v.profile {
		if one.readOnly {
			data.Fixed = append(data.Fixed, fixed{v.label(one.name), v.shown(v.user, one)})
		}
	}
	view.Data = data
	return view
}

// ownEmail is the field of the user's address.
func (v *visit) ownEmail() *Field {
	email := v.email()
	email.Autocomplete = "email"
	if !v.filledIn() {
		email.Value = v.user.Email
	}
	email.Hint = v.text.say("profile.email_hint")
	return email
}

// shown words a field that cannot be changed.
func (v *visit) shown(a *account, one profileField) string {
	value := a.text(one)
	switch {
	case one.kind == "checkbox" && value == "true":
		return v.text.say("format.yes")
	case one.kind == "checkbox":
		return v.text.say("format.no")
	case value == "":
		return "–"
	}
	if label, ok := v.text.find("profile." + one.name + "." + value); ok {
		return label
	}
	return value
}

func (v *visit) takeProfile() {
	if !v.known() {
		return
	}
	typed, sent := v.c.GetPostForm("email")
	email := strings.TrimSpace(typed)
	body := map[string]any{}
	changed := email != v.user.Email && (sent || !v.user.acting)
	if changed {
		body["email"] = email
		if current := v.posted("current_password"); current != "" {
			body["current_password"] = current
		}
	}
	v.sendName(body)
	v.sendProfile(body, false)
	a := v.call(opUpdateMe, nil, body)
	if v.reject(a, v.profileView(), nil, map[string]string{
		"UPDATE_USER_EMAIL_ALREADY_EXISTS": "email", "UPDATE_USERNAME_TAKEN": usernameField, "UPDATE_USER_BAD_CURRENT_PASSWORD": "current_password",
	}) {
		return
	}
	after := &account{}
	notice := "saved"
	if err := after.read(a.body); err == nil && changed && after.Email == v.user.Email {
		notice = "email_pending"
	}
	v.seeOther("", "notice", notice)
}

func (v *visit) showPassword() {
	if v.owns() {
		v.render(http.StatusOK, v.passwordView())
	}
}

func (v *visit) passwordView() *View {
	view := v.section("password", "password.title", "/password")
	next := v.password("new_password", "new-password")
	next.Hint = v.text.say("password.hint")
	// Password managers file the new password under the address.
	address := v.email()
	address.Type, address.Value = "username", v.user.Email
	view.Form = v.form("/password", "password.save", address, next)
	if v.offers.reads(opUpdateMe, "current_password") {
		view.Form.Fields = []*Field{address, v.password("current_password", "current-password"), next}
	}
	return view
}

func (v *visit) takePassword() {
	if !v.known() {
		return
	}
	body := map[string]any{"password": v.posted("new_password")}
	if v.offers.reads(opUpdateMe, "current_password") {
		body["current_password"] = v.posted("current_password")
	}
	a := v.call(opUpdateMe, nil, body)
	if v.reject(a, v.passwordView(), map[string]string{"password": "new_password"}, map[string]string{"UPDATE_USER_BAD_CURRENT_PASSWORD": "current_password"}) {
		return
	}
	v.seeOther("/password", "notice", "password_saved")
}
