package admin

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/listing"
)

const (
	defaultLimit = 50
	maxLimit     = 100
)

// The messages of the 422.
const (
	limitFault  = "value is not an integer from 1 to 100"
	flagFault   = "value is not true or false"
	timeFault   = "value is not a time as in RFC 3339"
	sortFault   = "value is not id, created_at, -created_at or email"
	searchFault = "q is sorted by email"
	roleFault   = "unknown role"
	cursorFault = "unknown cursor"
	onceFault   = "value must be sent once"
)

var sorts = []string{string(listing.SortID), string(listing.SortCreated), string(listing.SortNewest), string(listing.SortEmail)}

// listedUser is a user as the list shows it, and userList a page of them, for the
// description of the route.
type listedUser struct {
	*user.User
	CreatedAt *time.Time `json:"created_at"`
	Ban       *shownBan  `json:"ban"`
}

type userList struct {
	Items []listedUser `json:"items"`
	Next  *string      `json:"next"`
}

// MarshalJSON implements [json.Marshaler], in the place of that of the user within.
func (u listedUser) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(u.User)
	if err != nil {
		return nil, err
	}
	return appendShown(text, shown{u.CreatedAt, u.Ban})
}

func (r room) listRoute() routes.Route {
	flag := func(name, description string) routes.Param {
		return routes.Param{Name: name, Type: "boolean", Description: description, Fault: flagFault}
	}
	at, next := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), "eyJzIjoiaWQifQ"
	sample := listedUser{r.routes.SampleUser(), &at, &shownBan{At: &at, Reason: "Sells swords."}}
	params := []routes.Param{
		{Name: "q", Description: "What the users' e-mail addresses begin with. The order is that of the addresses.", Example: "king."},
		flag("is_active", "Active users, or others."), flag("is_verified", "Users with a verified address, or others."),
		flag("is_superuser", "Superusers, or others."), flag("banned", "Users with a ban in force, or others."),
		{Name: "created_after", Description: "Users created at or after this time (RFC 3339).", Fault: timeFault},
		{Name: "created_before", Description: "Users created before this time (RFC 3339).", Fault: timeFault},
		{Name: "sort", Description: "The order.", Values: sorts, Default: "id", Fault: sortFault},
		{Name: "limit", Type: "integer", Min: 1, Max: maxLimit, Default: defaultLimit, Description: "The greatest number of users.", Fault: limitFault},
		{Name: "cursor", Description: "`next` of the page before, with the same filters.", Fault: cursorFault},
	}
	if names := r.routes.Manager().Roles().Names(); len(names) > 0 {
		params = slices.Insert(params, 4, routes.Param{Name: "role", Description: "Users with this role.", Values: names, Fault: roleFault})
	}
	return routes.Route{Method: http.MethodGet, Path: "", Operation: "list", Guard: r.list, Doc: routes.Doc{
		Summary: "Users by filters, page by page",
		Description: "Each user has `created_at` and `ban` besides: null, or `at`, `until`, `reason` and `by`. `next` is the cursor of the next page, null " +
			"on the last one; a page may be short and not the last.",
		Params:    params,
		Successes: []routes.Success{{Status: http.StatusOK, Description: "A page of users.", Body: userList{[]listedUser{sample}, &next}}},
	}}
}

// listUsers is GET of the group's own path.
func (r room) listUsers(c *gin.Context) error {
	if err := r.routes.Admit(c, r.list); err != nil {
		return err
	}
	query, err := r.query(c)
	if err != nil {
		return err
	}
	page, err := listing.Users(c.Request.Context(), r.routes.Manager(), query)
	if err != nil {
		return err
	}
	body := []byte(`{"items":[`)
	for i, u := range page.Users {
		if i > 0 {
			body = append(body, ',')
		}
		if body, err = appendListed(c, body, u); err != nil {
			return err
		}
	}
	body = append(body, `],"next":`...)
	if page.Next == nil {
		body = append(body, "null}"...)
	} else {
		body = strconv.AppendQuote(body, r.cursors.text(query, *page.Next))
		body = append(body, '}')
	}
	c.Data(http.StatusOK, "application/json", body)
	return nil
}

