package routes

import (
	"net/http"
	"strings"
	"time"
)

// sessionDocs are the docs of the sessions group by operation; for superusers, of
// the user named in the path.
func (r *Routes) sessionDocs(superuser bool) map[string]Doc {
	whose, others := "one's own", "all sessions and tokens but the one that asks"
	var params []Param
	if superuser {
		whose, others = "a user's", "all the user's sessions and tokens"
		params = []Param{r.idParam()}
	}
	named := Param{
		Name: "session", InPath: true, Example: sampleSession().ID,
		Description: "The session's `id` from the list, a handle that is no secret.",
	}
	notFound := []Refused{*ErrNotFound}
	return map[string]Doc{
		"list": {
			Summary: "List " + whose + " sessions", Description: "Newest first, of each backend not more than a user may have there.", Params: params,
			Successes: []Success{{
				Status: http.StatusOK, Description: "The sessions that give access.",
				Body: []session{sampleSession()}, Headers: r.unlistedHeaders(),
			}},
		},
		"end_all": {
			Summary: "End all " + whose + " sessions", Description: "Ends " + others + ", JWTs included.", Params: params,
			Successes: noContentAnswer("They are ended."),
		},
		"end": {
			Summary: "End one of " + whose + " sessions", Params: append(params[:len(params):len(params)], named),
			Successes: noContentAnswer("It is ended."), Refusals: notFound,
		},
	}
}

// unlistedHeaders tell about the header that there is where some tokens are not recorded.
func (r *Routes) unlistedHeaders() []Header {
	names := r.unlisted()
	if len(names) == 0 {
		return nil
	}
	return []Header{{unlistedHeader, "The backends whose tokens are not recorded, and so not in the list.", strings.Join(names, ",")}}
}

func sampleSession() session {
	created := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	seen, expires := created.Add(90*time.Minute), created.AddDate(0, 0, 7)
	return session{
		ID: "Zk9vYmFyYmF6cXV4Zm9vYmVyYXJ0aHVybWVybGluZ2FsYWhhZHBlcmNpdmFsYm9y", Backend: "web", CreatedAt: created, LastSeenAt: &seen, ExpiresAt: &expires,
		IP: "203.0.113.7", UserAgent: "Mozilla/5.0 (Windows NT 10.0)", Current: true,
	}
}
