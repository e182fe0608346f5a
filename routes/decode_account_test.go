package routes

import (
	"reflect"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/user"
)

const (
	emailMissing   = "email: field required (value_error.missing)"
	emailNull      = "email: none is not an allowed value (type_error.none.not_allowed)"
	emailNotString = "email: str type expected (type_error.str)"
	emailInvalid   = "email: value is not a valid email address (value_error.email)"
	passwordNull   = "password: none is not an allowed value (type_error.none.not_allowed)"
	passwordNoText = "password: str type expected (type_error.str)"
	bodyMissing    = "body: field required (value_error.missing)"
	bodyNoDict     = "body: value is not a valid dict (type_error.dict)"
)

func noBool(name string) string {
	return name + ": value could not be parsed to a boolean (type_error.bool)"
}

// TestBodies has every route that takes JSON only against every kind of body.
func TestBodies(t *testing.T) {
	t.Parallel()
	const both = "token: field required (value_error.missing)\n" + passwordMissing
	tests := []struct {
		name, contentType, body string
		account                 string // register and PATCH
		email, reset            string
	}{
		{"none", "application/json", "", bodyMissing, emailMissing, both},
		{"none, no type", "", "", bodyMissing, emailMissing, both},
		{"none, other type", "text/plain", "", bodyMissing, emailMissing, both},
		{"null", "application/json", "null", bodyMissing, emailMissing, both},
		{"null with space", "application/json", " null ", bodyMissing, emailMissing, both},
		{"list", "application/json", "[]", bodyNoDict, emailMissing, both},
		{"string", "application/json", `"{}"`, bodyNoDict, emailMissing, both},
		{"number", "application/json", "0", bodyNoDict, emailMissing, both},
		{"boolean", "application/json", "false", bodyNoDict, emailMissing, both},
		{"object, no type", "", "{}", bodyNoDict, emailMissing, both},
		{"object, other type", "text/plain", "{}", bodyNoDict, emailMissing, both},
		{"null, other type", "text/plain", "null", bodyNoDict, emailMissing, both},
		{"space, other type", "text/plain", " ", bodyNoDict, emailMissing, both},
		{"binary, other type", "application/octet-stream", "\xff\x00", bodyNoDict, emailMissing, both},
		{"form", "application/x-www-form-urlencoded", "email=a%40camelot.bt&password=b&token=c", bodyNoDict, emailMissing, both},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newTestDecoder[testProfile](t, WireV9)
			_, err := d.register(request(tt.contentType, tt.body))
			wantTold(t, err, tt.account)
			_, err = d.changes(request(tt.contentType, tt.body), &user.User{})
			wantTold(t, err, tt.account)
			_, err = d.superuserChanges(request(tt.contentType, tt.body), &user.User{})
			wantTold(t, err, tt.account)
			_, err = d.email(request(tt.contentType, tt.body))
			wantTold(t, err, tt.email)
			_, err = d.reset(request(tt.contentType, tt.body))
			wantTold(t, err, tt.reset)
			_, err = d.verify(request(tt.contentType, tt.body))
			wantTold(t, err, strings.Split(tt.reset, "\n")[0])
		})
	}
}

