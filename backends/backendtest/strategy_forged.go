package backendtest

import (
	"strings"
	"testing"

	"github.com/ginauth/ginauth/backends"
)

func testGarbage(t *testing.T, f *strategyFixture) {
	for name, token := range map[string]string{
		"empty":               "",
		"a word":              "token",
		"as long as a token":  strings.Repeat("A", 43),
		"a hash":              strings.Repeat("0123456789abcdef", 4),
		"dots":                "..",
		"four segments":       "e30.e30.e30.e30",
		"an unsigned JWT":     "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30.",
		"white space":         " \t\r\n",
		"NUL":                 strings.Repeat("\x00", 43),
		"invalid UTF-8":       strings.Repeat("\xff\xfe", 22),
		"not ASCII":           strings.Repeat("é", 43),
		"a query":             `{"$ne":null}`,
		"a pattern":           "*",
		"a key of the store":  "user:*",
		"oversized":           strings.Repeat("A", 1<<20),
		"oversized with dots": strings.Repeat("A.", 1<<19),
	} {
		t.Run(name, func(t *testing.T) {
			wantNobody(t, f.tokens, token)
			destroy(t, f.tokens, token)
		})
	}
}

// testChanged demands that a token has exactly one spelling.
func testChanged(t *testing.T, f *strategyFixture) {
	u := newUser()
	token := write(t, f.tokens, u)
	for i := range token {
		wantNobody(t, f.tokens, token[:i])                        // truncated
		wantNobody(t, f.tokens, token[i+1:])                      // beheaded
		wantNobody(t, f.tokens, token[:i]+token[i+1:])            // one character lost
		wantNobody(t, f.tokens, token[:i]+"\n"+token[i:])         // folded
		wantNobody(t, f.tokens, token[:i]+token[i:i+1]+token[i:]) // one character twice
		for bit := range 7 {
			changed := []byte(token)
			changed[i] ^= 1 << bit
			wantNobody(t, f.tokens, string(changed))
		}
	}
	for _, changed := range []string{
		token + "A", token + "=", token + ".", token + " ", token + "\n", token + "\x00", token + token,
		" " + token, "." + token, "Bearer " + token, `"` + token + `"`, strings.ToUpper(token), strings.ToLower(token),
	} {
		wantNobody(t, f.tokens, changed)
		destroy(t, f.tokens, changed)
	}
	wantUser(t, f.tokens, token, u)
}

// testForeign demands of strategies with records that a token is valid only for the
// backend that issued it, and is not ended by another.
func testForeign(t *testing.T, f *strategyFixture) {
	f.records(t)
	other, err := f.strategy.SetUp(f.setup("api"))
	if err != nil {
		t.Fatalf("SetUp: %v", err)
	}
	u := newUser()
	own, foreign := write(t, f.tokens, u), write(t, other, u)
	for _, pair := range []struct {
		tokens backends.Tokens
		token  string
	}{{f.tokens, foreign}, {other, own}} {
		wantNobody(t, pair.tokens, pair.token)
		destroy(t, pair.tokens, pair.token)
	}
	wantUser(t, f.tokens, own, u)
	wantUser(t, other, foreign, u)
}
