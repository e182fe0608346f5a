package pages

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	reasonField = "reason"
	untilField  = "until"
	maxReason   = "500"
	// localTime is how inputs of the type datetime-local write a time.
	localTime = "2006-01-02T15:04"
)

// stepPage is the Data of the template staff-step.
type stepPage struct {
	// Text says what will happen, Back leads away.
	Text, Back string
}

// state is what a button does to a user.
type state struct {
	op   operation
	note string
}

// states are the buttons of a user's page, by their values.
var states = map[string]state{
	"verify": {opVerifyUser, "user_verified"},
	"unban":  {opUnban, "user_unbanned"},
	"unlock": {opUnlock, "user_unlocked"},
	"reset":  {opStartReset, "user_reset"},
}

// steps adds what the user may do to m.
func (v *visit) steps(m *member, data *memberData) {
	self := m.ID == v.user.ID
	for _, one := range []struct {
		do      string
		offered bool
	}{{"unban", m.Ban != nil && m.Banned}, {"verify", !m.IsVerified}, {"unlock", true}, {"reset", m.IsActive}} {
		if one.offered && v.over(m, states[one.do].op) {
			data.Steps = append(data.Steps, Option{Value: one.do, Label: v.text.say("state." + one.do)})
		}
	}
	for _, one := range []struct {
		page, title string
		op          operation
		offered     bool
	}{
		{"/act", "act.link", opImpersonate, !self && !m.IsSuperuser && m.IsActive && !m.Banned},
		{"/ban", map[bool]string{false: "ban.link", true: "ban.again"}[m.Banned], opBan, !self},
	} {
		if one.offered && v.over(m, one.op) {
			data.Ways = append(data.Ways, Choice{v.text.say(one.title), v.memberLink(m, one.page), false})
		}
	}
	if v.over(m, opDeleteUser) {
		data.Delete = v.memberLink(m, "/delete")
	}
}

// takeState does what a button of a user's page says.
func (v *visit) takeState() {
	m, ok := v.member()
	if !ok {
		return
	}
	one, ok := states[v.posted("do")]
	if !ok {
		v.redirect(m.Href)
		return
	}
	if !v.failed(v.call(one.op, map[string]string{"id": m.ID}, nil)) {
		v.redirect(m.Href, "notice", one.note)
	}
}

// actionView returns the page of a step that takes a form.
func (v *visit) actionView(m *member, step string, fields ...*Field) *View {
	view, _ := v.memberView("staff-step", m, "")
	view.Title = v.text.say(step+".title", m.Email)
	view.Data = stepPage{Text: v.text.say(step + ".text"), Back: m.Href}
	view.Form = v.form("", step+".submit", fields...)
	view.Form.Action = v.memberLink(m, "/"+step)
	return view
}

// why is the field for why something is done to a user.
func (v *visit) why(hint string) *Field {
	f := v.field(reasonField, "text")
	f.Label, f.Hint, f.MaxLength, f.Autocomplete = v.text.say("field.reason"), v.text.say(hint), maxReason, "off"
	return f
}

func (v *visit) showBan() {
	if m, ok := v.member(); ok {
		view := v.banView(m)
		view.Form.focus()
		v.render(http.StatusOK, view)
	}
}

func (v *visit) banView(m *member) *View {
	until := v.field(untilField, "datetime-local")
	until.Label, until.Hint = v.text.say("ban.until"), v.text.say("ban.until_hint")
	reason := v.why("ban.reason_hint")
	if m.Ban != nil && m.Banned && !v.filledIn() {
		reason.Value = m.Ban.Reason
		if m.Ban.Until != nil {
			until.Value = m.Ban.Until.UTC().Format(localTime)
		}
	}
	return v.actionView(m, "ban", reason, until)
}

func (v *visit) takeBan() {
	m, ok := v.member()
	if !ok {
		return
	}
	body := map[string]any{reasonField: v.posted(reasonField)}
	if typed := strings.TrimSpace(v.posted(untilField)); typed != "" {
		body[untilField] = typed // the route says that it is no time
		for _, layout := range []string{localTime, localTime + ":05"} {
			if at, err := time.Parse(layout, typed); err == nil {
				body[untilField] = at.Format(time.RFC3339)
			}
		}
	}
	a := v.call(opBan, map[string]string{"id": m.ID}, body)
	if a.ok() {
		v.redirect(m.Href, "notice", "user_banned")
		return
	}
	view := v.banView(m)
	for _, one := range a.detail().items {
		if one.field() == untilField {
			view.Form.field(untilField).Error = v.text.say("ban.until_wrong")
		}
	}
	v.reject(a, view, nil, nil)
}

func (v *visit) showAct() {
	if m, ok := v.member(); ok {
		view := v.actView(m)
		view.Form.focus()
		v.render(http.StatusOK, view)
	}
}

func (v *visit) actView(m *member) *View {
	reason := v.why("act.reason_hint")
	reason.Required = true
	return v.actionView(m, "act", reason)
}

// takeAct signs in in a user's name. The bar at the top of every page leads back.
func (v *visit) takeAct() {
	m, ok := v.member()
	if !ok {
		return
	}
	body := map[string]any{reasonField: v.posted(reasonField)}
	query := url.Values{"backend": {v.config.Backend.Name}}
	a := v.request(v.offers.routes[opImpersonate], map[string]string{"id": m.ID}, query, body)
	if a.ok() {
		v.seeOther("")
		return
	}
	view := v.actView(m)
	if len(a.detail().items) > 0 && strings.TrimSpace(v.posted(reasonField)) == "" {
		view.Form.field(reasonField).Error = v.text.say("invalid.missing")
	}
	v.reject(a, view, nil, nil)
}

func (v *visit) showDelete() {
	if m, ok := v.member(); ok {
		v.render(http.StatusOK, v.deleteView(m))
	}
}

func (v *visit) deleteView(m *member) *View {
	view := v.actionView(m, "delete")
	view.Form.Danger = true
	return view
}

// takeDelete deletes a user. One who is gone is deleted.
func (v *visit) takeDelete() {
	m, ok := v.member()
	if !ok {
		return
	}
	a := v.call(opDeleteUser, map[string]string{"id": m.ID}, nil)
	if a.ok() || a.status == http.StatusNotFound {
		v.seeOther(staffPath, "notice", "user_deleted")
		return
	}
	v.reject(a, v.deleteView(m), nil, nil)
}
