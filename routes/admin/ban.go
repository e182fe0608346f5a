package admin

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

const (
	reasonField = "reason"
	untilField  = "until"
)

func (r room) banRoute() routes.Route {
	return routes.Route{Method: http.MethodPost, Path: "/:id/ban", Operation: "ban", Event: user.EventBanned, Guard: r.bans, Doc: routes.Doc{
		Summary:     "Ban a user",
		Description: "All tokens of the user end, and logins are refused until then, or for good. It replaces a ban that there is.",
		Params:      []routes.Param{r.routes.IDParam()},
		Body: &routes.Body{Name: "Ban", Fields: []routes.Field{
			{Name: reasonField, Nullable: true, Description: "For administrators; at most 500 characters.", Example: "Sells swords."},
			{Name: untilField, Format: "date-time", Nullable: true, Description: "When the ban ends; null for never."},
		}},
		Successes: r.routes.UserAnswer(http.StatusOK, "The user."),
		Refusals:  []routes.Refused{*routes.ErrForbidden},
	}}
}

// ban is POST /:id/ban.
func (r room) ban(c *gin.Context) error {
	if _, err := r.mayBan(c); err != nil {
		return err
	}
	in, err := r.routes.Input(c)
	if err != nil {
		return err
	}
	ban := user.Ban{Reason: reason(in, in.OptionalText(reasonField)), Until: r.until(in)}
	if err := in.Err(); err != nil {
		return err
	}
	// The body may have been long on its way.
	u, err := r.mayBan(c)
	if err != nil {
		return err
	}
	ban.By = me(c).ID
	after, err := r.routes.Manager().Ban(c.Request.Context(), u, ban)
	if err != nil {
		return err
	}
	return routes.User(c, http.StatusOK, after)
}

// mayBan returns the user of the path, who is not the one who asks.
func (r room) mayBan(c *gin.Context) (*user.User, error) {
	u, err := r.target(c, r.bans)
	if err != nil {
		return nil, err
	}
	if u.ID == me(c).ID {
		return nil, routes.ErrForbidden
	}
	return u, nil
}

// reason checks a reason that was sent.
func reason(in *routes.Input, text string) string {
	text = strings.TrimSpace(text)
	if !(&user.Ban{Reason: text}).ReasonFits() {
		in.Invalid(reasonField, "must have at most 500 characters")
	}
	return text
}

// until returns the end of a ban; the zero time for none.
func (r room) until(in *routes.Input) time.Time {
	if !in.Has(untilField) {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, in.Text(untilField))
	switch at = at.UTC(); { // which may be of another year
	case err != nil:
		in.Invalid(untilField, "must be a time as in RFC 3339")
	case !at.After(r.routes.Now().Add(time.Millisecond)):
		in.Invalid(untilField, "must be in the future")
	case at.Year() > 9999:
		in.Invalid(untilField, "must not be later than the year 9999")
	}
	return at
}

func (r room) unbanRoute() routes.Route {
	return routes.Route{Method: http.MethodDelete, Path: "/:id/ban", Operation: "unban", Event: user.EventUnbanned, Guard: r.bans, Doc: routes.Doc{
		Summary: "Lift a ban", Params: []routes.Param{r.routes.IDParam()}, Successes: r.routes.UserAnswer(http.StatusOK, "The user."),
	}}
}

// unban is DELETE /:id/ban.
func (r room) unban(c *gin.Context) error {
	u, err := r.target(c, r.bans)
	if err != nil {
		return err
	}
	after, err := r.routes.Manager().Unban(c.Request.Context(), u)
	if err != nil {
		return err
	}
	return routes.User(c, http.StatusOK, after)
}
