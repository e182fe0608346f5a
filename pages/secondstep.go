package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// stepData is the Data of the templates sign-in-code and confirm.
type stepData struct {
	// Others are the factors that could be used instead.
	Others []Choice
}

// formFactors are the factors that a form can answer.
var formFactors = []string{"totp", "recovery_code"}

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
	chosen := v.chosen(factors)
	view.Data = stepData{v.otherFactors("/sign-in/code", factors, chosen)}
	view.Form = v.form("/sign-in/code", "step.submit", v.factorField(chosen), hidden("factor", chosen), v.nextField())
	if v.offers.reads(opFactor, "trust_device") && chosen != "recovery_code" {
		trust := v.field("trust_device", "checkbox")
		view.Form.Fields = slices.Insert(view.Form.Fields, 1, trust)
	}
	return view
}

// chosen returns the factor that the page asks for.
func (v *visit) chosen(factors []string) string {
	wanted := v.c.Query("with")
	if v.c.Request.Method == http.MethodPost {
		wanted = v.posted("factor")
	}
	if slices.Contains(factors, wanted) && slices.Contains(formFactors, wanted) {
		return wanted
	}
	for _, one := range formFactors {
		if slices.Contains(factors, one) {
			return one
		}
	}
	return formFactors[0]
}

func (v *visit) otherFactors(path string, factors []string, chosen string) []Choice {
	var others []Choice
	for _, one := range formFactors {
		if one == chosen || !slices.Contains(factors, one) {
			continue
		}
		query := url.Values{"with": {one}}
		if next := v.next(); next != "" {
			query.Set(nextParam, next)
		}
		others = append(others, Choice{v.text.say("factor." + one + ".use"), v.link(path) + "?" + query.Encode()})
	}
	return others
}

// factorField is the field for the code of a factor.
func (v *visit) factorField(factor string) *Field {
	f := v.code("factor." + factor + ".label")
	f.Hint = v.text.say("factor." + factor + ".hint")
	if factor == "recovery_code" {
		f.Autocomplete, f.InputMode = "off", ""
	}
	return f
}

func (v *visit) takeSecondStep() {
	body := map[string]any{"factor": v.posted("factor"), "code": strings.TrimSpace(v.posted("code"))}
	if v.posted("trust_device") != "" {
		body["trust_device"] = true
	}
	a := v.call(opFactor, nil, body)
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
	v.reject(a, v.stepView(factors), nil, map[string]string{"LOGIN_BAD_FACTOR": "code"})
}

// showConfirm asks for a proof of who sits there, before a change that needs one.
func (v *visit) showConfirm() {
	if !v.known() {
		return
	}
	v.render(http.StatusOK, v.confirmView(v.enrolled()))
}

// enrolled returns the factors with which the user can prove the identity; none where the
// password is asked for.
func (v *visit) enrolled() []string {
	listed, ok := v.factorList()
	if !ok {
		return nil
	}
	for _, one := range listed.Factors {
		if one.isActive() {
			return formFactors
		}
	}
	return nil
}

func (v *visit) confirmView(factors []string) *View {
	view := v.view("confirm", "confirm.title")
	if len(factors) == 0 {
		view.Form = v.form("/confirm", "confirm.submit", v.password("password", "current-password"), v.nextField())
		view.Form.focus()
		return view
	}
	chosen := v.chosen(factors)
	view.Data = stepData{v.otherFactors("/confirm", factors, chosen)}
	view.Form = v.form("/confirm", "confirm.submit", v.factorField(chosen), hidden("factor", chosen), v.nextField())
	return view
}

func (v *visit) takeConfirm() {
	if !v.known() {
		return
	}
	body := map[string]any{"password": v.posted("password")}
	factors := v.enrolled()
	if factor := v.posted("factor"); factor != "" {
		body = map[string]any{"factor": factor, "code": strings.TrimSpace(v.posted("code"))}
		if factors == nil {
			factors = formFactors
		}
	}
	a := v.call(opReauthenticate, nil, body)
	if a.ok() {
		v.goOn(v.next())
		return
	}
	if d := a.detail(); d.code == "LOGIN_FACTOR_REQUIRED" {
		view := v.confirmView(d.factors)
		v.render(http.StatusOK, view)
		return
	}
	v.reject(a, v.confirmView(factors), nil, map[string]string{"LOGIN_BAD_FACTOR": "code", "LOGIN_BAD_CREDENTIALS": "password"})
}
