// Package jwk has the JSON form of public keys: a backend writes it, and the route that
// publishes a backend's keys describes it.
package jwk

// KeySet is a JSON Web Key Set (RFC 7517, section 5).
type KeySet struct {
	Keys []PublicKey `json:"keys"`
}

// PublicKey is a public key (RFC 7518, section 6, and RFC 8037, section 2).
type PublicKey struct {
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
