package pages

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// apiKey is an API key of the user, without its secret.
type apiKey struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Prefix     string     `json:"prefix"`
	Scopes     []string   `json:"scopes"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
	// Rename is the form for another name, nil for none; Wrong says that it was refused.
	Rename *Form `json:"-"`
	Wrong  bool  `json:"-"`
}

// keysData is the Data of the template keys.
type keysData struct {
	Keys []apiKey
	// Scopes are the checkboxes for what a new key may do.
	Scopes []*Field
}

// keyData is the Data of the template key-made.
type keyData struct{ Name, Key string }

const (
	// scopePrefix begins the names of the checkboxes of scopes.
	scopePrefix  = "scope."
	expiresField = "expires"
	day          = 24 * time.Hour
	yearDays     = 365
)

// lifetimes are the ends of keys that one can choose, in days.
var lifetimes = []int{7, 30, 90, yearDays}

// Scope names a scope of API keys: by the text "scope.<name>", or as it is.
func (v *View) Scope(name string) string { return v.text.scope(name) }

func (l *lingua) scope(name string) string {
	if text, ok := l.find(scopePrefix + name); ok {
		return text
	}
	return name
}

func (v *visit) showKeys() {
	if !v.known() {
		return
	}
	if view, ok := v.keysView(); ok {
		v.render(http.StatusOK, view)
	}
}

// keysView returns the list of keys and the form for a new one. It is false where it has
// answered.
func (v *visit) keysView() (*View, bool) {
	a := v.call(opKeys, nil, nil)
	if v.failed(a) {
		return nil, false
	}
	var data keysData
	if a.into(&data.Keys) != nil {
		v.failed(answer{status: http.StatusInternalServerError})
		return nil, false
	}
	for i := range data.Keys {
		if one := &data.Keys[i]; v.offers.has(opRenameKey) {
			one.Rename = v.renameForm(renamedKeys, i, one.ID, one.Name)
		}
	}
	for _, name := range v.routes.Scopes() {
		f := v.field(scopePrefix+name, "checkbox")
		f.Label = v.text.scope(name)
		data.Scopes = append(data.Scopes, f)
	}
	view := v.section("keys", "keys.title", "/keys")
	view.Data = data
	name := v.field("name", "text")
	name.Label, name.Hint, name.MaxLength, name.Autocomplete = v.text.say("keys.name"), v.text.say("keys.name_hint"), "64", "off"
	name.Required = true
	view.Form = v.form("/keys", "keys.submit", name, v.expires())
	return view, true
}

// toKeys leads away from what only takes forms.
func (v *visit) toKeys() { v.seeOther("/keys") }

// renamedKeys is how API keys are renamed.
var renamedKeys = named{"/keys", "key", "key", opRenameKey, "key_renamed", "keys.name"}

func (v *visit) takeKeyName() {
	v.takeName(renamedKeys, func(id string) (*View, *Form, bool) {
		view, ok := v.keysView()
		if !ok {
			return nil, nil, false
		}
		all := view.Data.(keysData).Keys
		for i := range all {
			if all[i].ID == id {
				all[i].Wrong = true
				return view, all[i].Rename, true
			}
		}
		return view, nil, true
	})
}

// expires is the choice of an end.
func (v *visit) expires() *Field {
	f := v.field(expiresField, "select")
	chosen := "90"
	if typed, sent := v.typed(expiresField); sent {
		chosen = typed
	}
	for _, days := range lifetimes {
		value, label := strconv.Itoa(days), v.text.say("keys.days", days)
		if days == yearDays {
			label = v.text.say("keys.year")
		}
		f.Options = append(f.Options, Option{value, label, value == chosen})
	}
	f.Options = append(f.Options, Option{"", v.text.say("keys.never"), chosen == ""})
	return f
}

// takeKeys removes a key, or makes one. One that is gone is removed.
func (v *visit) takeKeys() {
	if !v.known() {
		return
	}
	id := v.posted("key")
	if id == "" {
		v.makeKey()
		return
	}
	a := v.call(opRemoveKey, map[string]string{"key": id}, nil)
	if a.status != http.StatusNotFound && v.failed(a) {
		return
	}
	v.seeOther("/keys", "notice", "key_removed")
}

func (v *visit) makeKey() {
	scopes := []string{}
	for _, name := range v.routes.Scopes() {
		if v.posted(scopePrefix+name) != "" {
			scopes = append(scopes, name)
		}
	}
	body := map[string]any{"scopes": scopes}
	if name := strings.TrimSpace(v.posted("name")); name != "" {
		body["name"] = name
	}
	if days, err := strconv.Atoi(v.posted(expiresField)); err == nil && days > 0 && days <= yearDays {
		body["expires_at"] = v.routes.Now().Add(time.Duration(days) * day).UTC().Format(time.RFC3339)
	}
	a := v.call(opMakeKey, nil, body)
	if !a.ok() {
		v.rejectKey(a)
		return
	}
	var made keyData
	if err := a.into(&made); err != nil || made.Key == "" {
		v.failed(answer{status: http.StatusInternalServerError})
		return
	}
	view := v.section("key-made", "keys.made_title", "/keys")
	view.Data = made
	v.render(http.StatusOK, view)
}

// rejectKey shows what is wrong with a new key, where that is for the form to say.
func (v *visit) rejectKey(a answer) {
	d := a.detail()
	forbidden := a.status == http.StatusForbidden && d.code == "Forbidden"
	if !forbidden && (a.status == http.StatusUnauthorized || a.status == http.StatusForbidden || a.status >= 500) {
		v.failed(a)
		return
	}
	view, ok := v.keysView()
	if !ok {
		return
	}
	if forbidden {
		view.Error = v.text.say("keys.forbidden")
		v.render(a.status, v.marked(view))
		return
	}
	for _, one := range d.items {
		if field := view.Form.field(expiresField); one.field() == "expires_at" {
			field.Error = v.text.say("keys.expires_wrong")
		}
	}
	v.reject(a, view, map[string]string{"expires_at": expiresField}, nil)
}