// TestFields has every built-in field against every sort of value, for register
// (in a body that is otherwise good) and for PATCH.
func TestFields(t *testing.T) {
	t.Parallel()
	values := []struct{ name, json string }{
		{"absent", ""},
		{"null", "null"},
		{"empty", `""`},
		{"number", "1"},
		{"other number", "2"},
		{"boolean", "true"},
		{"list", "[]"},
		{"object", "{}"},
		{"string", `"x"`},
		{"address", `"a@camelot.bt"`},
		{"too long", `"` + strings.Repeat("a", 1025) + `"`},
		{"long address", `"` + strings.Repeat("a", 65) + `@camelot.bt"`},
		{"NUL", `"a\u0000@camelot.bt"`},
		{"invalid UTF-8", "\"a\xff@camelot.bt\""},
		{"lone surrogate", `"a\ud800@camelot.bt"`},
	}
	type outcomes []string // in the order of values
	e := func(texts ...string) outcomes { return texts }
	flag := func(name string) outcomes {
		no := noBool(name)
		return e("", "", no, "", no, "", no, no, no, no, no, no, no, "400", "400")
	}
	tests := []struct {
		field           string
		register, patch outcomes
	}{
		{
			"email",
			e(emailMissing, emailNull, emailInvalid, emailNotString, emailNotString, emailNotString, emailNotString, emailNotString,
				emailInvalid, "", emailInvalid, emailInvalid, emailInvalid, emailInvalid, emailInvalid),
			e("", "", emailInvalid, emailNotString, emailNotString, emailNotString, emailNotString, emailNotString,
				emailInvalid, "", emailInvalid, emailInvalid, emailInvalid, emailInvalid, emailInvalid),
		},
		{
			"password",
			e(passwordMissing, passwordNull, "", passwordNoText, passwordNoText, passwordNoText, passwordNoText, passwordNoText,
				"", "", "", "", "", "400", "400"),
			e("", "", "", passwordNoText, passwordNoText, passwordNoText, passwordNoText, passwordNoText,
				"", "", "", "", "", "400", "400"),
		},
		{"is_active", flag("is_active"), flag("is_active")},
		{"is_superuser", flag("is_superuser"), flag("is_superuser")},
		{"is_verified", flag("is_verified"), flag("is_verified")},
		{
			"unknown",
			e("", "", "", "", "", "", "", "", "", "", "", "", "", "400", "400"),
			e("", "", "", "", "", "", "", "", "", "", "", "", "", "400", "400"),
		},
		{
			"id",
			e("", "", "", "", "", "", "", "", "", "", "", "", "", "400", "400"),
			e("", "", "", "", "", "", "", "", "", "", "", "", "", "400", "400"),
		},
	}
	for _, tt := range tests {
		for i, value := range values {
			t.Run(tt.field+" "+value.name, func(t *testing.T) {
				t.Parallel()
				d := newTestDecoder[testProfile](t, WireV9)
				_, err := d.register(jsonRequest(goodBodyWith(tt.field, value.json)))
				wantTold(t, err, tt.register[i])
				body := "{}"
				if value.json != "" {
					body = `{"` + tt.field + `":` + value.json + `}`
				}
				_, err = d.changes(jsonRequest(body), &user.User{})
				wantTold(t, err, tt.patch[i])
				_, err = d.superuserChanges(jsonRequest(body), &user.User{})
				wantTold(t, err, tt.patch[i])
			})
		}
	}
}

// goodBodyWith is the body of a registration with one field replaced, or left
// out if value is empty.
func goodBodyWith(field, value string) string {
	members := []string{}
	for _, m := range [][2]string{{"email", `"king.arthur@camelot.bt"`}, {"password", `"guinevere"`}} {
		if m[0] != field {
			members = append(members, `"`+m[0]+`":`+m[1])
		}
	}
	if value != "" {
		members = append(members, `"`+field+`":`+value)
	}
	return "{" + strings.Join(members, ",") + "}"
}

func TestRegister(t *testing.T) {
	t.Parallel()
	d := newTestDecoder[testProfile](t, WireV9)
	got, err := d.register(jsonRequest(`{
		"email": " Lancelot@Camelot.BT ", "password": " gu\u0000é ",
		"is_active": false, "is_superuser": true, "is_verified": "yes", "id": 7, "IsSuperuser": true, "hashed_password": "x",
		"first_name": "Lancelot", "plan": 17, "Plan": "gold", "age": 30, "height": 1.8, "newsy": "on",
		"Tags": ["a", "b"], "address": {"city": "Camelot"}, "Secret": "x", "secret": "x", "-": "x", "FirstName": "x"}`))
	if err != nil {
		t.Fatal(told(err))
	}
	name := "Lancelot"
	want := user.Registration{
		Email:    " Lancelot@Camelot.BT ",
		Password: " gu\x00é ",
		Profile: &testProfile{
			FirstName: &name, Age: 30, Height: 1.8, Newsy: true, Tags: []string{"a", "b"},
			Address: map[string]string{"city": "Camelot"},
		},
	}
	if string(got.Password) != string(want.Password) {
		t.Errorf("got another password")
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %+v, want %+v, %+v", got, got.Profile, want, want.Profile)
	}
}

