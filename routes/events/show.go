package events

import (
	"context"
	"crypto/sha256"
	"maps"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// eventItem is an event as clients see it.
type eventItem struct {
	ID        string            `json:"id"`
	At        time.Time         `json:"at"`
	Kind      user.EventKind    `json:"kind"`
	Outcome   user.Outcome      `json:"outcome"`
	Code      string            `json:"code,omitempty"`
	UserID    user.ID           `json:"user_id,omitempty"`
	ActorID   user.ID           `json:"actor_id,omitempty"`
	Email     string            `json:"email,omitempty"`
	Backend   string            `json:"backend,omitempty"`
	Methods   []user.Method     `json:"methods,omitempty"`
	Session   string            `json:"session,omitempty"`
	IP        string            `json:"ip,omitempty"`
	UserAgent string            `json:"user_agent,omitempty"`
	RequestID string            `json:"request_id,omitempty"`
	Fields    []string          `json:"fields,omitempty"`
	Before    map[string]string `json:"before,omitempty"`
	After     map[string]string `json:"after,omitempty"`
	Note      map[string]string `json:"note,omitempty"`
}

// eventPage is what the routes answer.
type eventPage struct {
	Items []eventItem `json:"items"`
	Next  *string     `json:"next"`
}

func (e *Events) list(c *gin.Context, q audit.Query, filter [sha256.Size]byte, sees sight) error {
	var found []user.Event
	var more bool
	err := records.StoreDo(c.Request.Context(), func(ctx context.Context) (err error) {
		found, more, err = e.config.Log.Events(ctx, q)
		return err
	})
	if err != nil {
		return err
	}
	answer := eventPage{Items: []eventItem{}}
	for _, event := range found {
		view, err := sees(c.Request.Context(), event)
		if err != nil {
			return err
		}
		if view.shown {
			answer.Items = append(answer.Items, view.of(event))
		}
	}
	if more {
		last := found[len(found)-1]
		next := e.cursors.of(audit.Position{At: last.At, ID: last.ID}, filter)
		answer.Next = &next
	}
	return routes.JSON(c, http.StatusOK, answer)
}

// reasonNote is the note of why an administrator has acted.
const reasonNote = "reason"

// of returns an event as clients see it. Where the actor is hidden, what would lead to the
// person who acted is left out.
func (v view) of(e user.Event) eventItem {
	i := eventItem{
		ID: e.ID, At: e.At, Kind: e.Kind, Outcome: e.Outcome, Code: e.Code, UserID: e.User, ActorID: e.Actor, Email: e.Email,
		Backend: e.Backend, Methods: e.Methods, Session: e.Session, IP: e.IP, UserAgent: e.UserAgent, RequestID: e.RequestID,
		Fields: e.Fields, Before: e.Before, After: e.After, Note: e.Note,
	}
	if v.hideReason && len(i.Note) > 0 {
		i.Note = maps.Clone(i.Note)
		delete(i.Note, reasonNote)
	}
	if v.hideActor && e.Actor != "" {
		i.ActorID, i.IP, i.UserAgent, i.RequestID, i.Backend, i.Methods = "", "", "", "", "", nil
	}
	return i
}

func (e *Events) doc(name, summary string, byUser bool) routes.Doc {
	param := func(name, description, fault string, example any) routes.Param {
		return routes.Param{Name: name, Description: description, Fault: fault, Example: example}
	}
	kind := param("kind", "Only events of this kind; may be sent up to 20 times.", kindFault, "login")
	kind.Repeated, kind.Example = true, []string{"login"}
	outcome := param("outcome", "Only events that went so.", outcomeFault, nil)
	outcome.Values = outcomes
	limit := param("limit", "How many events are returned at most.", limitFault, nil)
	limit.Type, limit.Min, limit.Max, limit.Default = "integer", 1, maxLimit, defaultLimit
	params := []routes.Param{
		kind, outcome,
		param("since", "Only events of this time or later, in RFC 3339.", timeFault, "2026-01-02T00:00:00Z"),
		param("until", "Only events before this time, in RFC 3339.", timeFault, "2026-02-02T00:00:00Z"),
		limit,
		param("cursor", "`next` of the page before, with the same filters.", cursorFault, nil),
	}
	sample := e.routes.SampleUser()
	if byUser {
		params = append(params, param("user", "Only events about this user.", userFault, string(sample.ID)))
	}
	if name == "user_events" {
		params = append(params, routes.Param{Name: "id", InPath: true, Description: "The user's id.", Example: string(sample.ID)})
	}
	next := "AAABm3vAAAA"
	return routes.Doc{
		Summary: summary, Description: "Newest first. `next` is the cursor of the page after, null where this is the last.", Params: params,
		Successes: []routes.Success{{Status: http.StatusOK, Description: "A page of events.", Body: eventPage{Items: []eventItem{{
			ID: "019b7c00-0000-7000-8000-000000000001", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Kind: user.EventLogin, Outcome: user.OutcomeOK,
			UserID: sample.ID, ActorID: sample.ID, Backend: "web", Methods: []user.Method{user.MethodPassword}, IP: "203.0.113.7",
		}}, Next: &next}}},
	}
}
