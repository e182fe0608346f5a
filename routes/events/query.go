package events

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

const (
	defaultLimit = 50
	maxLimit     = 100
	maxKinds     = 20
	maxKind      = 64 // bytes

	limitFault   = "value is not an integer from 1 to 100"
	cursorFault  = "unknown cursor"
	kindFault    = "value is not a kind of events"
	kindsFault   = "at most 20 kinds"
	outcomeFault = "value is not one of ok, refused, limited, failed"
	timeFault    = "value is not a time of RFC 3339"
	userFault    = "value is not a user's id"
)

var outcomes = []string{string(user.OutcomeOK), string(user.OutcomeRefused), string(user.OutcomeLimited), string(user.OutcomeFailed)}

// query reads the filters of a request into q, which is bounded to what the request may
// see. filter identifies all but the page.
func (e *Events) query(c *gin.Context, q audit.Query, byUser bool) (_ audit.Query, filter [sha256.Size]byte, err error) {
	if err := readKinds(c, &q); err != nil {
		return q, filter, err
	}
	if text, given := c.GetQuery("outcome"); given {
		if !slices.Contains(outcomes, text) {
			return q, filter, routes.InvalidQuery("outcome", outcomeFault)
		}
		q.Outcome = user.Outcome(text)
	}
	if text, given := c.GetQuery("user"); given && byUser {
		if q.User, err = e.routes.Manager().ParseID(text); err != nil {
			return q, filter, routes.InvalidQuery("user", userFault)
		}
	}
	for _, bound := range []struct {
		name string
		at   *time.Time
	}{{"since", &q.Since}, {"until", &q.Until}} {
		if text, given := c.GetQuery(bound.name); given {
			*bound.at, err = time.Parse(time.RFC3339, text)
			*bound.at = bound.at.UTC() // which may be of another year
			if err != nil || bound.at.Year() < 1970 || bound.at.Year() > 9999 {
				return q, filter, routes.InvalidQuery(bound.name, timeFault)
			}
		}
	}
	q.Limit = defaultLimit
	if text, given := c.GetQuery("limit"); given {
		if q.Limit, err = strconv.Atoi(text); err != nil || q.Limit < 1 || q.Limit > maxLimit {
			return q, filter, routes.InvalidQuery("limit", limitFault)
		}
	}
	filter = hashOf(c.FullPath(), q)
	if text, given := c.GetQuery("cursor"); given {
		var ok bool
		if q.After, ok = e.cursors.read(text, filter); !ok {
			return q, filter, routes.InvalidQuery("cursor", cursorFault)
		}
	}
	return q, filter, nil
}

func readKinds(c *gin.Context, q *audit.Query) error {
	kinds := c.QueryArray("kind")
	if len(kinds) > maxKinds {
		return routes.InvalidQuery("kind", kindsFault)
	}
	for _, kind := range kinds {
		if !isKind(kind) {
			return routes.InvalidQuery("kind", kindFault)
		}
		q.Kinds = append(q.Kinds, user.EventKind(kind))
	}
	return nil
}

// isKind reports whether a text has the form of a kind. Which ones there are, each package
// and application adds to.
func isKind(text string) bool {
	for _, b := range []byte(text) {
		if !('a' <= b && b <= 'z' || '0' <= b && b <= '9' || b == '_') {
			return false
		}
	}
	return text != "" && len(text) <= maxKind
}

// hashOf identifies a list: the route, whom it is about and the filters, not the page.
func hashOf(route string, q audit.Query) [sha256.Size]byte {
	q.Limit, q.After, q.Now = 0, audit.Position{}, time.Time{}
	form, err := json.Marshal(struct {
		Route string
		Query audit.Query
	}{route, q})
	if err != nil {
		panic(err) // texts and times of the years 1970 to 9999 have a form
	}
	return sha256.Sum256(form)
}
