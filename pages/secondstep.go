package pages

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// stepData is the Data of the templates sign-in-code and confirm.
type stepData struct {
	// Factor is what the page asks for: "totp", "passkey", "recovery_code" or "password".
	Factor string
	// Others are the factors that could be used instead.
	Others []Choice
	// Script says that the page or one of its links takes passkeys.js.
	Script bool
}

const (
	appFactor      = "totp"
	passkeyFactor  = "passkey"
	recoveryFactor = "recovery_code"
	passwordFactor = "password" // no factor, but a proof as well
)

// stepFactors are the factors that a page can ask for, in the order in which it does.
var stepFactors = []string{passwordFactor, appFactor, passkeyFactor, recoveryFactor}

// showSecondStep asks for one more factor. The login that waits is in a cookie.
func (v *visit) showSecondStep() {
	factors, ok := v.waiting()
	if !ok {
		return
	}
	v.render(http.StatusOK, v.stepView(factors))
}

// waiting returns the factors that complete the login, or leads back to its beginning.
func (v *visit) waiting() ([]string, bool) {
	a := v.call(opAskFactors, nil, nil)
	if a.detail().code == "LOGIN_BAD_TOKEN" {
		v.seeOther("/sign-in", "notice", "step_over", nextParam, v.next())
		return nil, false
	}
	if v.failed(a) {
		return nil, false
	}
	var waits struct {
		Factors []string `json:"factors"`
	}
	if err := a.into(&waits); err != nil {
		v.failed(answer{status: http.StatusInternalServerError})
		return nil, false
	}
	return waits.Factors, true
}

func (v *visit) stepView(factors []string) *View {
	view := v.view("sign-in-code", "step.title")
	view.Form = v.form("/sign-in/code", "step.submit", v.nextField())
	data := v.askFactor(view.Form, "/sign-in/code", factors, opFactorOptions)
	if v.offers.reads(opFactor, "trust_device") && data.Factor != recoveryFactor {
		view.Form.Fields = append(view.Form.Fields, v.field("trust_device", "checkbox"))
	}
	view.Data = data
	return view
}

// askFactor has a form ask for one of the factors, and returns what is beside it. options
// is the operation of what a passkey is asked.
func (v *visit) askFactor(form *Form, path string, factors []string, options operation) stepData {
	data := stepData{Factor: v.chosen(factors)}
	ask := []*Field{hidden("factor", data.Factor)}
	switch data.Factor {
	case passkeyFactor:
		form.Passkey, data.Script = v.passkey("get", options), true
		form.Submit = v.text.say("factor.passkey.submit")
	case passwordFactor:
		ask = append(ask, v.password("password", "current-password"))
	default:
		ask = append(ask, v.factorField(data.Factor))
	}
	form.Fields = append(ask, form.Fields...)
	for _, one := range stepFactors {
		if one == data.Factor || !slices.Contains(factors, one) {
			continue
		}
		query := url.Values{"with": {one}}
		if next := v.next(); next != "" {
			query.Set(nextParam, next)
		}
		takesScript := one == passkeyFactor
		data.Script = data.Script || takesScript
		data.Others = append(data.Others, Choice{v.text.say("factor." + one + ".use"), v.link(path) + "?" + query.Encode(), takesScript})
	}
	return data
}

// chosen returns the factor that the page asks for.
func (v *visit) chosen(factors []string) string {
	wanted := v.c.Query("with")
	if v.c.Request.Method == http.MethodPost {
		wanted = v.posted("factor")
	}
	if slices.Contains(factors, wanted) && slices.Contains(stepFactors, wanted) {
		return wanted
	}
	for _, one := range stepFactors {
		if slices.Contains(factors, one) {
			return one
		}
	}
	return appFactor
}

// factorField is the field for the code of a factor.
func (v *visit) factorField(factor string) *Field {
	f := v.code("factor." + factor + ".label")
	f.Hint = v.text.say("factor." + factor + ".hint")
	if factor == recoveryFactor {
		f.Autocomplete, f.InputMode = "off", ""
	}
	return f
}

