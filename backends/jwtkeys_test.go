package backends_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user/secrets"
)

// Keys of tests, made once: RSA keys take a while.
var (
	rsaKey   = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	otherRSA = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	weakRSA  = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 1024)) })
	p256Key  = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
	p384Key  = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)) })
	edKey    = sync.OnceValue(func() ed25519.PrivateKey {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return must(key, err)
	})
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// remoteKey is a key that lives elsewhere: it shows nothing but crypto.Signer.
type remoteKey struct {
	signer crypto.Signer
	err    error
}

func (k remoteKey) Public() crypto.PublicKey { return k.signer.Public() }

func (k remoteKey) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	if k.err != nil {
		return nil, k.err
	}
	return k.signer.Sign(random, digest, options)
}

// mismatched claims another public key than the one it signs for.
type mismatched struct{ crypto.Signer }

func (mismatched) Public() crypto.PublicKey { return otherRSA().Public() }

// malformed returns signatures that are none.
type malformed struct {
	crypto.Signer
	signature []byte
}

func (m malformed) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return m.signature, nil
}

// TestJWTAlgorithms verifies each algorithm with another implementation.
func TestJWTAlgorithms(t *testing.T) {
	t.Parallel()
	secret := secrets.Secret(strings.Repeat("s", 64))
	tests := []struct {
		key    backends.JWTKey
		verify any
		header string
	}{
		{backends.JWTKey{Secret: secret}, []byte(secret), `{"alg":"HS256","typ":"JWT"}`},
		{backends.JWTKey{Algorithm: "HS256", Secret: secret}, []byte(secret), `{"alg":"HS256","typ":"JWT"}`},
		{backends.JWTKey{Algorithm: "HS384", Secret: secret}, []byte(secret), `{"alg":"HS384","typ":"JWT"}`},
		{backends.JWTKey{Algorithm: "HS512", Secret: secret, ID: "a"}, []byte(secret), `{"alg":"HS512","kid":"a","typ":"JWT"}`},
		{backends.JWTKey{Algorithm: "RS256", Private: rsaKey()}, rsaKey().Public(), `{"alg":"RS256","typ":"JWT"}`},
		{backends.JWTKey{Algorithm: "PS256", Private: rsaKey(), ID: "b"}, rsaKey().Public(), `{"alg":"PS256","kid":"b","typ":"JWT"}`},
		{backends.JWTKey{Algorithm: "ES256", Private: p256Key(), Public: p256Key().Public()}, p256Key().Public(), `{"alg":"ES256","typ":"JWT"}`},
		{backends.JWTKey{Algorithm: "EdDSA", Private: edKey()}, edKey().Public(), `{"alg":"EdDSA","typ":"JWT"}`},
		{backends.JWTKey{Algorithm: "RS256", Private: remoteKey{signer: rsaKey()}}, rsaKey().Public(), `{"alg":"RS256","typ":"JWT"}`},
		{backends.JWTKey{Algorithm: "PS256", Private: remoteKey{signer: rsaKey()}}, rsaKey().Public(), `{"alg":"PS256","typ":"JWT"}`},
		{backends.JWTKey{Algorithm: "ES256", Private: remoteKey{signer: p256Key()}}, p256Key().Public(), `{"alg":"ES256","typ":"JWT"}`},
		{backends.JWTKey{Algorithm: "EdDSA", Private: remoteKey{signer: edKey()}}, edKey().Public(), `{"alg":"EdDSA","typ":"JWT"}`},
	}
	for _, test := range tests {
		t.Run(test.header, func(t *testing.T) {
			t.Parallel()
			c := newClock(t)
			tokens := c.setUp(t, backends.JWT{Keys: []backends.JWTKey{test.key}})
			for range 20 { // ECDSA signatures differ in length before they are padded
				token := issue(t, tokens, arthur())
				_, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return test.verify, nil }, jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding())
				if err != nil {
					t.Fatalf("another implementation: %v", err)
				}
				if got := segment(t, token, 0); got != test.header {
					t.Errorf("got header %s, want %s", got, test.header)
				}
				assertReads(t, tokens, token, true)
			}
		})
	}
}

