package apikeys

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/routes"
)

// Admin returns the routes with which superusers see and end the API keys of users, to
// attach to a path with the parameter :id, usually /users/:id: GET and DELETE /api-keys,
// and DELETE /api-keys/:key. Of the options it takes [ginauth.Verified].
func (k *APIKeys) Admin(options ...ginauth.GroupOption) routes.Group {
	chosen := ginauth.Options(options...)
	see := routes.Demands{User: true, Active: true, Verified: chosen.Verified, Superuser: true}
	change := see
	change.Fresh = k.config.Fresh
	a := admin{k, see, change}
	operation := routes.Operation{Answers: []routes.Answer{notThere}}
	return k.routes.Group("user_api_keys",
		k.routes.Handled(routes.Route{
			Method: http.MethodGet, Path: "/api-keys", Operation: "list", Guard: see, Doc: listDoc("List a user's API keys"),
		}, operation, a.list),
		k.routes.Handled(routes.Route{
			Method: http.MethodDelete, Path: "/api-keys/:key", Operation: "remove", Event: EventAPIKeyRemoved, Guard: change,
			Doc: k.removeDoc("Remove a user's API key"),
		}, operation, a.remove),
		k.routes.Handled(routes.Route{
			Method: http.MethodDelete, Path: "/api-keys", Operation: "end_all", Event: EventAPIKeysEnded, Guard: change,
			Doc: k.endDoc("End all of a user's API keys"),
		}, operation, a.end))
}

// admin is the routes of superusers over any user.
type admin struct {
	*APIKeys
	see, change routes.Demands
}

// list is GET /api-keys.
func (a admin) list(c *gin.Context) error {
	u, err := a.routes.Target(c, a.see)
	if err != nil {
		return err
	}
	return a.show(c, u)
}

// remove is DELETE /api-keys/:key.
func (a admin) remove(c *gin.Context) error {
	u, err := a.routes.Target(c, a.change)
	if err != nil {
		return err
	}
	return a.removeKey(c, u)
}

// end is DELETE /api-keys.
func (a admin) end(c *gin.Context) error {
	u, err := a.routes.Target(c, a.change)
	if err != nil {
		return err
	}
	return a.endKeys(c, u)
}
