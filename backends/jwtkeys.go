package backends

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/internal/strictjwt"
	"github.com/ginauth/ginauth/user/secrets"
)

// minRSABits is the least length of an RSA key (RFC 7518, section 3.3).
const minRSABits = 2048

// JWTKey is one key of a [JWT] strategy, bound to one algorithm.
type JWTKey struct {
	// ID is the key's name in tokens, the "kid". It may be empty where there is
	// only one key.
	ID string
	// Algorithm is HS256, HS384, HS512, RS256, PS256, ES256 or EdDSA (Ed25519).
	// Defaults to HS256.
	Algorithm string
	// Secret is the key of HS256, HS384 and HS512, at least 32 random bytes.
	Secret secrets.Secret
	// Private signs with the other algorithms. It may live in a key service. It
	// makes one signature during the set-up, so that a wrong key is found there.
	Private crypto.Signer
	// Public verifies with the other algorithms: an *rsa.PublicKey of at least
	// 2048 bits, an *ecdsa.PublicKey on P-256 or an ed25519.PublicKey. Defaults
	// to that of Private; without Private the key only verifies.
	Public crypto.PublicKey
}

// complete checks the key and binds it to its algorithm.
func (k JWTKey) complete() (strictjwt.Key, error) {
	var none strictjwt.Key
	method, symmetric := k.method()
	if method == nil {
		return none, fmt.Errorf("Algorithm is %q, want HS256, HS384, HS512, RS256, PS256, ES256 or EdDSA", k.Algorithm)
	}
	if !utf8.ValidString(k.ID) {
		return none, errors.New("ID is not valid UTF-8")
	}
	if symmetric {
		return k.completeSecret(method)
	}
	return k.completePair(method)
}

func (k JWTKey) method() (method jwt.SigningMethod, symmetric bool) {
	switch k.Algorithm {
	case "", "HS256":
		return jwt.SigningMethodHS256, true
	case "HS384":
		return jwt.SigningMethodHS384, true
	case "HS512":
		return jwt.SigningMethodHS512, true
	case "RS256":
		return jwt.SigningMethodRS256, false
	case "PS256":
		return jwt.SigningMethodPS256, false
	case "ES256":
		return jwt.SigningMethodES256, false
	case "EdDSA":
		return jwt.SigningMethodEdDSA, false
	}
	return nil, false
}

func (k JWTKey) completeSecret(method jwt.SigningMethod) (strictjwt.Key, error) {
	if k.Private != nil || k.Public != nil {
		return strictjwt.Key{}, fmt.Errorf("Private and Public do not fit Algorithm %s", method.Alg())
	}
	if len(k.Secret) < secrets.MinLength {
		return strictjwt.Key{}, fmt.Errorf("Secret has %d bytes, want at least %d", len(k.Secret), secrets.MinLength)
	}
	secret := []byte(k.Secret)
	return strictjwt.NewKey(k.ID, method, secret, secret), nil
}

func (k JWTKey) completePair(method jwt.SigningMethod) (strictjwt.Key, error) {
	var none strictjwt.Key
	if k.Secret != "" {
		return none, fmt.Errorf("Secret does not fit Algorithm %s", method.Alg())
	}
	public, err := k.public()
	if err != nil {
		return none, err
	}
	if err := checkPublic(method, public); err != nil {
		return none, err
	}
	if k.Private == nil {
		return strictjwt.NewKey(k.ID, method, nil, public), nil
	}
	key := strictjwt.NewKey(k.ID, method, k.Private, public)
	if err := probe(key); err != nil {
		return none, err
	}
	return key, nil
}

// public returns the public key, which must be that of Private where both are given.
func (k JWTKey) public() (public crypto.PublicKey, err error) {
	if k.Private == nil {
		if k.Public == nil {
			return nil, errors.New("Private and Public are missing")
		}
		return k.Public, nil
	}
	// An empty ed25519.PrivateKey and a nil pointer panic when they are asked.
	defer func() {
		if recover() != nil {
			public, err = nil, errors.New("Private is empty")
		}
	}()
	public = k.Private.Public()
	own, ok := public.(interface{ Equal(crypto.PublicKey) bool })
	if k.Public != nil && (!ok || !own.Equal(k.Public)) {
		return nil, errors.New("Public is not the public key of Private")
	}
	return public, nil
}

// checkPublic refuses a key whose type or strength does not fit the algorithm.
func checkPublic(method jwt.SigningMethod, public crypto.PublicKey) error {
	misfit := fmt.Errorf("key of type %T does not fit Algorithm %s", public, method.Alg())
	switch method {
	case jwt.SigningMethodES256:
		return checkECDSA(public, misfit)
	case jwt.SigningMethodEdDSA:
		if key, ok := public.(ed25519.PublicKey); !ok || len(key) != ed25519.PublicKeySize {
			return misfit
		}
		return nil
	}
	key, ok := public.(*rsa.PublicKey)
	if !ok || key == nil || key.N == nil {
		return misfit
	}
	if bits := key.N.BitLen(); bits < minRSABits {
		return fmt.Errorf("RSA key has %d bits, want at least %d", bits, minRSABits)
	}
	if key.E < 3 || key.E%2 == 0 {
		return fmt.Errorf("RSA key has the exponent %d", key.E)
	}
	return nil
}

func checkECDSA(public crypto.PublicKey, misfit error) error {
	key, ok := public.(*ecdsa.PublicKey)
	if !ok || key == nil {
		return misfit
	}
	if key.Curve != elliptic.P256() {
		return errors.New("ECDSA key is not on P-256")
	}
	if !onCurve(key) {
		return errors.New("ECDSA key is no point of P-256")
	}
	return nil
}

func onCurve(key *ecdsa.PublicKey) (ok bool) {
	// A key without coordinates panics when it is asked.
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	_, err := key.ECDH()
	return err == nil
}

// probe finds a private key that does not sign, or not for its public key.
func probe(key strictjwt.Key) error {
	token, err := strictjwt.SignPayload(key, []byte("{}"))
	if err != nil {
		return fmt.Errorf("Private does not sign: %w", err)
	}
	if _, err := strictjwt.Verify(token, []strictjwt.Key{key}); err != nil {
		return errors.New("Private signs for another public key")
	}
	return nil
}
