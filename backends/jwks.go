package backends

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/ginauth/ginauth/internal/jwk"
	"github.com/ginauth/ginauth/internal/strictjwt"
)

// KeyPublisher is a [Tokens] whose tokens others can verify. [JWT] is one.
type KeyPublisher interface {
	// JWKS returns the public keys as a JSON Web Key Set (RFC 7517, section 5).
	// Secrets are never in it: without public keys the set is empty. It must not
	// be changed.
	JWKS() []byte
}

func publicKeySet(keys []strictjwt.Key) ([]byte, error) {
	set := jwk.KeySet{Keys: []jwk.PublicKey{}}
	for _, key := range keys {
		public, ok, err := publicKey(key)
		if err != nil {
			return nil, err
		}
		if ok {
			set.Keys = append(set.Keys, public)
		}
	}
	return json.Marshal(set)
}

// publicKey names every type it publishes, so that no other is ever published.
func publicKey(key strictjwt.Key) (published jwk.PublicKey, ok bool, err error) {
	published = jwk.PublicKey{Use: "sig", Algorithm: key.Method.Alg(), ID: key.ID}
	encode := base64.RawURLEncoding.EncodeToString
	switch public := key.Verify.(type) {
	case *rsa.PublicKey:
		published.Type = "RSA"
		published.Modulus = encode(public.N.Bytes())
		published.Exponent = encode(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := public.Bytes() // 4, then both coordinates in full length
		if err != nil {
			return jwk.PublicKey{}, false, fmt.Errorf("publish key: %w", err)
		}
		half := 1 + (len(point)-1)/2
		published.Type, published.Curve = "EC", public.Curve.Params().Name
		published.X, published.Y = encode(point[1:half]), encode(point[half:])
	case ed25519.PublicKey:
		published.Type, published.Curve = "OKP", "Ed25519"
		published.X = encode(public)
	default:
		return jwk.PublicKey{}, false, nil
	}
	return published, true, nil
}
