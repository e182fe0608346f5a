package backends_test

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ginauth/ginauth/backends"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/secrets"
)

// segment returns the decoded part of a token.
func segment(t *testing.T, token string, index int) string {
	t.Helper()
	decoded, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[index])
	if err != nil {
		t.Fatal(err)
	}
	return string(decoded)
}

// TestJWTWireForm reads tokens with another implementation and the key that the
// contract names.
func TestJWTWireForm(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	tests := []struct {
		name     string
		strategy backends.JWT
		want     map[string]any
	}{
		{"defaults", backends.JWT{}, map[string]any{
			"sub": arthurID, "aud": []any{"ginauth:auth"}, "iat": 1767225600.0, "exp": 1767229200.0, "tv": 3.0, "bk": "api",
		}},
		{"own audiences and lifetime", backends.JWT{Audiences: []string{"camelot", "fastapi-users:auth"}, Lifetime: time.Minute}, map[string]any{
			"sub": arthurID, "aud": []any{"camelot"}, "iat": 1767225600.0, "exp": 1767225660.0, "tv": 3.0, "bk": "api",
		}},
		{"no end", backends.JWT{Lifetime: backends.Forever}, map[string]any{
			"sub": arthurID, "aud": []any{"ginauth:auth"}, "iat": 1767225600.0, "tv": 3.0, "bk": "api",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			token := issue(t, c.setUp(t, test.strategy), arthur())
			key := func(*jwt.Token) (any, error) { return c.keys.Derive("ginauth:auth")[0], nil }
			if _, err := jwt.Parse(token, key, jwt.WithValidMethods([]string{"HS256"}), jwt.WithoutClaimsValidation()); err != nil {
				t.Fatalf("Parse: %v", err)
			}
			if got, want := segment(t, token, 0), `{"alg":"HS256","typ":"JWT"}`; got != want {
				t.Errorf("got header %s, want %s", got, want)
			}
			var claims map[string]any
			if err := json.Unmarshal([]byte(segment(t, token, 1)), &claims); err != nil {
				t.Fatal(err)
			}
			if id, _ := claims["jti"].(string); len(id) < 22 {
				t.Errorf("got jti %q, want at least 128 random bits", id)
			}
			delete(claims, "jti")
			assertJSON(t, claims, test.want)
		})
	}
}

func assertJSON(t *testing.T, got, want any) {
	t.Helper()
	gotText, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	wantText, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if string(gotText) != string(wantText) {
		t.Errorf("got %s, want %s", gotText, wantText)
	}
}

// signHS256 signs claims with another implementation.
func signHS256(t testing.TB, key []byte, claims string) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + encode([]byte(claims))
	signature, err := jwt.SigningMethodHS256.Sign(signed, key)
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + encode(signature)
}

