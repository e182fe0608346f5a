package apikeys

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes"
	"github.com/ginauth/ginauth/user"
)

const (
	nameField    = "name"
	scopesField  = "scopes"
	expiresField = "expires_at"
)

var (
	errLimit = &routes.Refused{Status: http.StatusBadRequest, Detail: "API_KEY_LIMIT"}
	notThere = routes.Answer{Err: user.ErrNotFound, Refused: *routes.ErrNotFound}
	// gone says that the user who asks is not there any more.
	gone = routes.Answer{Err: user.ErrNotFound, Refused: *routes.ErrUnauthorized}
)

// Own returns the routes with which users manage their API keys, usually attached to
// /users/me: GET, POST and DELETE /api-keys, and PATCH and DELETE /api-keys/:key. No key
// opens them. Of the options it takes [ginauth.Verified].
func (k *APIKeys) Own(options ...ginauth.GroupOption) routes.Group {
	chosen := ginauth.Options(options...)
	see := routes.Demands{User: true, Active: true, Verified: chosen.Verified}
	change := see
	change.Fresh = k.config.Fresh
	o := own{k, see, change}
	handled := func(route routes.Route, absent routes.Answer, h routes.Handler) routes.Route {
		return k.routes.Handled(route, routes.Operation{Answers: []routes.Answer{absent}}, h)
	}
	list := routes.Route{Method: http.MethodGet, Path: "/api-keys", Operation: "list", Guard: see, Doc: listDoc("List one's own API keys")}
	list.Doc.Refusals = []routes.Refused{*routes.ErrImpersonated}
	return k.routes.Group("api_keys",
		handled(list, gone, o.list),
		handled(o.createRoute(), gone, o.create),
		handled(o.renameRoute(), notThere, o.rename),
		handled(routes.Route{
			Method: http.MethodDelete, Path: "/api-keys/:key", Operation: "remove", Event: EventAPIKeyRemoved, Guard: change, Doc: k.removeDoc("Remove an API key"),
		}, notThere, o.remove),
		handled(routes.Route{
			Method: http.MethodDelete, Path: "/api-keys", Operation: "end_all", Event: EventAPIKeysEnded, Guard: change, Doc: k.endDoc("End all of one's own API keys"),
		}, gone, o.end))
}

// own is the routes of the user who is logged in.
type own struct {
	*APIKeys
	see, change routes.Demands
}

// who admits a request that changes keys, and returns its user.
func (o own) who(c *gin.Context) (*user.User, error) {
	err := o.routes.Admit(c, o.change)
	return routes.ResultFrom(c).User, err
}

// list is GET /api-keys. What a superuser who acts in the user's name may see of other
// things, keys are the user's own.
func (o own) list(c *gin.Context) error {
	if err := o.routes.Admit(c, o.see); err != nil {
		return err
	}
	if routes.ResultFrom(c).Login().Actor != "" {
		return routes.ErrImpersonated
	}
	return o.show(c, routes.ResultFrom(c).User)
}

func (o own) renameRoute() routes.Route {
	return routes.Route{Method: http.MethodPatch, Path: "/api-keys/:key", Operation: "rename", Guard: o.change, Doc: routes.Doc{
		Summary: "Rename an API key",
		Params:  []routes.Param{keyParam},
		Body: &routes.Body{Name: "RenameAPIKeyRequest", Fields: []routes.Field{
			{Name: nameField, Required: true, Example: "Warehouse", Description: "1 to 64 characters."},
		}},
		Successes: []routes.Success{{Status: http.StatusOK, Description: "The key, without its secret.", Body: sample()}},
	}}
}

// rename is PATCH /api-keys/:key.
func (o own) rename(c *gin.Context) error {
	u, err := o.who(c)
	if err != nil {
		return err
	}
	in, err := o.routes.Input(c)
	if err != nil {
		return err
	}
	name := mustName(in)
	if err := in.Err(); err != nil {
		return err
	}
	renamed, err := o.renamed(c.Request.Context(), u, c.Param("key"), name)
	if err != nil {
		return err
	}
	shown, _ := o.listed(u, renamed)
	return routes.JSON(c, http.StatusOK, shown)
}

// mustName returns the name of a key, which must be there.
func mustName(in *routes.Input) string {
	if !in.Has(nameField) {
		in.Missing(nameField)
		return ""
	}
	return in.Name(nameField, "")
}

// remove is DELETE /api-keys/:key.
func (o own) remove(c *gin.Context) error {
	u, err := o.who(c)
	if err != nil {
		return err
	}
	return o.removeKey(c, u)
}

// end is DELETE /api-keys.
func (o own) end(c *gin.Context) error {
	u, err := o.who(c)
	if err != nil {
		return err
	}
	return o.endKeys(c, u)
}

// sample is a key for documents.
func sample() apiKeyItem {
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	return apiKeyItem{"7Q3V9X0A2BCD4EFGHJKMNPQRST", "Warehouse", "gak_AbC12345", []string{"orders:read"}, at, nil, &at}
}
