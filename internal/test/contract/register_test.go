package contract

import (
	"strings"
	"testing"
)

func testRegister(t *testing.T, w *world) {
	long := strings.Repeat("ö", 512) // 1024 bytes
	tests := []struct {
		name, body string
		want       account // beside id, which is new
	}{
		{
			name: "email and password",
			body: `{"email":"EMAIL","password":"guinevere"}`,
			want: account{firstName: "null"},
		},
		{
			name: "flags, id and read-only fields are ignored",
			body: `{"id":"c430b0fe-ba2f-4aa5-9e30-a0114f29bd4b","email":"EMAIL","password":"guinevere","is_active":false,
				"is_superuser":true,"is_verified":true,"plan":"gold","hashed_password":"x","token_version":7,"unknown":{"a":[null]}}`,
			want: account{firstName: "null"},
		},
		{
			name: "nothing is escaped needlessly",
			body: `{"email":"EMAIL","password":"guinevere","first_name":"\u00c4rt<\u0026>\u2028 \ud83d\udde1 \"\\\u0000\u001f"}`,
			want: account{firstName: `"Ärt<&>` + "\u2028" + ` 🗡 \"\\\u0000\u001f"`},
		},
		{
			name: "longest first name, in characters",
			body: `{"email":"EMAIL","password":"guinevere","first_name":"` + strings.Repeat("🗡", 80) + `"}`,
			want: account{firstName: `"` + strings.Repeat("🗡", 80) + `"`},
		},
		{name: "shortest password, in code points", body: `{"email":"EMAIL","password":"\u00fc\u00fc\ud83d\udde1"}`, want: account{firstName: "null"}},
		{name: "longest password, in bytes", body: `{"email":"EMAIL","password":"` + long + `"}`, want: account{firstName: "null"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.want.email, tt.want.active, tt.want.plan = address(), true, "free"
			browser := w.client()
			a := browser.post(t, "/auth/register", strings.Replace(tt.body, "EMAIL", tt.want.email, 1))
			tt.want.id = idOf(t, a)
			a.want(t, 201, tt.want.json())
			a.wantHeader(t, "Set-Cookie", "")
			a.wantHeader(t, "Location", "")
			browser.wantNobody(t)
			if w.super != nil {
				w.super.get(t, "/users/"+tt.want.id).want(t, 200, tt.want.json())
			}
			if w.in != nil && len(w.mailsNow(t, "verify", tt.want.email)) > 0 {
				t.Error("got a mail after the registration, want none")
			}
		})
	}
	t.Run("password as sent", func(t *testing.T) {
		t.Parallel()
		p := &person{client: w.client(), account: account{email: address()}}
		p.post(t, "/auth/register", `{"email":"`+p.email+`","password":"  \u00e9 "}`).mustBe(t, 201)
		p.wantPassword(t, `  \u00e9 `, `\u00e9`)
	})
}

// testRegisterTaken has an address taken in every spelling of its key.
func testRegisterTaken(t *testing.T, w *world) {
	local := unique()
	taken := code("REGISTER_USER_ALREADY_EXISTS")
	first := w.client().post(t, "/auth/register", `{"email":" Ёж.é.İ.`+local+`@ПОШТА.УКР\n","password":"guinevere"}`)
	stored := account{id: idOf(t, first), email: "Ёж.é.İ." + local + "@пошта.укр", active: true, firstName: "null", plan: "free"}
	first.must(t, 201, stored.json())
	for _, spelling := range []string{
		"Ёж.é.İ." + local + "@ПОШТА.УКР",
		"ёж.É.i̇." + local + "@xn--80a1acn3a.xn--j1amh",
		"ЁЖ.e\u0301.İ." + strings.ToUpper(local) + "@XN--80A1ACN3A.xn--j1amh",
	} {
		w.client().post(t, "/auth/register", `{"email":"`+spelling+`","password":"guinevere"}`).want(t, 400, taken)
	}
	// What is stored is what everybody reads, so a full stop of another script is none.
	other := `{"email":"ёж.é.i\u0307.` + local + `@пошта。укр","password":"guinevere"}`
	w.client().post(t, "/auth/register", other).mustBe(t, 422)
	// Others have their own.
	free := "ёж.é.i." + local + "@пошта.укр"
	w.client().post(t, "/auth/register", `{"email":"`+free+`","password":"guinevere"}`).mustBe(t, 201)
}

func testRegisterPassword(t *testing.T, w *world) {
	tests := []struct{ name, password, reason string }{
		{"empty", ``, tooShort},
		{"two code points of many bytes", `🗡🗡`, tooShort},
		{"two code points", `\u0000\n`, tooShort},
		{"too long by a byte", strings.Repeat("x", 1025), tooLong},
		{"too long in bytes, not in characters", strings.Repeat("ö", 512) + "x", tooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			email := address()
			w.client().post(t, "/auth/register", `{"email":"`+email+`","password":"`+tt.password+`"}`).
				want(t, 400, refused("REGISTER_INVALID_PASSWORD", tt.reason))
			w.wantNoUser(t, email)
		})
	}
	t.Run("before the address", func(t *testing.T) {
		t.Parallel()
		w.client().post(t, "/auth/register", `{"email":"`+w.arthur.email+`","password":"xy"}`).
			want(t, 400, refused("REGISTER_INVALID_PASSWORD", tooShort))
	})
}

// wantNoUser wants nobody to have an address that begins so.
func (w *world) wantNoUser(t testing.TB, prefix string) {
	t.Helper()
	if w.super == nil {
		return // whoever could look is not there
	}
	w.super.get(t, "/users?q="+prefix).want(t, 200, `{"items":[],"next":null}`)
}