// TestJWTClaims reads tokens that somebody with the right key made.
func TestJWTClaims(t *testing.T) {
	t.Parallel()
	const sub, aud, exp = `"sub":"c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b",`, `"aud":["ginauth:auth"],`, `"exp":1767225601,`
	tests := []struct {
		name, claims string
		forever      bool
		good         bool
		version      int64
	}{
		{"all", sub + aud + exp + `"iat":1767225600,"jti":"x","tv":7`, false, true, 7},
		{"as FastAPI Users issues it", sub + `"aud":["fastapi-users:auth"],"exp":1767225601`, false, true, 0},
		{"its own backend", sub + aud + exp + `"bk":"api","tv":0`, false, true, 0},
		{"another backend", sub + aud + exp + `"bk":"app"`, false, false, 0},
		{"a backend in another letter case", sub + aud + exp + `"bk":"Api"`, false, false, 0},
		{"a backend of no kind", sub + aud + exp + `"bk":7`, false, false, 0},
		{"a backend that is null", sub + aud + exp + `"bk":null`, false, false, 0},
		{"how and when", sub + aud + exp + `"sid":"x","auth_time":1767225000.5,"amr":["otp","pwd"],"act":{"sub":"1"},"scope":"a b"`, false, true, 0},
		{"methods of no kind", sub + aud + exp + `"amr":"pwd"`, false, false, 0},
		{"an empty method", sub + aud + exp + `"amr":[""]`, false, false, 0},
		{"a time of no kind", sub + aud + exp + `"auth_time":"1"`, false, false, 0},
		{"an actor of no kind", sub + aud + exp + `"act":"1"`, false, false, 0},
		{"an actor without a subject", sub + aud + exp + `"act":{}`, false, false, 0},
		{"an actor that is null", sub + aud + exp + `"act":null`, false, false, 0},
		{"scopes of no kind", sub + aud + exp + `"scope":{"a":1}`, false, false, 0},
		{"scopes that are null", sub + aud + exp + `"scope":null`, false, false, 0},
		{"unknown claims", sub + aud + exp + `"iss":"camelot","scope":["x"]`, false, true, 0},

		{"aud is a string", sub + exp + `"aud":"ginauth:auth"`, false, true, 0},
		{"aud is one of several", sub + exp + `"aud":["round-table","ginauth:auth"]`, false, true, 0},
		{"aud is another string", sub + exp + `"aud":"ginauth:reset"`, false, false, 0},
		{"aud begins alike", sub + exp + `"aud":"ginauth:authority"`, false, false, 0},
		{"aud is another list", sub + exp + `"aud":["ginauth:reset","ginauth"]`, false, false, 0},
		{"aud in another case", sub + exp + `"aud":["GINAUTH:AUTH"]`, false, false, 0},
		{"aud is empty", sub + exp + `"aud":[]`, false, false, 0},
		{"aud is an empty string", sub + exp + `"aud":""`, false, false, 0},
		{"aud is null", sub + exp + `"aud":null`, false, false, 0},
		{"aud is a number", sub + exp + `"aud":1`, false, false, 0},
		{"aud is an object", sub + exp + `"aud":{"ginauth:auth":true}`, false, false, 0},
		{"aud has a number", sub + exp + `"aud":["ginauth:auth",1]`, false, false, 0},
		{"aud has a null", sub + exp + `"aud":["ginauth:auth",null]`, false, false, 0},
		{"aud has a list", sub + exp + `"aud":[["ginauth:auth"]]`, false, false, 0},
		{"no aud", sub + `"exp":1767225601`, false, false, 0},

		{"exp has a fraction", sub + aud + `"exp":1767225600.5`, false, true, 0},
		{"exp with an exponent", sub + aud + `"exp":1.767225601e9`, false, true, 0},
		{"exp is now", sub + aud + `"exp":1767225600`, false, false, 0},
		{"exp is past", sub + aud + `"exp":1767225599`, false, false, 0},
		{"exp is past, though there need not be one", sub + aud + `"exp":1767225599`, true, false, 0},
		{"no exp", sub + aud + `"tv":0`, false, false, 0},
		{"no exp, which need not be", sub + aud + `"tv":0`, true, true, 0},
		{"exp is null", sub + aud + `"exp":null`, true, false, 0},
		{"exp is a string", sub + aud + `"exp":"1767225601"`, false, false, 0},
		{"exp is a list", sub + aud + `"exp":[1767225601]`, false, false, 0},
		{"exp is true", sub + aud + `"exp":true`, false, false, 0},
		{"exp is negative", sub + aud + `"exp":-1`, false, false, 0},
		{"exp is in milliseconds", sub + aud + `"exp":1767225601000`, false, false, 0},
		{"exp overflows", sub + aud + `"exp":1e300`, false, false, 0},
		{"exp is beyond all numbers", sub + aud + `"exp":1e999`, false, false, 0},

		{"nbf is now", sub + aud + exp + `"nbf":1767225600`, false, true, 0},
		{"nbf is to come", sub + aud + exp + `"nbf":1767225601`, false, false, 0},
		{"nbf is a string", sub + aud + exp + `"nbf":"0"`, false, false, 0},
		{"nbf is null", sub + aud + exp + `"nbf":null`, false, false, 0},

		{"iat a little ahead", sub + aud + `"exp":1767229200,"iat":1767225630`, false, true, 0},
		{"iat too far ahead", sub + aud + `"exp":1767229200,"iat":1767225631`, false, false, 0},
		{"iat is a string", sub + aud + exp + `"iat":"1767225600"`, false, false, 0},
		{"iat is null", sub + aud + exp + `"iat":null`, false, false, 0},

		{"sub in upper case", `"sub":"C430B0FE-BA2F-4AA5-9E30-A0114F29BD4B",` + aud + `"exp":1767225601`, false, true, 0},
		{"sub without hyphens", `"sub":"c430b0feba2f4aa59e30a0114f29bd4b",` + aud + `"exp":1767225601`, false, true, 0},
		{"sub names nobody", `"sub":"arthur",` + aud + `"exp":1767225601`, false, false, 0},
		{"sub is empty", `"sub":"",` + aud + `"exp":1767225601`, false, false, 0},
		{"sub is null", `"sub":null,` + aud + `"exp":1767225601`, false, false, 0},
		{"sub is a number", `"sub":1,` + aud + `"exp":1767225601`, false, false, 0},
		{"sub is a list", `"sub":["c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b"],` + aud + `"exp":1767225601`, false, false, 0},
		{"no sub", aud + `"exp":1767225601`, false, false, 0},
		{"sub under another name", `"SUB":"c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b",` + aud + `"exp":1767225601`, false, false, 0},

		{"greatest tv", sub + aud + exp + `"tv":9223372036854775807`, false, true, 1<<63 - 1},
		{"tv overflows", sub + aud + exp + `"tv":9223372036854775808`, false, false, 0},
		{"tv is negative", sub + aud + exp + `"tv":-1`, false, false, 0},
		{"tv has a fraction", sub + aud + exp + `"tv":0.5`, false, false, 0},
		{"tv is null", sub + aud + exp + `"tv":null`, false, false, 0},
		{"tv is a string", sub + aud + exp + `"tv":"0"`, false, false, 0},

		{"a claim twice", sub + sub + aud + `"exp":1767225601`, false, false, 0},
		{"invalid UTF-8", sub + aud + exp + "\"x\":\"\xff\"", false, false, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClock(t)
			strategy := backends.JWT{Audiences: []string{"ginauth:auth", "fastapi-users:auth"}}
			if test.forever {
				strategy.Lifetime = backends.Forever
			}
			token := signHS256(t, c.keys.Derive("ginauth:auth")[0], "{"+test.claims+"}")
			got, found, err := c.setUp(t, strategy).Read(t.Context(), token)
			if err != nil || found != test.good {
				t.Fatalf("got found %v, error %v, want %v", found, err, test.good)
			}
			if found && (got.UserID != arthurID || got.TokenVersion != test.version || got.TokenHash != records.HashToken(cmp.Or(got.Login.Session, token)) || got.Record != nil) {
				t.Errorf("got %+v, want version %d of %s", got, test.version, arthurID)
			}
		})
	}
}