// prove sends the factor that was answered to an operation, with more.
func (v *visit) prove(op, options operation, more map[string]any) answer {
	body := map[string]any{"factor": v.posted("factor")}
	maps.Copy(body, more)
	if body["factor"] != passkeyFactor {
		body["code"] = strings.TrimSpace(v.posted("code"))
		return v.call(op, nil, body)
	}
	credential, refused := v.credentialOf(options)
	if credential == nil {
		return refused
	}
	maps.Copy(body, credential)
	return v.call(op, nil, body)
}

// rejectFactor shows what was wrong with a factor, and reports whether something was.
func (v *visit) rejectFactor(a answer, view *View) bool {
	if data, _ := view.Data.(stepData); data.Factor == passkeyFactor && a.detail().code == "LOGIN_BAD_FACTOR" {
		view.Error = v.text.say("factor.passkey.wrong")
		v.render(a.status, v.marked(view))
		return true
	}
	return v.reject(a, view, nil, map[string]string{"LOGIN_BAD_FACTOR": "code", "LOGIN_BAD_CREDENTIALS": "password"})
}

func (v *visit) takeSecondStep() {
	more := map[string]any{}
	if v.posted("trust_device") != "" {
		more["trust_device"] = true
	}
	a := v.prove(opFactor, opFactorOptions, more)
	if a.ok() {
		v.goOn(v.next())
		return
	}
	if a.detail().code == "LOGIN_BAD_TOKEN" {
		v.seeOther("/sign-in", "notice", "step_over", nextParam, v.next())
		return
	}
	factors, ok := v.waiting()
	if !ok {
		return
	}
	v.rejectFactor(a, v.stepView(factors))
}

// showConfirm asks for a proof of who sits there, before a change that needs one.
func (v *visit) showConfirm() {
	if !v.owns() {
		return
	}
	v.render(http.StatusOK, v.confirmView(v.proofs()))
}

// proofs returns with what the user can prove the identity: the password only where no
// second factor is on.
func (v *visit) proofs() []string {
	listed, ok := v.factorList()
	on := ok && listed.CodesLeft > 0
	var factors []string
	for _, one := range listed.Factors {
		if one.isActive() {
			on, factors = true, []string{appFactor}
		}
	}
	if v.hasPasskey(listed) {
		factors = append(factors, passkeyFactor)
	}
	if listed.CodesLeft > 0 {
		factors = append(factors, recoveryFactor)
	}
	if !on {
		factors = append(factors, passwordFactor)
	}
	return factors
}

// hasPasskey reports whether the user can answer by a passkey.
func (v *visit) hasPasskey(listed factorList) bool {
	if !v.offers.has(opAgainOptions) {
		return false
	}
	if slices.ContainsFunc(listed.Factors, func(f factor) bool { return f.Type == passkeyFactor }) {
		return true
	}
	var all []passkey
	a := v.call(opPasskeys, nil, nil)
	return a.ok() && a.into(&all) == nil && len(all) > 0
}

func (v *visit) confirmView(factors []string) *View {
	view := v.view("confirm", "confirm.title")
	view.Form = v.form("/confirm", "confirm.submit", v.nextField())
	view.Data = v.askFactor(view.Form, "/confirm", factors, opAgainOptions)
	view.Form.focus()
	return view
}

func (v *visit) takeConfirm() {
	if !v.owns() {
		return
	}
	var a answer
	if factor := v.posted("factor"); factor == "" || factor == passwordFactor {
		a = v.call(opReauthenticate, nil, map[string]any{"password": v.posted("password")})
	} else {
		a = v.prove(opReauthenticate, opAgainOptions, nil)
	}
	if a.ok() {
		v.goOn(v.next())
		return
	}
	if d := a.detail(); d.code == "LOGIN_FACTOR_REQUIRED" {
		v.render(http.StatusOK, v.confirmView(d.factors))
		return
	}
	v.rejectFactor(a, v.confirmView(v.proofs()))
}
