package strictjwt_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/internal/strictjwt"
)

func decode(t *testing.T, text string) []byte {
	t.Helper()
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

// point returns the public key with these coordinates on P-256.
func point(t *testing.T, x, y string) *ecdsa.PublicKey {
	t.Helper()
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, decode(t, x), decode(t, y)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestRFCExamples verifies tokens that others made.
func TestRFCExamples(t *testing.T) {
	t.Parallel()
	claims := "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
	hmac := decode(t, "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
	tests := []struct {
		name, token, want string
		key               strictjwt.Key
	}{
		{
			"RFC 7515, A.1",
			"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
			claims,
			strictjwt.HS256(hmac)[0],
		},
		{
			"RFC 7515, A.3",
			"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
			claims,
			strictjwt.NewKey("", jwt.SigningMethodES256, nil, point(t, "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")),
		},
		{
			"RFC 8037, A.4",
			"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
			"Example of Ed25519 signing",
			strictjwt.NewKey("", jwt.SigningMethodEdDSA, nil, ed25519.PublicKey(decode(t, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))),
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			payload, err := strictjwt.Verify(test.token, []strictjwt.Key{test.key})
			if err != nil || string(payload) != test.want {
				t.Errorf("got %q, %v, want %q", payload, err, test.want)
			}
			broken := test.token[:len(test.token)-3] + "AAA"
			if payload, err := strictjwt.Verify(broken, []strictjwt.Key{test.key}); !errors.Is(err, strictjwt.ErrInvalid) {
				t.Errorf("broken: got %q, %v, want ErrInvalid", payload, err)
			}
		})
	}
}

func TestSignedFormIsReadByOthers(t *testing.T) {
	t.Parallel()
	secret := []byte(strings.Repeat("k", 32))
	key := strictjwt.NewKey("2026", jwt.SigningMethodHS256, secret, secret)
	token, err := strictjwt.Sign(key, map[string]string{"sub": "arthur"})
	if err != nil {
		t.Fatalf("Sign: %v", err)
	}
	parsed, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return secret, nil }, jwt.WithValidMethods([]string{"HS256"}))
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	if got := parsed.Header; len(got) != 3 || got["alg"] != "HS256" || got["typ"] != "JWT" || got["kid"] != "2026" {
		t.Errorf("got header %v, want alg HS256, typ JWT, kid 2026", got)
	}
	if subject, err := parsed.Claims.GetSubject(); err != nil || subject != "arthur" {
		t.Errorf("got sub %q, %v, want arthur", subject, err)
	}
}