// shown is what only administrators see of a user.
type shown struct {
	CreatedAt *time.Time `json:"created_at"`
	Ban       *shownBan  `json:"ban"`
}

// shownBan is a ban as administrators see it.
type shownBan struct {
	At     *time.Time `json:"at"`
	Until  *time.Time `json:"until"`
	Reason string     `json:"reason"`
	By     *user.ID   `json:"by"`
}

// appendListed appends a user with what only administrators see.
func appendListed(c *gin.Context, dst []byte, u *user.User) ([]byte, error) {
	more := shown{CreatedAt: timeOrNull(u.CreatedAt)}
	if u.Ban != nil {
		more.Ban = &shownBan{At: timeOrNull(u.Ban.At), Until: timeOrNull(u.Ban.Until), Reason: u.Ban.Reason}
		if u.Ban.By != "" {
			more.Ban.By = &u.Ban.By
		}
	}
	return appendShown(routes.AppendUser(c, dst, u), more)
}

// appendShown puts what only administrators see at the end of a user.
func appendShown(dst []byte, more shown) ([]byte, error) {
	text, err := json.Marshal(more, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return dst, err
	}
	dst[len(dst)-1] = ','
	return append(dst, text[1:]...), nil
}

// timeOrNull is how a time is shown that may not be there, or that another program has
// stored with a year that RFC 3339 has no form for: it must not spoil the list.
func timeOrNull(t time.Time) *time.Time {
	if t = t.UTC(); t.IsZero() || t.Year() < 0 || t.Year() > 9999 {
		return nil
	}
	return &t
}

// params reads the parameters of a query, each of which may be sent once.
type params struct {
	c      *gin.Context
	faults []routes.QueryFault
}

func (p *params) fault(name, message string) {
	p.faults = append(p.faults, routes.QueryFault{Name: name, Message: message})
}

func (p *params) text(name string) (string, bool) {
	values, given := p.c.GetQueryArray(name)
	if len(values) > 1 {
		p.fault(name, onceFault)
		return "", false
	}
	if !given {
		return "", false
	}
	return values[0], true
}

func (p *params) flag(name string) *bool {
	text, given := p.text(name)
	if !given {
		return nil
	}
	is := text == "true"
	if !is && text != "false" {
		p.fault(name, flagFault)
	}
	return &is
}

func (p *params) time(name string) time.Time {
	text, given := p.text(name)
	if !given {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		p.fault(name, timeFault)
	}
	return at
}

// query reads what is to be listed.
func (r room) query(c *gin.Context) (listing.Query, error) {
	p := params{c: c}
	query := listing.Query{Limit: defaultLimit, Sort: listing.SortID, Now: r.routes.Now()}
	search, searches := p.text("q")
	query.EmailPrefix = email.KeyPrefix(search)
	query.IsActive, query.IsVerified, query.IsSuperuser = p.flag("is_active"), p.flag("is_verified"), p.flag("is_superuser")
	if role, given := p.text("role"); given {
		if query.Role = role; !r.routes.Manager().Roles().Declares(role) {
			p.fault("role", roleFault)
		}
	}
	query.Banned = p.flag("banned")
	query.CreatedAfter, query.CreatedBefore = p.time("created_after"), p.time("created_before")
	sort, sorted := p.text("sort")
	switch {
	case sorted && !slices.Contains(sorts, sort):
		p.fault("sort", sortFault)
	case sorted && searches && sort != string(listing.SortEmail):
		p.fault("sort", searchFault)
	case sorted:
		query.Sort = listing.Sort(sort)
	case searches:
		query.Sort = listing.SortEmail
	}
	if text, given := p.text("limit"); given {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 1 || limit > maxLimit {
			p.fault("limit", limitFault)
		}
		query.Limit = limit
	}
	if cursor, given := p.text("cursor"); given {
		after, ok := r.cursors.read(query, cursor)
		if !ok {
			p.fault("cursor", cursorFault)
		}
		query.After = after
	}
	return query, routes.InvalidQueries(p.faults...)
}
