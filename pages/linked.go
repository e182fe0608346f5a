package pages

import (
	"net/http"
	"net/url"
	"time"
)

// linked is an account at a provider.
type linked struct {
	ID           string    `json:"id"`
	Provider     string    `json:"provider"`
	AccountEmail string    `json:"account_email"`
	CreatedAt    time.Time `json:"created_at"`
	Title        string    `json:"-"`
}

// linkedData is the Data of the template linked.
type linkedData struct {
	Accounts []linked
	// Providers are those where an account can be linked.
	Providers []Choice
}

// showLinked also is where linking ends.
func (v *visit) showLinked() {
	if v.known() {
		v.renderLinked(http.StatusOK, v.c.Query("error"))
	}
}

func (v *visit) renderLinked(status int, code string) {
	a := v.call(opAccounts, nil, nil)
	if v.failed(a) {
		return
	}
	view := v.section("linked", "linked.title", "/linked")
	var data linkedData
	if err := a.into(&data.Accounts); err != nil {
		v.failed(answer{status: http.StatusInternalServerError})
		return
	}
	for i := range data.Accounts {
		data.Accounts[i].Title = v.providerTitle(data.Accounts[i].Provider)
	}
	for _, p := range v.offers.links {
		data.Providers = append(data.Providers, Choice{v.text.say("linked.add", v.providerTitle(p.name)), v.link("/linked/add/" + url.PathEscape(p.name)), false})
	}
	if code != "" {
		view.Error = v.linkMessage(code)
	}
	view.Data = data
	v.render(status, view)
}

func (v *visit) linkMessage(code string) string {
	if text, ok := v.text.find("link_code." + code); ok {
		return text
	}
	return v.text.say("link_code.other")
}

// showLink begins to link an account.
func (v *visit) showLink() {
	p, ok := find(v.offers.links, v.c.Param("name"))
	if !ok {
		v.refuse(http.StatusNotFound, "NOT_FOUND")
		return
	}
	if !v.isOwn() {
		v.seeOther("/linked")
		return
	}
	if v.owns() {
		v.begin(p, "/linked")
	}
}

// takeLinked unlinks an account. One that is gone is unlinked.
func (v *visit) takeLinked() {
	if !v.known() {
		return
	}
	a := v.call(opUnlink, map[string]string{"account": v.posted("account")}, nil)
	if code := a.detail().code; a.status == http.StatusBadRequest && code != "" {
		v.renderLinked(a.status, code)
		return
	}
	if a.status != http.StatusNotFound && v.failed(a) {
		return
	}
	v.seeOther("/linked", "notice", "unlinked")
}
