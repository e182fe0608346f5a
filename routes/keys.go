package routes

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/internal/jwk"
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
		Successes: []Success{{Status: http.StatusOK, Description: "A JSON Web Key Set (RFC 7517).", Body: published(publisher)}},
	}}
	return r.Group("keys", r.Handled(route, noOperation, func(c *gin.Context) error {
		return raw(c, http.StatusOK, publisher.JWKS())
	}))
}

// published returns what the publisher publishes, for [Doc].
func published(publisher backends.KeyPublisher) jwk.KeySet {
	set := jwk.KeySet{Keys: []jwk.PublicKey{}}
	if err := json.Unmarshal(publisher.JWKS(), &set); err != nil {
		return jwk.KeySet{Keys: []jwk.PublicKey{}} // a set of another kind, which cannot be shown
	}
	return set
}
