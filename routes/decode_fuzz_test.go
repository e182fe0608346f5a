package routes

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	strictjson "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ginauth/ginauth/internal/wire"
	"github.com/ginauth/ginauth/profile"
	"github.com/ginauth/ginauth/user"
)

// mustBeForeseen fails the test unless err is one of those a client is answered with.
func mustBeForeseen(t *testing.T, err error) {
	t.Helper()
	var invalid *wire.InvalidError
	switch {
	case err == nil, errors.Is(err, wire.ErrUndecodable), errors.Is(err, wire.ErrTooLarge):
	case errors.As(err, &invalid):
		if body := wire.Body(invalid.Items...); !json.Valid(body) || !utf8.Valid(body) {
			t.Errorf("got %q, which is no JSON", body)
		}
	default:
		t.Errorf("got %v", err)
	}
}

func FuzzJSONBody(f *testing.F) {
	for _, seed := range []string{
		``, ` `, `null`, `[]`, `{}`, `{`, `{}x`, `{"a":1,"a":2}`, `{"x":[1,]}`, "\ufeff{}", "{\"email\":\"\xff\"}", `{"\ud800":"\udc00"}`,
		`{"email":"king.arthur@camelot.bt","password":"guinevere"}`, `{"a":1e700`,
		`{"username":"a","password":"b","grant_type":"password","token":"t"}`,
		`{"email":" É@exämple.bt","password":"\u0000","is_active":"on","is_superuser":0,"is_verified":null}`,
		`{"text":"x","int":-0,"int8":128,"int_p":1e3,"float":1e400,"strings":["a",null],"bytes":"aGk=","pair":[1,2],"map":{"a":1}}`,
		`{"street":{"name":"x","wait":5},"streets":[{}],"any":[[[[[[[[1]]]]]]]],"time":"2026-01-02T03:04:05Z","number":1.50,"raw":[]}`,
		`{"bool":"T","bool_p":false,"uint16":65535,"float32":1e39,"level":"low","duration":9223372036854775808,"numbers":[1]}`,
	} {
		f.Add([]byte(seed))
	}
	profile, err := profile.TypeOf[manyTypes]()
	if err != nil {
		f.Fatal(err)
	}
	d := newDecoder(WireV9, profile)
	f.Fuzz(func(t *testing.T, body []byte) {
		text := string(body)
		_, registerErr := d.register(jsonRequest(text))
		_, changeErr := d.superuserChanges(jsonRequest(text), &user.User{})
		_, loginErr := d.login(jsonRequest(text), false)
		_, emailErr := d.email(jsonRequest(text))
		_, resetErr := d.reset(jsonRequest(text))
		_, verifyErr := d.verify(jsonRequest(text))
		for _, err := range []error{registerErr, changeErr, loginErr, emailErr, resetErr, verifyErr} {
			mustBeForeseen(t, err)
			if err == nil && (!json.Valid(body) || !utf8.Valid(body)) {
				t.Errorf("%q was accepted", body)
			}
		}
		compareWithPackages(t, body)
	})
}

// compareWithPackages holds what is malformed against encoding/json, and where
// against the strict package's own reader.
func compareWithPackages(t *testing.T, body []byte) {
	t.Helper()
	if len(body) == 0 || len(body) > wire.MaxBodyBytes {
		return
	}
	_, err := wire.V9.Object(jsonRequest(string(body)))
	var value any
	strict := strictjson.Unmarshal(body, &value, jsontext.AllowInvalidUTF8(true))
	var semantic *strictjson.SemanticError
	if errors.As(strict, &semantic) { // a number too large for Go; nothing is known of what follows
		return
	}
	var syntactic *jsontext.SyntacticError
	var malformed *wire.InvalidError
	switch {
	case err == nil, errors.Is(err, wire.ErrUndecodable):
		if !json.Valid(body) {
			t.Errorf("%q was accepted, but not by encoding/json", body)
		}
		if errors.As(strict, &syntactic) {
			t.Errorf("%q was accepted, but not by json.Unmarshal: %v", body, strict)
		}
	case !errors.As(err, &malformed):
		t.Errorf("got %v", err)
	case !errors.As(strict, &syntactic):
		t.Errorf("%q was refused, but not by json.Unmarshal", body)
	case malformed.Items[0].Loc[1] != int(syntactic.ByteOffset):
		t.Errorf("got offset %v for %q, want %d", malformed.Items[0].Loc[1], body, syntactic.ByteOffset)
	}
}

func FuzzFormBody(f *testing.F) {
	for _, seed := range []string{
		"", "&", "=", "username=king.arthur%40camelot.bt&password=guinevere", "grant_type=password&username=a&password=b",
		"username=%FF&password=b", "username=%00&password=", "username=a;b&password=%zz", "username=a&username=", "%75sername=\xff",
	} {
		f.Add(seed)
	}
	d := newDecoder(WireV15, nil)
	f.Fuzz(func(t *testing.T, body string) {
		form, err := d.login(request("application/x-www-form-urlencoded", body), false)
		mustBeForeseen(t, err)
		mustBeUsable(t, form, err)
	})
}

func FuzzMultipartBody(f *testing.F) {
	const fields = "--b\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\na\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nb\r\n"
	for _, seed := range []string{
		"", "--b--", fields + "--b--\r\n", fields, "x\r\n" + fields + "--b--\r\ny", "--b\r\n\r\n\r\n--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=username; filename*=utf-8''x\r\n\r\n\xff\r\n--b--\r\n",
		"--b\nContent-Disposition: form-data; name=password\n\nx\n--b--",
	} {
		f.Add("multipart/form-data; boundary=b", seed)
	}
	f.Add("multipart/form-data", fields)
	f.Add(`Multipart/Form-Data;boundary="b";x`, fields)
	d := newDecoder(WireV9, nil)
	f.Fuzz(func(t *testing.T, contentType, body string) {
		form, err := d.login(request(contentType, body), false)
		mustBeForeseen(t, err)
		mustBeUsable(t, form, err)
	})
}

func mustBeUsable(t *testing.T, form loginForm, err error) {
	t.Helper()
	switch {
	case err != nil && form != loginForm{}:
		t.Errorf("got a form beside %v", err)
	case err != nil:
	case form.Username == "" || form.Password == "":
		t.Error("an empty field was accepted")
	case hasNUL(form.Username) || !utf8.ValidString(form.Username) || !utf8.ValidString(string(form.Password)):
		t.Error("broken text was accepted")
	}
}
