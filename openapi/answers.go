package openapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes"
)

// answers are all that a route may answer, by status.
type answers map[int]*answer

// answer is what a route may answer with one status.
type answer struct {
	success      *routes.Success
	refusals     []refusal
	invalid      []routes.Sample // the 422
	passwordCode string
	factors      []string // those that LOGIN_FACTOR_REQUIRED may name
}

// refusal is the detail of an error, and when it is given.
type refusal struct{ name, detail, when string }

// Statuses returns every status that a route of an attached group may answer, in
// ascending order; nil if it is none of theirs. path is Gin's, as in
// gin.Context.FullPath, or that of the document. A hook that refuses with a status
// of its own may add to them.
func Statuses(auth *ginauth.Auth, method, path string) []int {
	r := auth.Routes()
	for _, group := range r.Attached() {
		for _, route := range group.Routes {
			if route.Method == method && pathOf(group.Prefix, route.Path) == pathOf(path, "") {
				return slices.Sorted(maps.Keys(answersOf(r, route)))
			}
		}
	}
	return nil
}

func answersOf(r *routes.Routes, route routes.Route) answers {
	all := answers{}
	for i := range route.Doc.Successes {
		all.at(route.Doc.Successes[i].Status).success = &route.Doc.Successes[i]
	}
	all.ofGuard(r, route)
	all.ofOperation(route)
	if names := r.FactorNames(); route.Doc.AsksFactor && len(names) > 0 {
		all.at(http.StatusBadRequest).factors = names
	}
	all.ofBody(r, route.Doc)
	if route.Doc.Limited && r.Manager().HasLimits() {
		all.refuse(http.StatusTooManyRequests, refusal{"TOO_MANY_REQUESTS", "TOO_MANY_REQUESTS", "There were too many such requests."})
	}
	all.ofMishap(route)
	return all
}

func (all answers) ofMishap(route routes.Route) {
	if route.Doc.Local {
		return
	}
	all.refuse(http.StatusInternalServerError, refusal{"unforeseen", "Internal Server Error", "Something went wrong that nobody foresaw."})
	if !route.Doc.Redirects || route.Guard.User {
		all.refuse(http.StatusServiceUnavailable, refusal{"unavailable", "Service Unavailable", "A store does not answer, or too much is going on."})
	}
}

func (all answers) at(status int) *answer {
	if all[status] == nil {
		all[status] = &answer{}
	}
	return all[status]
}

// refuse adds a refusal. The same detail for another reason is one refusal for both.
func (all answers) refuse(status int, r refusal) {
	a := all.at(status)
	for i := range a.refusals {
		if there := &a.refusals[i]; there.detail == r.detail {
			if r.when != "" && !strings.Contains(there.when, r.when) {
				there.when = strings.TrimSpace(there.when + " " + r.when)
			}
			return
		}
	}
	a.refusals = append(a.refusals, r)
}

func (all answers) ofGuard(r *routes.Routes, route routes.Route) {
	guard := route.Guard
	if guard.User && !guard.Optional {
		all.refuse(http.StatusUnauthorized, unauthorized)
	}
	if guard.Verified && !guard.Optional {
		all.refuse(http.StatusForbidden, refusal{"forbidden", "Forbidden", "The user's address is not verified."})
	}
	if guard.Superuser && !guard.Optional {
		all.refuse(http.StatusForbidden, refusal{"forbidden", "Forbidden", "The user is no superuser."})
	}
	if (len(guard.Roles) > 0 || len(guard.Permissions) > 0) && !guard.Optional {
		all.refuse(http.StatusForbidden, refusal{"forbidden", "Forbidden", "The user lacks a role or permission."})
	}
	all.ofStepUp(r, guard)
	all.ofKeys(r, guard)
	if !isSafe(route.Method) && setsCookies(r) {
		all.refuse(http.StatusForbidden, refusal{"CROSS_ORIGIN_REQUEST", "CROSS_ORIGIN_REQUEST", "A page of another origin sent the request."})
	}
}

