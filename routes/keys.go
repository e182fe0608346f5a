package routes

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/backends"
)

// PublicKeys returns the group of GET /jwks.json: the public keys (RFC 7517) that verify
// the tokens of a backend, for other services. Panics if no backend of that name
// is configured or its strategy is none that publishes keys.
func (r *Routes) PublicKeys(name string) Group {
	b := r.mustBackend(name)
	publisher, ok := b.Tokens.(backends.KeyPublisher)
	if !ok {
		panic("ginauth: backend " + b.Name + " issues no tokens that others could verify")
	}
	route := Route{Method: http.MethodGet, Path: "/jwks.json", Operation: "public_keys", Backend: b.Name, Doc: Doc{
		Summary:   "Public keys",
		Local:     true,
		Successes: []Success{{Status: http.StatusOK, Description: "A JSON Web Key Set (RFC 7517).", Body: keySet{Keys: []map[string]any{}}}},
	}}
	return r.Group("keys", r.Handled(route, noOperation, func(c *gin.Context) error {
		return raw(c, http.StatusOK, publisher.JWKS())
	}))
}

// keySet is a JSON Web Key Set, for [Doc].
type keySet struct {
	Keys []map[string]any `json:"keys"`
}
