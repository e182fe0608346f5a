package strictjwt

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"math/big"

	"github.com/golang-jwt/jwt/v5"
)

// Key is a key bound to its one algorithm. [NewKey] makes it.
type Key struct {
	ID     string // the "kid"; a token without one is only read by keys without one
	Method jwt.SigningMethod
	Sign   any // the secret, or a crypto.Signer; nil for a key that only verifies
	Verify any // the secret, or the public key

	header string
	macs   *macs // nil where the method is no HMAC
}

// NewKey returns a key. sign is a []byte for HMAC and a crypto.Signer otherwise,
// nil for a key that only verifies; verify is what method expects.
func NewKey(id string, method jwt.SigningMethod, sign, verify any) Key {
	key := Key{ID: id, Method: method, Sign: sign, Verify: verify, header: encodeHeader(method.Alg(), id)}
	if symmetric, ok := method.(*jwt.SigningMethodHMAC); ok {
		if secret, ok := verify.([]byte); ok {
			key.macs = newMACs(symmetric.Hash, secret)
		}
	}
	return key
}

// HS256 returns a key without ID for each secret.
func HS256(secrets ...[]byte) []Key {
	keys := make([]Key, len(secrets))
	for i, secret := range secrets {
		keys[i] = NewKey("", jwt.SigningMethodHS256, secret, secret)
	}
	return keys
}

// verify reports whether signature, in base64url, is that of signed.
func (k *Key) verify(signed, signature string) bool {
	if k.macs != nil {
		return k.macs.verify(signed, signature)
	}
	decoded, err := base64url.DecodeString(signature)
	return err == nil && k.Method.Verify(signed, decoded, k.Verify) == nil
}

// sign asks the key itself rather than golang-jwt, which knows only the key types
// of the standard library and so no key that lives in a key service.
func (k Key) sign(text string) ([]byte, error) {
	signer, ok := k.Sign.(crypto.Signer)
	if !ok {
		return k.Method.Sign(text, k.Sign)
	}
	switch method := k.Method.(type) {
	case *jwt.SigningMethodRSA:
		return signer.Sign(rand.Reader, digest(method.Hash, text), method.Hash)
	case *jwt.SigningMethodRSAPSS:
		options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: method.Hash}
		return signer.Sign(rand.Reader, digest(method.Hash, text), options)
	case *jwt.SigningMethodECDSA:
		signature, err := signer.Sign(rand.Reader, digest(method.Hash, text), method.Hash)
		if err != nil {
			return nil, err
		}
		return fixedLength(signature, method.KeySize)
	}
	return signer.Sign(rand.Reader, []byte(text), crypto.Hash(0)) // Ed25519 hashes itself
}

func digest(hash crypto.Hash, text string) []byte {
	hasher := hash.New()
	hasher.Write([]byte(text))
	return hasher.Sum(nil)
}

// fixedLength turns an ECDSA signature in ASN.1 into the form of RFC 7518, section 3.4.
func fixedLength(signature []byte, size int) ([]byte, error) {
	var numbers struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(signature, &numbers)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 || !fits(numbers.R, size) || !fits(numbers.S, size) {
		return nil, errors.New("strictjwt: key returned a malformed signature")
	}
	fixed := make([]byte, 2*size)
	numbers.R.FillBytes(fixed[:size])
	numbers.S.FillBytes(fixed[size:])
	return fixed, nil
}

func fits(number *big.Int, size int) bool {
	return number.Sign() > 0 && number.BitLen() <= 8*size
}