// TestHeaders signs tokens with the right key under headers of all kinds.
func TestHeaders(t *testing.T) {
	t.Parallel()
	secret := []byte(strings.Repeat("k", 32))
	plain := strictjwt.HS256(secret)
	named := []strictjwt.Key{strictjwt.NewKey("a", jwt.SigningMethodHS256, secret, secret)}
	tests := []struct {
		name, header string
		keys         []strictjwt.Key
		good         bool
	}{
		{"as issued", `{"alg":"HS256","typ":"JWT"}`, plain, true},
		{"other order", `{"typ":"JWT","alg":"HS256"}`, plain, true},
		{"no typ", `{"alg":"HS256"}`, plain, true},
		{"typ in lower case", `{"alg":"HS256","typ":"jwt"}`, plain, true},
		{"named, as issued", `{"alg":"HS256","kid":"a","typ":"JWT"}`, named, true},
		{"named, other order", `{"typ":"JWT","kid":"a","alg":"HS256"}`, named, true},
		{"no kid where keys have names", `{"alg":"HS256","typ":"JWT"}`, named, false},
		{"unknown kid", `{"alg":"HS256","kid":"b","typ":"JWT"}`, named, false},
		{"kid in another case", `{"alg":"HS256","kid":"A","typ":"JWT"}`, named, false},
		{"kid where keys have no names", `{"alg":"HS256","kid":"a","typ":"JWT"}`, plain, false},
		{"empty kid", `{"alg":"HS256","kid":"","typ":"JWT"}`, plain, false},
		{"kid is a number", `{"alg":"HS256","kid":1}`, plain, false},
		{"kid is null", `{"alg":"HS256","kid":null}`, plain, false},
		{"alg none", `{"alg":"none","typ":"JWT"}`, plain, false},
		{"another alg", `{"alg":"HS512","typ":"JWT"}`, plain, false},
		{"alg in lower case", `{"alg":"hs256","typ":"JWT"}`, plain, false},
		{"no alg", `{"typ":"JWT"}`, plain, false},
		{"alg is a list", `{"alg":["HS256"]}`, plain, false},
		{"another typ", `{"alg":"HS256","typ":"at+jwt"}`, plain, false},
		{"crit", `{"alg":"HS256","typ":"JWT","crit":["exp"],"exp":1}`, plain, false},
		{"empty crit", `{"alg":"HS256","crit":[]}`, plain, false},
		{"b64", `{"alg":"HS256","b64":false}`, plain, false},
		{"jwk", `{"alg":"HS256","jwk":{"kty":"oct","k":"AA"}}`, plain, false},
		{"jku", `{"alg":"HS256","jku":"https://morgan.test/keys"}`, plain, false},
		{"x5u", `{"alg":"HS256","x5u":"https://morgan.test/keys"}`, plain, false},
		{"zip", `{"alg":"HS256","zip":"DEF"}`, plain, false},
		{"anything else", `{"alg":"HS256","x":"y"}`, plain, false},
		{"alg twice", `{"alg":"none","alg":"HS256"}`, plain, false},
		{"kid twice", `{"alg":"HS256","kid":"b","kid":"a"}`, named, false},
		{"ALG", `{"alg":"HS256","ALG":"HS256"}`, plain, false},
		{"no object", `"HS256"`, plain, false},
		{"null", `null`, plain, false},
		{"no JSON", `{`, plain, false},
		{"more after it", `{"alg":"HS256"} {}`, plain, false},
		{"empty", ``, plain, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			signed := base64.RawURLEncoding.EncodeToString([]byte(test.header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`{}`))
			signature, err := jwt.SigningMethodHS256.Sign(signed, secret)
			if err != nil {
				t.Fatal(err)
			}
			payload, err := strictjwt.Verify(signed+"."+base64.RawURLEncoding.EncodeToString(signature), test.keys)
			if test.good && (err != nil || string(payload) != "{}") {
				t.Errorf("got %q, %v, want the payload", payload, err)
			}
			if !test.good && !errors.Is(err, strictjwt.ErrInvalid) {
				t.Errorf("got %q, %v, want ErrInvalid", payload, err)
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	keys := strictjwt.HS256([]byte(strings.Repeat("k", 32)))
	good, err := strictjwt.SignPayload(keys[0], []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	long, err := strictjwt.SignPayload(keys[0], []byte(`{"x":"`+strings.Repeat("x", strictjwt.MaxLength)+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"empty":                  "",
		"one segment":            parts[0],
		"two segments":           parts[0] + "." + parts[1],
		"four segments":          good + "." + parts[2],
		"leading dot":            "." + good,
		"no signature":           parts[0] + "." + parts[1] + ".",
		"padding":                good + "=",
		"line break in the end":  good + "\n",
		"line break inside":      parts[0] + "." + parts[1] + ".\r" + parts[2],
		"space":                  good + " ",
		"standard base64":        parts[0] + "." + parts[1] + "." + strings.NewReplacer("-", "+", "_", "/").Replace(parts[2]) + "+",
		"another last character": good[:len(good)-1] + spare(good[len(good)-1]),
		"too long":               long,
	} {
		if payload, err := strictjwt.Verify(token, keys); !errors.Is(err, strictjwt.ErrInvalid) {
			t.Errorf("%s: got %q, %v, want ErrInvalid", name, payload, err)
		}
	}
	if _, err := strictjwt.Verify(good, keys); err != nil {
		t.Errorf("the good one: %v", err)
	}
	if _, err := strictjwt.Verify(good, nil); !errors.Is(err, strictjwt.ErrInvalid) {
		t.Errorf("without keys: got %v, want ErrInvalid", err)
	}
}

// spare returns a character that decodes to the same bytes at the end of a
// segment whose last bits are spare, as those of 32 bytes are.
func spare(last byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, last)^1])
}

func TestSeveralKeysVerify(t *testing.T) {
	t.Parallel()
	keys := strictjwt.HS256([]byte(strings.Repeat("a", 32)), []byte(strings.Repeat("b", 32)), []byte(strings.Repeat("c", 32)))
	for i, key := range keys {
		token, err := strictjwt.SignPayload(key, []byte(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := strictjwt.Verify(token, keys); err != nil {
			t.Errorf("key %d: %v", i, err)
		}
		others := slices.Delete(slices.Clone(keys), i, i+1)
		if _, err := strictjwt.Verify(token, others); !errors.Is(err, strictjwt.ErrInvalid) {
			t.Errorf("key %d, read with the others: got %v, want ErrInvalid", i, err)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	now := time.Unix(1767225600, 0)
	at := func(offset time.Duration) *jwt.NumericDate { return &jwt.NumericDate{Time: now.Add(offset)} }
	tests := []struct {
		name          string
		exp, nbf, iat *jwt.NumericDate
		forever       bool
		want          error
	}{
		{"good", at(time.Second), at(0), at(0), false, nil},
		{"ends now", at(0), nil, nil, false, strictjwt.ErrExpired},
		{"ended", at(-time.Second), nil, nil, false, strictjwt.ErrExpired},
		{"ended, though it may be without end", at(-time.Second), nil, nil, true, strictjwt.ErrExpired},
		{"no end", nil, nil, nil, false, strictjwt.ErrInvalid},
		{"no end, which may be", nil, nil, nil, true, nil},
		{"not yet", at(time.Hour), at(time.Second), nil, false, strictjwt.ErrInvalid},
		{"issued a little ahead", at(time.Hour), nil, at(30 * time.Second), false, nil},
		{"issued too far ahead", at(time.Hour), nil, at(31 * time.Second), false, strictjwt.ErrInvalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := strictjwt.Times(now, test.exp, test.nbf, test.iat, test.forever); !errors.Is(got, test.want) || (test.want == nil && got != nil) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// One payload must not mean two things to two readers.
func TestReadTakesExactKeys(t *testing.T) {
	t.Parallel()
	keys := strictjwt.HS256([]byte(strings.Repeat("k", 32)))
	tests := []struct {
		payload, want string
		good          bool
	}{
		{`{"sub":"arthur","other":1}`, "arthur", true},
		{`{"sub":"arthur","SUB":"mordred","\u017fub":"mordred"}`, "arthur", true},
		{`{"SUB":"mordred"}`, "", true},
		{`{"sub":"arthur","sub":"mordred"}`, "", false},
		{`{"sub":"arthur","x":1,"x":2}`, "", false},
		{`{"sub":"arthur"}{}`, "", false},
		{`null`, "", true},
	}
	for _, test := range tests {
		token, err := strictjwt.SignPayload(keys[0], []byte(test.payload))
		if err != nil {
			t.Fatal(err)
		}
		var claims struct {
			Subject string `json:"sub"`
		}
		err = strictjwt.Read(token, keys, &claims)
		if (err == nil) != test.good || test.good && claims.Subject != test.want {
			t.Errorf("%s: got %q, %v; want %q, good %v", test.payload, claims.Subject, err, test.want, test.good)
		}
	}
}
