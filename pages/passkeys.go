package pages

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// passkey is a passkey of the user.
type passkey struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
	BackedUp   bool       `json:"backed_up"`
	// Rename is the form for another name, Wrong says that it was refused.
	Rename *Form `json:"-"`
	Wrong  bool  `json:"-"`
}

// passkeysData is the Data of the template passkeys.
type passkeysData struct{ Passkeys []passkey }

func (v *visit) showPasskeys() {
	if !v.known() {
		return
	}
	if view, ok := v.passkeysView(); ok {
		v.render(http.StatusOK, view)
	}
}

// toPasskeys leads away from what only takes forms.
func (v *visit) toPasskeys() { v.seeOther("/passkeys") }

// passkeysView returns the list of passkeys, and the form for a new one, which a script
// completes. It is false where it has answered.
func (v *visit) passkeysView() (*View, bool) {
	a := v.call(opPasskeys, nil, nil)
	if v.failed(a) {
		return nil, false
	}
	var data passkeysData
	if a.into(&data.Passkeys) != nil {
		v.failed(answer{status: http.StatusInternalServerError})
		return nil, false
	}
	for i := range data.Passkeys {
		one := &data.Passkeys[i]
		one.Rename = v.renameForm(renamedPasskeys, i, one.ID, one.Name)
	}
	view := v.section("passkeys", "passkeys.title", "/passkeys")
	view.Data = data
	name := v.field("name", "text")
	name.Label, name.MaxLength, name.Autocomplete = v.text.say("passkeys.name"), "64", "off"
	name.Hint = v.text.say("passkeys.name_hint")
	view.Form = v.form("/passkeys/new", "passkeys.add", name)
	view.Form.Passkey = v.passkey("create", opPasskeyOptions)
	return view, true
}

// passkey is what the script needs that has a passkey answer the options of a route.
func (v *visit) passkey(kind string, options operation) *Passkey {
	return &Passkey{
		Kind: kind, Options: v.offers.routes[options].path,
		Known: v.text.say("passkeys.known"), Failed: v.text.say("passkeys.failed"), Elsewhere: v.text.say("passkeys.elsewhere"),
	}
}

// takePasskeys removes a passkey. One that is gone is removed.
func (v *visit) takePasskeys() {
	if !v.known() {
		return
	}
	a := v.call(opRemovePasskey, map[string]string{"id": v.posted("passkey")}, nil)
	if a.status == http.StatusBadRequest {
		if view, ok := v.passkeysView(); ok {
			v.reject(a, view, nil, nil)
		}
		return
	}
	if a.status != http.StatusNotFound && v.failed(a) {
		return
	}
	v.seeOther("/passkeys", "notice", "passkey_removed")
}

// renamedPasskeys is how passkeys are renamed.
var renamedPasskeys = named{"/passkeys", "passkey", "id", opRenamePasskey, "passkey_renamed", "passkeys.name"}

func (v *visit) takePasskeyName() {
	v.takeName(renamedPasskeys, func(id string) (*View, *Form, bool) {
		view, ok := v.passkeysView()
		if !ok {
			return nil, nil, false
		}
		all := view.Data.(passkeysData).Passkeys
		for i := range all {
			if all[i].ID == id {
				all[i].Wrong = true
				return view, all[i].Rename, true
			}
		}
		return view, nil, true
	})
}

// credentialOf returns what the script has put into a form: the browser's answer, with the
// ceremony that it answers. A script that got no options sends none; what refuses them is
// shown then.
func (v *visit) credentialOf(options operation) (map[string]any, answer) {
	ceremony, credential := v.posted("ceremony"), v.posted("credential")
	if ceremony == "" || !json.Valid([]byte(credential)) {
		a := v.call(options, nil, map[string]any{})
		if a.ok() {
			a = answer{status: http.StatusBadRequest, body: []byte(`{"detail":"PASSKEY_BAD_CEREMONY"}`)}
		}
		return nil, a
	}
	return map[string]any{"ceremony": ceremony, "credential": json.RawMessage(credential)}, answer{}
}

// takeNewPasskey stores the passkey that the browser has made.
func (v *visit) takeNewPasskey() {
	if !v.known() {
		return
	}
	body, a := v.credentialOf(opPasskeyOptions)
	if body != nil {
		if name := strings.TrimSpace(v.posted("name")); name != "" {
			body["name"] = name
		}
		a = v.call(opMakePasskey, nil, body)
	}
	if a.ok() {
		v.passkeyMade(a)
		return
	}
	if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden {
		v.failed(a)
		return
	}
	if view, ok := v.passkeysView(); ok {
		v.reject(a, view, nil, nil)
	}
}

// passkeyMade shows the recovery codes that come with the first second factor.
func (v *visit) passkeyMade(a answer) {
	var made struct {
		Codes []string `json:"recovery_codes"`
	}
	if a.into(&made) == nil && len(made.Codes) > 0 {
		v.codesMade(a, "passkey_added")
		return
	}
	v.seeOther("/passkeys", "notice", "passkey_added")
}

// takePasskeySignIn signs in with the answer of a passkey.
func (v *visit) takePasskeySignIn() {
	body, a := v.credentialOf(opPasskeyLoginOptions)
	if body != nil {
		a = v.call(opPasskeyLogin, nil, body)
	}
	switch code := a.detail().code; {
	case a.ok():
		v.goOn(v.next())
	case code == "LOGIN_FACTOR_REQUIRED":
		v.seeOther("/sign-in/code", nextParam, v.next())
	case code == "LOGIN_BAD_CREDENTIALS":
		view := v.signInView()
		view.Error = v.text.say("passkeys.unknown")
		v.render(a.status, v.marked(view))
	default:
		v.reject(a, v.signInView(), nil, nil)
	}
}

// toSignIn leads away from what only takes forms.
func (v *visit) toSignIn() { v.seeOther("/sign-in") }