func TestRegisterWithoutProfile(t *testing.T) {
	t.Parallel()
	got, err := newDecoder(WireV9, nil).register(jsonRequest(`{"email":"a@camelot.bt","password":"b","first_name":1}`))
	if err != nil || got.Profile != nil || got.Email != "a@camelot.bt" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestRegisterOrderOfItems(t *testing.T) {
	t.Parallel()
	_, err := newTestDecoder[testProfile](t, WireV9).register(jsonRequest(`{
		"address":1, "Tags":1, "newsy":"x", "height":"x", "age":151, "first_name":1, "plan":1,
		"is_verified":"x", "is_superuser":"x", "is_active":"x", "email":"x"}`))
	wantTold(t, err,
		emailInvalid, passwordMissing, noBool("is_active"), noBool("is_superuser"), noBool("is_verified"),
		"first_name: str type expected (type_error.str)",
		"age: age must be 150 or less (value_error)",
		"height: value is not a valid float (type_error.float)",
		noBool("newsy"),
		"Tags: value is not a valid list (type_error.list)",
		"address: value is not a valid dict (type_error.dict)")
}

func TestRegisterKeys(t *testing.T) {
	t.Parallel()
	d := newTestDecoder[testProfile](t, WireV9)
	tests := []struct {
		name, body string
		want       []string
	}{
		{"other letter case", `{"Email":"a@camelot.bt","PASSWORD":"b"}`, []string{emailMissing, passwordMissing}},
		{"Kelvin sign and long s", "{\"email\":\"a@camelot.bt\",\"pa\u017fsword\":\"b\"}", []string{passwordMissing}},
		{"escaped", `{"\u0065mail":"a@camelot.bt","passwor\u0064":"b"}`, nil},
		{"space around", `{"email ":"a@camelot.bt"," password":"b"}`, []string{emailMissing, passwordMissing}},
		{"suffix", `{"application":1,"email":"a@camelot.bt","password":"b"}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, contentType := range []string{"application/json", "application/vnd.camelot+json; charset=utf-8"} {
				_, err := d.register(request(contentType, tt.body))
				wantTold(t, err, tt.want...)
			}
		})
	}
}

func TestBooleans(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	tests := []struct {
		json string
		want *bool
	}{
		{`true`, &yes}, {`1`, &yes}, {`"1"`, &yes}, {`"true"`, &yes}, {`"TRUE"`, &yes}, {`"yes"`, &yes}, {`"Yes"`, &yes},
		{`"on"`, &yes}, {`"t"`, &yes}, {`"Y"`, &yes}, {`"\u0074rue"`, &yes},
		{`false`, &no}, {`0`, &no}, {`"0"`, &no}, {`"false"`, &no}, {`"False"`, &no}, {`"no"`, &no}, {`"oFF"`, &no},
		{`"f"`, &no}, {`"n"`, &no},
		{`1.0`, nil}, {`1e0`, nil}, {`-0`, nil}, {`0.0`, nil}, {`-1`, nil}, {`2`, nil}, {`10`, nil}, {`""`, nil},
		{`" true"`, nil}, {`"true "`, nil}, {`"ye"`, nil}, {`"ye` + "\u017f" + `"`, nil}, {`"null"`, nil}, {`"enabled"`, nil},
		{`"１"`, nil}, {`[]`, nil}, {`[true]`, nil}, {`{}`, nil},
	}
	d := newDecoder(WireV9, nil)
	for _, tt := range tests {
		t.Run(tt.json, func(t *testing.T) {
			t.Parallel()
			got, err := d.superuserChanges(jsonRequest(`{"is_active":`+tt.json+`}`), &user.User{})
			if tt.want == nil {
				wantTold(t, err, noBool("is_active"))
				return
			}
			wantTold(t, err)
			if got.IsActive == nil || *got.IsActive != *tt.want {
				t.Errorf("got %v, want %v", got.IsActive, *tt.want)
			}
		})
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	d := newTestDecoder[testProfile](t, WireV9)
	const body = `{"email":"a@camelot.bt","password":"","is_active":false,"is_superuser":1,"is_verified":null,"age":3,"first_name":null,"plan":"x"}`
	own, err := d.changes(jsonRequest(body), &user.User{})
	wantTold(t, err)
	if own.Email == nil || *own.Email != "a@camelot.bt" || own.Password == nil || *own.Password != "" {
		t.Errorf("got %v, %v", own.Email, own.Password)
	}
	if own.IsActive != nil || own.IsSuperuser != nil || own.IsVerified != nil {
		t.Errorf("got flags %v, %v, %v from somebody's own request", own.IsActive, own.IsSuperuser, own.IsVerified)
	}
	if want := []string{"first_name", "age"}; !reflect.DeepEqual(own.ProfileFields, want) {
		t.Errorf("got %v, want %v", own.ProfileFields, want)
	}
	full, err := d.superuserChanges(jsonRequest(body), &user.User{})
	wantTold(t, err)
	if full.IsActive == nil || *full.IsActive || full.IsSuperuser == nil || !*full.IsSuperuser || full.IsVerified != nil {
		t.Errorf("got flags %v, %v, %v", full.IsActive, full.IsSuperuser, full.IsVerified)
	}
	if full.Profile.(*testProfile).Age != 3 || full.Profile.(*testProfile).Plan != "" {
		t.Errorf("got %+v", full.Profile)
	}
}

func TestChangesOfNothing(t *testing.T) {
	t.Parallel()
	d := newTestDecoder[testProfile](t, WireV9)
	for _, body := range []string{
		`{}`, `{"unknown":1}`, `{"email":null,"password":null,"is_active":null,"is_superuser":null,"is_verified":null}`,
		`{"age":null,"height":null,"newsy":null,"plan":null}`, `{"plan":[]}`, `{"EMAIL":1}`,
	} {
		got, err := d.superuserChanges(jsonRequest(body), &user.User{})
		if err != nil || got.Email != nil || got.Password != nil || got.IsActive != nil || got.IsSuperuser != nil ||
			got.IsVerified != nil || got.ProfileFields != nil {
			t.Errorf("got %+v, %v for %s", got, told(err), body)
		}
	}
}

func TestChangesOrderOfItems(t *testing.T) {
	t.Parallel()
	const body = `{"age":"x","first_name":[],"is_verified":"x","is_superuser":"x","is_active":"x","email":"x","password":1}`
	want := []string{
		passwordNoText, emailInvalid, noBool("is_active"), noBool("is_superuser"), noBool("is_verified"),
		"first_name: str type expected (type_error.str)", "age: value is not a valid integer (type_error.integer)",
	}
	d := newTestDecoder[testProfile](t, WireV9)
	_, err := d.changes(jsonRequest(body), &user.User{})
	wantTold(t, err, want...)
	_, err = d.superuserChanges(jsonRequest(body), &user.User{})
	wantTold(t, err, want...)
}

func TestEmail(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, email, want string }{
		{"good", `{"email":" King.Arthur@Camelot.bt"}`, " King.Arthur@Camelot.bt", ""},
		{"absent", `{}`, "", emailMissing},
		{"null", `{"email":null}`, "", emailMissing},
		{"empty", `{"email":""}`, "", emailInvalid},
		{"number", `{"email":1}`, "", emailNotString},
		{"no address", `{"email":"king.arthur"}`, "king.arthur", emailInvalid},
		{"NUL", `{"email":"\u0000@camelot.bt"}`, "\x00@camelot.bt", emailInvalid},
		{"invalid UTF-8", "{\"email\":\"\xff@camelot.bt\"}", "", emailInvalid},
		{"other letter case", `{"Email":"a@camelot.bt"}`, "", emailMissing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := newDecoder(WireV9, nil).email(jsonRequest(tt.body))
			wantTold(t, err, tt.want)
			if err == nil && got != tt.email {
				t.Errorf("got %q, want %q", got, tt.email)
			}
		})
	}
}

func TestResetAndVerify(t *testing.T) {
	t.Parallel()
	const (
		tokenMissing = "token: field required (value_error.missing)"
		tokenNoText  = "token: str type expected (type_error.str)"
	)
	tests := []struct {
		name, body, reset, verify string
	}{
		{"good", `{"token":"t","password":"p"}`, "", ""},
		{"both empty", `{"token":"","password":""}`, "", ""},
		{"NUL", `{"token":"\u0000","password":"\u0000"}`, "", ""},
		{"absent", `{}`, tokenMissing + "\n" + passwordMissing, tokenMissing},
		{"null", `{"password":null,"token":null}`, tokenMissing + "\n" + passwordMissing, tokenMissing},
		{"no text", `{"password":true,"token":12}`, tokenNoText + "\n" + passwordNoText, tokenNoText},
		{"other letter case", `{"Token":"t","Password":"p"}`, tokenMissing + "\n" + passwordMissing, tokenMissing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDecoder(WireV9, nil)
			_, err := d.reset(jsonRequest(tt.body))
			wantTold(t, err, tt.reset)
			_, err = d.verify(jsonRequest(tt.body))
			wantTold(t, err, tt.verify)
		})
	}
	form, err := newDecoder(WireV9, nil).reset(jsonRequest(`{"token":"t","password":" p\u0000"}`))
	if err != nil || form.Token != "t" || string(form.Password) != " p\x00" {
		t.Errorf("got %q, %q, %v", form.Token, string(form.Password), err)
	}
	token, err := newDecoder(WireV9, nil).verify(jsonRequest(`{"token":"t"}`))
	if err != nil || token != "t" {
		t.Errorf("got %q, %v", token, err)
	}
}