// ofStepUp adds the refusals of a valid login that is not of the kind demanded.
func (all answers) ofStepUp(r *routes.Routes, guard routes.Demands) {
	if !guard.User || guard.Optional {
		return
	}
	refuse := func(is bool, code string) {
		if is {
			all.refuse(http.StatusForbidden, known[code])
		}
	}
	refuse(guard.Fresh > 0 || guard.Self, "IMPERSONATED")
	refuse(r.DemandsFactor() && !guard.Enrolment, "FACTOR_ENROLMENT_REQUIRED")
	refuse(guard.Fresh > 0 || guard.MultiFactor || len(guard.Methods) > 0, "FACTOR_REQUIRED")
	refuse(guard.Fresh > 0, "FRESH_LOGIN_REQUIRED")
}

// ofKeys adds the refusals of API keys, where the application has any.
func (all answers) ofKeys(r *routes.Routes, guard routes.Demands) {
	if !guard.User {
		return
	}
	for _, backend := range r.Authenticator().Backends() {
		if backend.HasLogin() || len(guard.Via) > 0 && !slices.Contains(guard.Via, backend.Name) {
			continue
		}
		if !guard.Optional {
			all.refuse(http.StatusForbidden, refusal{"INSUFFICIENT_SCOPE", "INSUFFICIENT_SCOPE", "The API key, or the limited login, has no scope that opens this."})
		}
		if r.Manager().HasLimits() {
			all.refuse(http.StatusTooManyRequests, refusal{"TOO_MANY_REQUESTS", "TOO_MANY_REQUESTS", "There were too many such requests."})
		}
	}
}

func (all answers) ofOperation(route routes.Route) {
	operation := route.Answers()
	if operation.PasswordCode != "" {
		all.at(http.StatusBadRequest).passwordCode = operation.PasswordCode
	}
	for _, a := range operation.Answers {
		_, meaning, _ := strings.Cut(a.Err.Error(), ": ")
		all.refuse(a.Status, refusalOf(a.Refused, sentence(meaning)))
	}
	for _, refused := range route.Doc.Refusals {
		all.refuse(refused.Status, refusalOf(refused, ""))
	}
	if route.Doc.Vetoed {
		all.refuse(http.StatusBadRequest, refusal{"hook", "INVITATION_REQUIRED", "A hook of the application refuses, with a code of its own and possibly another status."})
	}
}

// unauthorized is the refusal of whatever takes a token.
var unauthorized = refusal{"unauthorized", "Unauthorized", "No token, or one that is not good (any more), or of an inactive user."}

// known are the details of which the document says what they mean, or that say no more than
// the status does, wherever a route has them.
var known = map[string]refusal{
	"IMPERSONATED":              {"IMPERSONATED", "IMPERSONATED", "A superuser acts in the user's name."},
	"FACTOR_ENROLMENT_REQUIRED": {"FACTOR_ENROLMENT_REQUIRED", "FACTOR_ENROLMENT_REQUIRED", "The user has to set up a second factor first."},
	"FACTOR_REQUIRED":           {"FACTOR_REQUIRED", "FACTOR_REQUIRED", "The login is without the factor that is demanded."},
	"FRESH_LOGIN_REQUIRED":      {"FRESH_LOGIN_REQUIRED", "FRESH_LOGIN_REQUIRED", "The login is too old."},

	"Unauthorized": unauthorized,
	"Forbidden":    {name: "forbidden", detail: "Forbidden"},
	"Not Found":    {name: "not found", detail: "Not Found", when: "There is nothing of that id."},
	"Bad Request":  {name: "bad request", detail: "Bad Request"},
}

func refusalOf(refused routes.Refused, when string) refusal {
	if one, ok := known[refused.Detail]; ok {
		return one
	}
	return refusal{refused.Detail, refused.Detail, when}
}

func (all answers) ofBody(r *routes.Routes, doc routes.Doc) {
	if doc.Body != nil {
		all.refuse(http.StatusBadRequest, refusal{"undecodable", "There was an error parsing the body", "The body is no UTF-8, or broken off."})
		all.refuse(http.StatusRequestEntityTooLarge, refusal{"too large", "Request body too large", "The body has more than 65,536 bytes."})
	}
	if invalid := doc.Invalid(r.Wire()); len(invalid) > 0 {
		all.at(http.StatusUnprocessableEntity).invalid = invalid
	}
}

func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
