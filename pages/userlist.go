package pages

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/ginauth/ginauth/routes"
)

// member is a user as administrators see one.
type member struct {
	account
	// CreatedAt and Ban are there if the list of package admin is.
	CreatedAt *time.Time `json:"created_at"`
	Ban       *ban       `json:"ban"`
	// Href is the page of the user.
	Href string `json:"-"`
	// Banned says that a ban is in force.
	Banned bool `json:"-"`
	// Username is the user's name; empty for none.
	Username string `json:"-"`
}

// ban is a ban of a user.
type ban struct {
	At     *time.Time `json:"at"`
	Until  *time.Time `json:"until"`
	Reason string     `json:"reason"`
}

// membersData is the Data of the template staff-users.
type membersData struct {
	Users []member
	// Search is what addresses begin with, Filters are the other choices of the form, and
	// Filtered says that one of them is made.
	Search   *Field
	Filters  []*Field
	Filtered bool
	// First and Next lead to the first and the next page; empty for none.
	First, Next string
	// Create leads to the page for a new user; empty for none.
	Create string
	// Names says that users have names, Roles that they have roles, Since that it is known
	// since when they are there.
	Names, Roles, Since bool
}

const (
	searchParam = "q"
	sortParam   = "sort"
	roleParam   = "role"
	newestFirst = "-created_at"
	// whoParam is the address of a user whom administrators find in the list alone: the
	// route of one user is for superusers.
	whoParam = "email"
	pageSize = "25"
)

// filters are the parameters of the list that the form has, in their order.
var filters = []string{"is_active", "is_verified", "is_superuser", "banned", roleParam, sortParam}

func (v *visit) showMembers() {
	if !v.known() {
		return
	}
	list := v.offers.routes[opList]
	asked, query := v.asked(list)
	a := v.request(list, nil, query, nil)
	d := a.detail()
	if query.Has(cursorParam) && slices.ContainsFunc(d.items, func(i item) bool { return i.field() == cursorParam }) {
		v.redirect(v.link(staffPath) + "?" + asked.Encode()) // a link of long ago
		return
	}
	view := v.staffView("staff-users", "users.title", staffPath)
	data := v.searchForm(list, asked)
	if a.status == http.StatusUnprocessableEntity {
		v.rejectSearch(&data, d.items)
		view.Data = data
		v.render(a.status, v.marked(view))
		return
	}
	if v.failed(a) {
		return
	}
	next, ok := v.members(a, &data)
	if !ok {
		v.failed(answer{status: http.StatusInternalServerError})
		return
	}
	if next != "" {
		more := maps.Clone(asked)
		more.Set(cursorParam, next)
		data.Next = v.link(staffPath) + "?" + more.Encode()
	}
	if query.Has(cursorParam) {
		data.First = v.link(staffPath) + "?" + asked.Encode()
	}
	if v.may(opCreateUser) {
		data.Create = v.link(createPath)
	}
	view.Data = data
	v.render(http.StatusOK, view)
}

// asked returns what the form has asked for, and that as the query of the list.
func (v *visit) asked(list offer) (asked, query url.Values) {
	asked = url.Values{}
	for _, name := range append([]string{searchParam}, filters...) {
		if _, known := list.takes(name); known && v.c.Query(name) != "" {
			asked.Set(name, v.c.Query(name))
		}
	}
	query = maps.Clone(asked)
	query.Set("limit", pageSize)
	if cursor := v.c.Query(cursorParam); cursor != "" {
		query.Set(cursorParam, cursor)
	}
	// Newest first is what people look for, but the indexes of the filters have an order of
	// their own.
	if sort, ok := list.takes(sortParam); ok && len(asked) == 0 && slices.Contains(sort.Values, newestFirst) {
		query.Set(sortParam, newestFirst)
	}
	return asked, query
}

// searchForm returns the form over the list, with what was asked for.
func (v *visit) searchForm(list offer, asked url.Values) membersData {
	search := v.field(searchParam, "search")
	search.Label, search.Value, search.Autocomplete = v.text.say("users.search"), asked.Get(searchParam), "off"
	data := membersData{Search: search}
	for _, name := range filters {
		param, ok := list.takes(name)
		if !ok {
			continue
		}
		data.Filtered = data.Filtered || asked.Has(name)
		data.Filters = append(data.Filters, v.filter(name, param, asked.Get(name)))
	}
	_, data.Since = list.takes(sortParam)
	data.Names = v.routes.Manager().Policy().Usernames != nil
	data.Roles = len(v.routes.Manager().Roles().Names()) > 0
	return data
}

// filter is the choice of a parameter of the list.
func (v *visit) filter(name string, param routes.Param, chosen string) *Field {
	f := v.field(name, "select")
	f.Label, f.Value = v.text.say("filter."+name), chosen
	values, empty := param.Values, "filter.any"
	switch {
	case param.Type == "boolean":
		values = []string{"true", "false"}
	case name == sortParam:
		values, empty = slices.DeleteFunc(slices.Clone(values), func(value string) bool { return value == "id" }), "filter.sort.any"
	}
	f.Options = []Option{{"", v.text.say(empty), chosen == ""}}
	for _, value := range values {
		label, ok := v.text.find("filter." + name + "." + value)
		if name == roleParam || !ok {
			label = v.text.role(value)
		}
		f.Options = append(f.Options, Option{value, label, value == chosen})
	}
	return f
}

// rejectSearch says what is wrong with what was asked for.
func (v *visit) rejectSearch(data *membersData, items []item) {
	for _, one := range items {
		for _, f := range append([]*Field{data.Search}, data.Filters...) {
			if f.Name != one.field() {
				continue
			}
			f.Error, data.Filtered = v.text.say("invalid.other"), true
			if f.Name == sortParam && data.Search.Value != "" {
				f.Error = v.text.say("filter.sort.wrong")
			}
		}
	}
}

// members reads a page of the list, and returns the cursor of the next one.
func (v *visit) members(a answer, data *membersData) (next string, ok bool) {
	var page struct {
		Items []member `json:"items"`
		Next  string   `json:"next"`
	}
	if a.into(&page) != nil {
		return "", false
	}
	for i := range page.Items {
		v.complete(&page.Items[i])
	}
	data.Users = page.Items
	return page.Next, true
}

// complete fills in what a user's JSON form does not have.
func (v *visit) complete(m *member) {
	m.Username, _ = m.fields[usernameField].(string)
	m.Banned = m.Ban != nil && (m.Ban.Until == nil || m.Ban.Until.After(v.routes.Now()))
	m.Href = v.memberLink(m, "")
}

// memberLink returns the link to a page of a user.
func (v *visit) memberLink(m *member, page string) string {
	link := v.link(staffPath) + "/users/" + url.PathEscape(m.ID) + page
	if !v.may(opUser) {
		link = withQuery(link, whoParam, m.Email)
	}
	return link
}

// role names a role: by the text "role.<name>", or as it is.
func (l *lingua) role(name string) string {
	if text, ok := l.find("role." + name); ok {
		return text
	}
	return name
}

// Role names a role.
func (v *View) Role(name string) string { return v.text.role(name) }

// About is a user for a template that is called, with the texts of its page.
type About struct {
	*View
	User member
}

// About returns what a template is called with that is about one of several users.
func (v *View) About(m member) About { return About{v, m} }