func TestJWTKeyMistakes(t *testing.T) {
	t.Parallel()
	secret := secrets.Secret(strings.Repeat("s", 32))
	var noRSA *rsa.PrivateKey
	tests := []struct {
		name string
		keys []backends.JWTKey
		want []string
	}{
		{"short secret", []backends.JWTKey{{Secret: secret[:31]}}, []string{"Keys[0]: Secret has 31 bytes, want at least 32"}},
		{"no secret", []backends.JWTKey{{Algorithm: "HS512"}}, []string{"Keys[0]: Secret has 0 bytes, want at least 32"}},
		{"no algorithm", []backends.JWTKey{{Algorithm: "none", Secret: secret}}, []string{`Keys[0]: Algorithm is "none"`}},
		{"unknown algorithm", []backends.JWTKey{{Algorithm: "ES512", Private: p256Key()}}, []string{`Keys[0]: Algorithm is "ES512"`}},
		{"algorithm in lower case", []backends.JWTKey{{Algorithm: "hs256", Secret: secret}}, []string{`Keys[0]: Algorithm is "hs256"`}},
		{"private key for HMAC", []backends.JWTKey{{Private: rsaKey()}}, []string{"Keys[0]: Private and Public do not fit Algorithm HS256"}},
		{"public key for HMAC", []backends.JWTKey{{Secret: secret, Public: rsaKey().Public()}}, []string{"Keys[0]: Private and Public do not fit Algorithm HS256"}},
		{"secret for RSA", []backends.JWTKey{{Algorithm: "RS256", Private: rsaKey(), Secret: secret}}, []string{"Keys[0]: Secret does not fit Algorithm RS256"}},
		{"no key", []backends.JWTKey{{Algorithm: "RS256"}}, []string{"Keys[0]: Private and Public are missing"}},
		{"ECDSA key for RSA", []backends.JWTKey{{Algorithm: "RS256", Private: p256Key()}}, []string{"Keys[0]: key of type *ecdsa.PublicKey does not fit Algorithm RS256"}},
		{"RSA key for ECDSA", []backends.JWTKey{{Algorithm: "ES256", Private: rsaKey()}}, []string{"Keys[0]: key of type *rsa.PublicKey does not fit Algorithm ES256"}},
		{"RSA key for Ed25519", []backends.JWTKey{{Algorithm: "EdDSA", Private: rsaKey()}}, []string{"Keys[0]: key of type *rsa.PublicKey does not fit Algorithm EdDSA"}},
		{"Ed25519 key for PSS", []backends.JWTKey{{Algorithm: "PS256", Private: edKey()}}, []string{"Keys[0]: key of type ed25519.PublicKey does not fit Algorithm PS256"}},
		{"RSA key by value", []backends.JWTKey{{Algorithm: "RS256", Public: rsaKey().PublicKey}}, []string{"Keys[0]: key of type rsa.PublicKey does not fit Algorithm RS256"}},
		{"short Ed25519 key", []backends.JWTKey{{Algorithm: "EdDSA", Public: ed25519.PublicKey{1}}}, []string{"Keys[0]: key of type ed25519.PublicKey does not fit Algorithm EdDSA"}},
		{"weak RSA key", []backends.JWTKey{{Algorithm: "RS256", Private: weakRSA()}}, []string{"Keys[0]: RSA key has 1024 bits, want at least 2048"}},
		{"weak RSA key for PSS", []backends.JWTKey{{Algorithm: "PS256", Private: weakRSA()}}, []string{"Keys[0]: RSA key has 1024 bits, want at least 2048"}},
		{"empty RSA key", []backends.JWTKey{{Algorithm: "RS256", Public: &rsa.PublicKey{}}}, []string{"Keys[0]: key of type *rsa.PublicKey does not fit Algorithm RS256"}},
		{"RSA key that signs itself", []backends.JWTKey{{ID: "a", Algorithm: "RS256", Private: rsaKey()}, {ID: "b", Algorithm: "RS256", Public: &rsa.PublicKey{N: rsaKey().N, E: 1}}}, []string{"Keys[1]: RSA key has the exponent 1"}},
		{"another curve", []backends.JWTKey{{Algorithm: "ES256", Private: p384Key()}}, []string{"Keys[0]: ECDSA key is not on P-256"}},
		{"no point of the curve", []backends.JWTKey{{Algorithm: "ES256", Private: p256Key()}, {ID: "b", Algorithm: "ES256", Public: &ecdsa.PublicKey{Curve: elliptic.P256()}}}, []string{"Keys[0]: ID is missing", "Keys[1]: ECDSA key is no point of P-256"}},
		{"nil private key", []backends.JWTKey{{Algorithm: "RS256", Private: noRSA}}, []string{"Keys[0]: Private is empty"}},
		{"empty private key", []backends.JWTKey{{Algorithm: "EdDSA", Private: ed25519.PrivateKey{}}}, []string{"Keys[0]: Private is empty"}},
		{"keys of two pairs", []backends.JWTKey{{Algorithm: "RS256", Private: rsaKey(), Public: otherRSA().Public()}}, []string{"Keys[0]: Public is not the public key of Private"}},
		{"private key that lies", []backends.JWTKey{{Algorithm: "RS256", Private: mismatched{rsaKey()}}}, []string{"Keys[0]: Private signs for another public key"}},
		{"private key that fails", []backends.JWTKey{{Algorithm: "RS256", Private: remoteKey{rsaKey(), errors.New("no such key")}}}, []string{"Keys[0]: Private does not sign: no such key"}},
		{"private key that answers nothing", []backends.JWTKey{{Algorithm: "ES256", Private: malformed{Signer: p256Key()}}}, []string{"Keys[0]: Private does not sign"}},
		{"private key that answers zeros", []backends.JWTKey{{Algorithm: "ES256", Private: malformed{p256Key(), []byte{0x30, 6, 2, 1, 0, 2, 1, 0}}}}, []string{"Keys[0]: Private does not sign"}},
		{"ID is no text", []backends.JWTKey{{ID: "\xff", Secret: secret}}, []string{"Keys[0]: ID is not valid UTF-8"}},
		{"first key cannot sign", []backends.JWTKey{{Algorithm: "RS256", Public: rsaKey().Public()}}, []string{"Keys[0]: Private is missing, but the first key signs"}},
		{"several without ID", []backends.JWTKey{{Secret: secret}, {Secret: secret}}, []string{"Keys[0]: ID is missing", "Keys[1]: ID is missing"}},
		{"one ID twice", []backends.JWTKey{{ID: "a", Secret: secret}, {ID: "b", Secret: secret}, {ID: "a", Secret: secret}}, []string{`Keys[2]: ID "a" is that of another key`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assertRefused(t, backends.JWT{Keys: test.keys}, newClock(t).setup(), test.want...)
		})
	}
}

