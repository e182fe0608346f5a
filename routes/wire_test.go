package routes

import (
	"strings"
	"testing"

	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/user"
)

func TestWire(t *testing.T) {
	t.Parallel()
	var zero Wire
	if zero != WireV9 {
		t.Errorf("got %v as zero value, want WireV9", zero)
	}
	if got := WireV9.emptyStatus(); got != 200 {
		t.Errorf("got %d as V9's empty status, want 200", got)
	}
	if got := WireV15.emptyStatus(); got != 204 {
		t.Errorf("got %d as V15's empty status, want 204", got)
	}
	if got := WireV9.resetPasswordCode(); got != "REGISTER_INVALID_PASSWORD" {
		t.Errorf("got %s as V9's code", got)
	}
	if got := WireV15.resetPasswordCode(); got != "RESET_PASSWORD_INVALID_PASSWORD" {
		t.Errorf("got %s as V15's code", got)
	}
	for w, want := range map[Wire]bool{WireV9: true, WireV15: true, -1: false, 2: false} {
		if w.Valid() != want {
			t.Errorf("got Valid() = %v for %d", !want, w)
		}
	}
}

// TestCatalogue has every row of the 422 catalogue, to the byte.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	register := func(d *decoder, body string) error { _, err := d.register(jsonRequest(body)); return err }
	change := func(d *decoder, body string) error {
		_, err := d.changes(jsonRequest(body), &user.User{})
		return err
	}
	login := func(d *decoder, body string) error {
		_, err := d.login(request("application/x-www-form-urlencoded", body), false)
		return err
	}
	file := func(d *decoder, body string) error {
		_, err := d.login(request("multipart/form-data; boundary=b", body), false)
		return err
	}
	forgot := func(d *decoder, body string) error { _, err := d.email(jsonRequest(body)); return err }
	reset := func(d *decoder, body string) error { _, err := d.reset(jsonRequest(body)); return err }
	const good = `"email":"king.arthur@camelot.bt","password":"guinevere"`
	tests := []struct {
		name    string
		decode  func(*decoder, string) error
		body    string
		v9, v15 string
	}{
		{
			"required field absent", register, `{"password":"guinevere"}`,
			`{"loc":["body","email"],"msg":"field required","type":"value_error.missing"}`,
			`{"loc":["body","email"],"msg":"Field required","type":"missing"}`,
		},
		{
			"empty at login", login, `username=&password=guinevere`,
			`{"loc":["body","username"],"msg":"field required","type":"value_error.missing"}`,
			`{"loc":["body","username"],"msg":"Field required","type":"missing"}`,
		},
		{
			"null elsewhere", forgot, `{"email":null}`,
			`{"loc":["body","email"],"msg":"field required","type":"value_error.missing"}`,
			`{"loc":["body","email"],"msg":"Field required","type":"missing"}`,
		},
		{
			"no object where fields are listed", reset, `[]`,
			`{"loc":["body","token"],"msg":"field required","type":"value_error.missing"},{"loc":["body","password"],"msg":"field required","type":"value_error.missing"}`,
			`{"loc":["body","token"],"msg":"Field required","type":"missing"},{"loc":["body","password"],"msg":"Field required","type":"missing"}`,
		},
		{
			"register without body", register, ``,
			`{"loc":["body"],"msg":"field required","type":"value_error.missing"}`,
			`{"loc":["body"],"msg":"Field required","type":"missing"}`,
		},
		{
			"PATCH with null", change, `null`,
			`{"loc":["body"],"msg":"field required","type":"value_error.missing"}`,
			`{"loc":["body"],"msg":"Field required","type":"missing"}`,
		},
		{
			"register with a list", register, `[]`,
			`{"loc":["body"],"msg":"value is not a valid dict","type":"type_error.dict"}`,
			`{"loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","type":"model_attributes_type"}`,
		},
		{
			"null for a required field at register", register, `{"email":null,"password":"guinevere"}`,
			`{"loc":["body","email"],"msg":"none is not an allowed value","type":"type_error.none.not_allowed"}`,
			`{"loc":["body","email"],"msg":"Input should be a valid string","type":"string_type"}`,
		},
		{
			"no string", register, `{"email":"king.arthur@camelot.bt","password":1}`,
			`{"loc":["body","password"],"msg":"str type expected","type":"type_error.str"}`,
			`{"loc":["body","password"],"msg":"Input should be a valid string","type":"string_type"}`,
		},
		{
			"part sent as a file", file,
			"--b\r\nContent-Disposition: form-data; name=\"username\"; filename=\"x\"\r\n\r\na\r\n" +
				"--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nb\r\n--b--\r\n",
			`{"loc":["body","username"],"msg":"str type expected","type":"type_error.str"}`,
			`{"loc":["body","username"],"msg":"Input should be a valid string","type":"string_type"}`,
		},
		{
			"invalid e-mail", change, `{"email":"king.arthur"}`,
			`{"loc":["body","email"],"msg":"value is not a valid email address","type":"value_error.email"}`,
			`{"loc":["body","email"],"msg":"value is not a valid email address: The address needs one @-sign with text on both sides","type":"value_error"}`,
		},
		{
			"no boolean", change, `{"is_active":"maybe"}`,
			`{"loc":["body","is_active"],"msg":"value could not be parsed to a boolean","type":"type_error.bool"}`,
			`{"loc":["body","is_active"],"msg":"Input should be a valid boolean, unable to interpret input","type":"bool_parsing"}`,
		},
		{
			"malformed JSON", register, `{"email":"king.arthur@camelot.bt",}`,
			`{"loc":["body",33],"msg":"Invalid JSON: line 1 column 34 (char 33)","type":"value_error.jsondecode"}`,
			`{"loc":["body",33],"msg":"JSON decode error","type":"json_invalid"}`,
		},
		{
			"grant type", login, `grant_type=refresh_token&username=a&password=b`,
			`{"loc":["body","grant_type"],"msg":"string does not match regex \"password\"","type":"value_error.str.regex"}`,
			`{"loc":["body","grant_type"],"msg":"String should match pattern '^password$'","type":"string_pattern_mismatch"}`,
		},
		{
			"no integer", register, `{` + good + `,"age":1.5}`,
			`{"loc":["body","age"],"msg":"value is not a valid integer","type":"type_error.integer"}`,
			`{"loc":["body","age"],"msg":"Input should be a valid integer","type":"int_type"}`,
		},
		{
			"no number", register, `{` + good + `,"height":"1"}`,
			`{"loc":["body","height"],"msg":"value is not a valid float","type":"type_error.float"}`,
			`{"loc":["body","height"],"msg":"Input should be a valid number","type":"float_type"}`,
		},
		{
			"no array", register, `{` + good + `,"Tags":{}}`,
			`{"loc":["body","Tags"],"msg":"value is not a valid list","type":"type_error.list"}`,
			`{"loc":["body","Tags"],"msg":"Input should be a valid list","type":"list_type"}`,
		},
		{
			"no object in a profile", register, `{` + good + `,"address":[]}`,
			`{"loc":["body","address"],"msg":"value is not a valid dict","type":"type_error.dict"}`,
			`{"loc":["body","address"],"msg":"Input should be a valid dictionary","type":"dict_type"}`,
		},
		{
			"rule of the application", register, `{` + good + `,"first_name":"` + strings.Repeat("x", 81) + `"}`,
			`{"loc":["body","first_name"],"msg":"first_name must be a maximum of 80 characters in length","type":"value_error"}`,
			`{"loc":["body","first_name"],"msg":"first_name must be a maximum of 80 characters in length","type":"value_error"}`,
		},
		{
			"redirect_to", func(d *decoder, _ string) error {
				return &wire.InvalidError{Items: []wire.Item{d.dialect.Item(wire.UnknownRedirect, "", "query", "redirect_to")}}
			}, ``,
			`{"loc":["query","redirect_to"],"msg":"unknown redirect URL","type":"value_error"}`,
			`{"loc":["query","redirect_to"],"msg":"unknown redirect URL","type":"value_error"}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for w, want := range map[Wire]string{WireV9: tt.v9, WireV15: tt.v15} {
				err := tt.decode(newTestDecoder[testProfile](t, w), tt.body)
				invalid, ok := err.(*wire.InvalidError)
				if !ok {
					t.Fatalf("got %v, want a *wire.InvalidError", err)
				}
				if got := string(wire.Body(invalid.Items...)); got != `{"detail":[`+want+`]}` {
					t.Errorf("wire %d: got\n%s\nwant\n%s", w, got, `{"detail":[`+want+`]}`)
				}
			}
		})
	}
}
