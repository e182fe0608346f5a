package backends

import (
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// issuedPayload is what JWT signs.
const issuedPayload = `{"sub":"7d4d0a0c-6f5e-4a0e-9d2c-0b8e1f6a2c3d","aud":["ginauth:auth"],"iat":1767225600,"exp":1767229200,"jti":"QWERTY","tv":3,"bk":"api"}`

func TestIssuedForm(t *testing.T) {
	t.Parallel()
	form, err := newIssuedForm("ginauth:auth", "api")
	if err != nil {
		t.Fatal(err)
	}
	with := func(old, new string) string { return strings.Replace(issuedPayload, old, new, 1) }
	tests := []struct {
		name, payload string
		want          bool
	}{
		{"as issued", issuedPayload, true},
		{"without expiry", with(`"exp":1767229200,`, ""), true},
		{"of the first version", with(`"tv":3`, `"tv":0`), true},
		{"at the end of time", with("1767229200", "253402300799"), true},

		{"after the end of time", with("1767229200", "253402300800"), false},
		{"too long a number", with(`"tv":3`, `"tv":9223372036854775808`), false},
		{"no subject", with("7d4d0a0c-6f5e-4a0e-9d2c-0b8e1f6a2c3d", ""), false},
		{"an escape in the subject", with("7d4d", `\u0037d4d`), false},
		{"another audience", with("ginauth:auth", "camelot"), false},
		{"two audiences", with(`"ginauth:auth"`, `"ginauth:auth","camelot"`), false},
		{"audience as text", with(`["ginauth:auth"]`, `"ginauth:auth"`), false},
		{"a leading zero", with(`"tv":3`, `"tv":03`), false},
		{"a sign", with(`"tv":3`, `"tv":-3`), false},
		{"a fraction", with("1767229200", "1767229200.5"), false},
		{"an exponent", with("1767229200", "1767229200e0"), false},
		{"a number that is empty", with(`"iat":1767225600`, `"iat":`), false},
		{"a null", with("1767229200", "null"), false},
		{"white space", with(`,"tv"`, `, "tv"`), false},
		{"another order", with(`"iat":1767225600,"exp":1767229200`, `"exp":1767229200,"iat":1767225600`), false},
		{"a repeated claim", with(`"tv":3`, `"tv":3,"tv":4`), false},
		{"one more claim", with(`"tv":3`, `"tv":3,"nbf":9999999999`), false},
		{"how and when", with(`"bk":"api"`, `"bk":"api","auth_time":1767225600,"amr":["pwd"]`), true},
		{"of a session", with(`"bk":"api"`, `"bk":"api","sid":"AbC_-9"`), true},
		{"two factors", with(`"bk":"api"`, `"bk":"api","amr":["mfa","otp","pwd"]`), true},
		{"a way in of the application's own", with(`"bk":"api"`, `"bk":"api","amr":["app"]`), true},
		{"that and a second factor", with(`"bk":"api"`, `"bk":"api","amr":["app","mfa","otp"]`), true},
		{"rare methods", with(`"bk":"api"`, `"bk":"api","amr":["face"]`), false},
		{"methods in another order", with(`"bk":"api"`, `"bk":"api","amr":["pwd","otp","mfa"]`), false},
		{"an actor", with(`"bk":"api"`, `"bk":"api","act":{"sub":"1","tv":0}`), false},
		{"scopes", with(`"bk":"api"`, `"bk":"api","scope":"a"`), false},
		{"an escape in the session", with(`"bk":"api"`, `"bk":"api","sid":"\u0041"`), false},
		{"a session without end", with(`"bk":"api"}`, `"bk":"api","sid":"A`), false},
		{"another backend", with(`"bk":"api"`, `"bk":"web"`), false},
		{"no backend", with(`,"bk":"api"`, ``), false},
		{"trailing data", issuedPayload + "{}", false},
		{"cut off", issuedPayload[:len(issuedPayload)-1], false},
		{"empty", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, ok := form.decode([]byte(test.payload)); ok != test.want {
				t.Errorf("got %v, want %v", ok, test.want)
			}
			checkIssuedForm(t, form, test.payload)
		})
	}
}

// checkIssuedForm compares the form with the decoder of any payload: it never
// accepts what that refuses, and reads what it accepts alike.
func checkIssuedForm(t *testing.T, form issuedForm, payload string) {
	t.Helper()
	quick, ok := form.decode([]byte(payload))
	if !ok {
		return
	}
	full, ok := decodeClaims([]byte(payload))
	switch {
	case !ok || !full.meets([]string{"ginauth:auth"}):
		t.Errorf("%s: the form accepts what the decoder refuses", payload)
	case quick.subject != full.subject, quick.version != full.version, quick.exp != full.exp, quick.iat != full.iat, full.nbf.given,
		!full.fits("api"), !reflect.DeepEqual(quick.facts(), full.facts()):
		t.Errorf("%s: got %+v, want %+v", payload, quick, full)
	}
}

// The form would be of no use if it were not the one in which claims are encoded.
func TestIssuedFormIsIssued(t *testing.T) {
	t.Parallel()
	for _, audience := range []string{"ginauth:auth", "https://camelot.test/?a=1&b=<2>", `"quoted" \ té`, "\u2028"} {
		form, err := newIssuedForm(audience, "api")
		if err != nil {
			t.Fatal(err)
		}
		payload, err := json.Marshal(issuedClaims{Subject: "5f", Audience: []string{audience}, IssuedAt: 1, ExpiresAt: 2, ID: "ABC234", Version: 4, Backend: "api"})
		if err != nil {
			t.Fatal(err)
		}
		if claims, ok := form.decode(payload); !ok || claims.subject != "5f" || claims.version != 4 {
			t.Errorf("%s: got %+v, %v", payload, claims, ok)
		}
	}
	if _, err := newIssuedForm("\xff", "api"); err == nil {
		t.Error("an audience that is not valid UTF-8: got no error")
	}
}

func FuzzIssuedForm(f *testing.F) {
	form, err := newIssuedForm("ginauth:auth", "api")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(issuedPayload)
	f.Add(strings.Replace(issuedPayload, `,"exp":1767229200`, "", 1))
	f.Add(strings.Replace(issuedPayload, `"jti"`, `"tv"`, 1))
	f.Fuzz(func(t *testing.T, payload string) { checkIssuedForm(t, form, payload) })
}
