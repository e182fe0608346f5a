package routes

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

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
		Successes: []Success{{Status: http.StatusOK, Description: "A JSON Web Key Set (RFC 7517).", Body: published(publisher)}},
	}}
	return r.Group("keys", r.Handled(route, noOperation, func(c *gin.Context) error {
		return raw(c, http.StatusOK, publisher.JWKS())
	}))
}

// keySet is a JSON Web Key Set, for [Doc].
type keySet struct {
	Keys []publicKey `json:"keys"`
}

// publicKey is a public key (RFC 7518, section 6, and RFC 8037, section 2).
type publicKey struct {
	Type      string `json:"kty"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid,omitempty"`
	Modulus   string `json:"n,omitempty"`
	Exponent  string `json:"e,omitempty"`
	Curve     string `json:"crv,omitempty"`
	X         string `json:"x,omitempty"`
	Y         string `json:"y,omitempty"`
}

// published returns what the publisher publishes.
func published(publisher backends.KeyPublisher) keySet {
	set := keySet{Keys: []publicKey{}}
	if err := json.Unmarshal(publisher.JWKS(), &set); err != nil {
		return keySet{Keys: []publicKey{}} // a set of another kind, which cannot be shown
	}
	return set
}