func TestJWTPayloads(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	tokens := c.setUp(t, backends.JWT{Lifetime: backends.Forever})
	good := `{"sub":"` + arthurID + `","aud":"ginauth:auth"}`
	assertReads(t, tokens, signHS256(t, c.keys.Derive("ginauth:auth")[0], good), true)
	for _, payload := range []string{"", "null", "[]", `"` + arthurID + `"`, "[" + good + "]", good + good, good + "x", good[:len(good)-1], "{}"} {
		assertReads(t, tokens, signHS256(t, c.keys.Derive("ginauth:auth")[0], payload), false)
	}
}

func TestJWTOfOtherKeys(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	tokens := c.setUp(t, backends.JWT{})
	claims := `{"sub":"` + arthurID + `","aud":["ginauth:auth"],"exp":1767229200}`
	assertReads(t, tokens, signHS256(t, c.keys.Derive("ginauth:auth")[0], claims), true)
	for name, key := range map[string][]byte{
		"another purpose's": c.keys.Derive("ginauth:reset")[0],
		"the secret itself": []byte(currentSecret),
		"another secret's":  newKeys(t, formerSecret).Derive("ginauth:auth")[0],
		"empty":             {},
	} {
		if reads(t, tokens, signHS256(t, key, claims)) {
			t.Errorf("a token of the key %s is read", name)
		}
	}
	purpose := secrets.NewPurpose(c.keys, "ginauth:reset", time.Hour, c.time)
	token, err := purpose.Sign(map[string]string{"sub": arthurID})
	if err != nil {
		t.Fatal(err)
	}
	assertReads(t, tokens, token, false)
	if _, err := purpose.Read(issue(t, tokens, arthur())); err == nil {
		t.Error("an access token is read as a reset token")
	}
}

func TestJWTRotationOfTheApplicationsSecret(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	before := issue(t, c.setUp(t, backends.JWT{}), arthur())

	c.keys = newKeys(t, formerSecret, currentSecret) // rotated: another one is current now
	rotated := c.setUp(t, backends.JWT{})
	after := issue(t, rotated, arthur())
	assertReads(t, rotated, before, true)
	assertReads(t, rotated, after, true)

	c.keys = newKeys(t, formerSecret)
	retired := c.setUp(t, backends.JWT{})
	assertReads(t, retired, before, false)
	assertReads(t, retired, after, true)
}

func TestJWTDestroyDoesNothing(t *testing.T) {
	t.Parallel()
	c := newClock(t)
	tokens := c.setUp(t, backends.JWT{})
	token := issue(t, tokens, arthur())
	if err := tokens.Destroy(t.Context(), token); err != nil {
		t.Errorf("Destroy: %v", err)
	}
	assertReads(t, tokens, token, true)
	running := backends.Running{Name: "api", Tokens: tokens}
	if got := running.Records(); got != nil {
		t.Errorf("Records: got %v, want nil", got)
	}
}