func TestJWTMistakesAtOnce(t *testing.T) {
	t.Parallel()
	setup := newClock(t).setup()
	setup.Tokens = nil
	assertRefused(t, backends.JWT{
		Secret:    "short",
		Keys:      []backends.JWTKey{{Algorithm: "HS257"}},
		Lifetime:  -time.Second,
		Audiences: []string{"camelot", ""},
		Record:    true,
	}, setup,
		`Keys[0]: Algorithm is "HS257"`,
		"Secret has 5 bytes, want at least 32",
		"Lifetime is -1s",
		"Audiences has an empty text",
		"Record is set, but the application's store keeps no tokens")
	assertRefused(t, backends.JWT{Lifetime: time.Millisecond}, newClock(t).setup(), "Lifetime is 1ms, want at least 1s")
}

func TestJWTKeyRotation(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	old := backends.JWTKey{ID: "2025", Secret: formerSecret}
	current := backends.JWTKey{ID: "2026", Algorithm: "ES256", Private: p256Key()}
	verifying := backends.JWTKey{ID: "2026", Algorithm: "ES256", Public: p256Key().Public()}
	before := c.setUp(t, backends.JWT{Keys: []backends.JWTKey{old}})
	during := c.setUp(t, backends.JWT{Keys: []backends.JWTKey{current, old}})
	elsewhere := c.setUp(t, backends.JWT{Keys: []backends.JWTKey{old, verifying}})
	after := c.setUp(t, backends.JWT{Keys: []backends.JWTKey{current}})
	first, second := issue(t, before, arthur()), issue(t, during, arthur())
	if got, want := segment(t, second, 0), `{"alg":"ES256","kid":"2026","typ":"JWT"}`; got != want {
		t.Errorf("got header %s, want %s", got, want)
	}
	for _, test := range []struct {
		name          string
		tokens        backends.Tokens
		first, second bool
	}{{"before", before, true, false}, {"during", during, true, true}, {"elsewhere", elsewhere, true, true}, {"after", after, false, true}} {
		if got := reads(t, test.tokens, first); got != test.first {
			t.Errorf("%s: old token: got found %v, want %v", test.name, got, test.first)
		}
		if got := reads(t, test.tokens, second); got != test.second {
			t.Errorf("%s: new token: got found %v, want %v", test.name, got, test.second)
		}
	}
}

// TestJWTFromSecretToKeys changes from a key without a name to keys with names.
func TestJWTFromSecretToKeys(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	before := c.setUp(t, backends.JWT{Secret: formerSecret})
	named := []backends.JWTKey{{ID: "a", Algorithm: "EdDSA", Private: edKey()}}
	during := c.setUp(t, backends.JWT{Secret: formerSecret, Keys: named})
	first, second := issue(t, before, arthur()), issue(t, during, arthur())
	if got, want := segment(t, second, 0), `{"alg":"EdDSA","kid":"a","typ":"JWT"}`; got != want {
		t.Errorf("got header %s, want %s", got, want)
	}
	assertReads(t, during, first, true)
	assertReads(t, during, second, true)
	assertReads(t, c.setUp(t, backends.JWT{Keys: named}), first, false)
	// The derived key is not good beside a key of one's own.
	assertReads(t, before, issue(t, c.setUp(t, backends.JWT{}), arthur()), false)
}

// TestJWTAlgorithmConfusion signs with the public key as if it were a secret.
func TestJWTAlgorithmConfusion(t *testing.T) {
	t.Parallel()
	tokens := newClock(t).setUp(t, backends.JWT{Keys: []backends.JWTKey{{Algorithm: "RS256", Private: rsaKey()}}})
	claims := `{"sub":"` + arthurID + `","aud":["ginauth:auth"],"exp":1767229200}`
	der := must(x509.MarshalPKIXPublicKey(rsaKey().Public()))
	for _, secret := range [][]byte{der, x509.MarshalPKCS1PublicKey(&rsaKey().PublicKey), rsaKey().N.Bytes()} {
		assertReads(t, tokens, signHS256(t, secret, claims), false)
	}
	// The same key under another algorithm of its own type is another key.
	pss := newClock(t).setUp(t, backends.JWT{Keys: []backends.JWTKey{{Algorithm: "PS256", Private: rsaKey()}}})
	assertReads(t, tokens, issue(t, pss, arthur()), false)
	assertReads(t, pss, issue(t, tokens, arthur()), false)
}
