package pages

import (
	"html/template"
	"net/http"
	"strings"
	"time"
)

// factor is one entry of the user's list of factors.
type factor struct {
	ID         string     `json:"id"`
	Type       string     `json:"type"`
	Name       string     `json:"name"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
	Active     *bool      `json:"active"`
}

// isActive reports whether logins ask for the factor.
func (f factor) isActive() bool { return f.Type == "totp" && (f.Active == nil || *f.Active) }

type factorList struct {
	Factors   []factor `json:"factors"`
	CodesLeft int      `json:"recovery_codes_left"`
}

// factorsData is the Data of the template second-factor.
type factorsData struct {
	Apps, Devices []factor
	// On says that logins ask for a second factor; Passkeys that a passkey can be it.
	On, Passkeys bool
	CodesLeft    int
}

// setUpData is the Data of the template second-factor-set-up.
type setUpData struct {
	// QR is a picture of the key as a data URL, Secret the key to type; both are empty
	// when a wrong code was sent, as the key is shown once.
	QR     template.URL
	Secret string
}

// codesData is the Data of the template recovery-codes.
type codesData struct{ Codes []string }

func (v *visit) factorList() (factorList, bool) {
	var listed factorList
	a := v.call(opFactors, nil, nil)
	return listed, a.ok() && a.into(&listed) == nil
}

func (v *visit) showFactors() {
	if !v.known() {
		return
	}
	a := v.call(opFactors, nil, nil)
	if v.failed(a) {
		return
	}
	var listed factorList
	if err := a.into(&listed); err != nil {
		v.failed(answer{status: http.StatusInternalServerError})
		return
	}
	view := v.section("second-factor", "factors.title", "/second-factor")
	data := factorsData{CodesLeft: listed.CodesLeft}
	for _, one := range listed.Factors {
		switch one.Type {
		case "totp":
			data.Apps = append(data.Apps, one)
			data.On = data.On || one.isActive()
		case passkeyFactor:
			data.Passkeys = v.offers.has(opPasskeys)
		case "device":
			data.Devices = append(data.Devices, one)
		}
	}
	data.On = data.On || data.CodesLeft > 0 || data.Passkeys && len(data.Devices) > 0
	view.Data = data
	name := v.field("name", "text")
	name.Label, name.Hint, name.MaxLength, name.Autocomplete = v.text.say("factors.name"), v.text.say("factors.name_hint"), "64", "off"
	view.Form = v.form("/second-factor/set-up", "factors.add", name)
	v.render(http.StatusOK, view)
}

// toFactors leads away from what only an answer to a form shows.
func (v *visit) toFactors() { v.seeOther("/second-factor") }

// takeFactors removes a factor. One that is gone is removed.
func (v *visit) takeFactors() {
	if !v.known() {
		return
	}
	a := v.call(opRemoveFactor, map[string]string{"id": v.posted("factor")}, nil)
	if a.status != http.StatusNotFound && v.failed(a) {
		return
	}
	v.seeOther("/second-factor", "notice", "factor_removed")
}

// takeSetUp begins to set an app up, or confirms it by its first code.
func (v *visit) takeSetUp() {
	if !v.known() {
		return
	}
	if id := v.posted("id"); id != "" {
		v.confirmApp(id)
		return
	}
	body := map[string]any{}
	if name := strings.TrimSpace(v.posted("name")); name != "" {
		body["name"] = name
	}
	a := v.call(opEnrol, nil, body)
	var made struct {
		ID     string `json:"id"`
		Secret string `json:"secret"`
		QR     string `json:"qr"`
	}
	if v.failed(a) {
		return
	}
	if err := a.into(&made); err != nil {
		v.failed(answer{status: http.StatusInternalServerError})
		return
	}
	view := v.setUpView(made.ID)
	data := setUpData{Secret: grouped(made.Secret)}
	if strings.HasPrefix(made.QR, "data:image/png;base64,") {
		data.QR = template.URL(made.QR) //nolint:gosec // made by the route, of nothing that was sent
	}
	view.Data = data
	v.render(http.StatusOK, view)
}

func (v *visit) setUpView(id string) *View {
	view := v.section("second-factor-set-up", "set_up.title", "/second-factor")
	view.Data = setUpData{}
	view.Form = v.form("/second-factor/set-up", "set_up.submit", v.code("set_up.code"), hidden("id", id))
	return view
}

// grouped is a key in groups of four, as people type it.
func grouped(secret string) string {
	var groups []string
	for len(secret) > 4 {
		groups, secret = append(groups, secret[:4]), secret[4:]
	}
	return strings.Join(append(groups, secret), " ")
}

func (v *visit) confirmApp(id string) {
	a := v.call(opConfirmTOTP, map[string]string{"id": id}, map[string]any{"code": strings.TrimSpace(v.posted("code"))})
	if a.status == http.StatusNotFound { // too late, or too many wrong codes
		v.seeOther("/second-factor", "notice", "set_up_over")
		return
	}
	if v.reject(a, v.setUpView(id), nil, map[string]string{"LOGIN_BAD_FACTOR": "code"}) {
		return
	}
	v.codesMade(a, "factor_added")
}

// codesMade shows recovery codes, this once.
func (v *visit) codesMade(a answer, notice string) {
	var made struct {
		Codes []string `json:"recovery_codes"`
	}
	if err := a.into(&made); err != nil || len(made.Codes) == 0 {
		v.seeOther("/second-factor", "notice", notice)
		return
	}
	view := v.section("recovery-codes", "codes.title", "/second-factor")
	view.Notice, _ = v.text.find("notice." + notice)
	view.Data = codesData{made.Codes}
	v.render(http.StatusOK, view)
}

func (v *visit) takeCodes() {
	if !v.known() {
		return
	}
	a := v.call(opCodes, nil, nil)
	if !v.failed(a) {
		v.codesMade(a, "codes_made")
	}
}
