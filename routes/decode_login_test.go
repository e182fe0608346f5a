package routes

import (
	"net/http"
	"strings"
	"testing"
)

const (
	usernameMissing = "username: field required (value_error.missing)"
	passwordMissing = "password: field required (value_error.missing)"
	usernameInvalid = "username: value is not a valid email address (value_error.email)"
	otherGrant      = `grant_type: string does not match regex "password" (value_error.str.regex)`
)

func TestLoginForm(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body         string
		username, password string
		want               []string
	}{
		{"plain", "username=king.arthur%40camelot.bt&password=guinevere", "king.arthur@camelot.bt", "guinevere", nil},
		{"grant type", "grant_type=password&username=a&password=b", "a", "b", nil},
		{"empty grant type", "grant_type=&username=a&password=b", "a", "b", nil},
		{"ignored fields", "username=a&password=b&scope=x&client_id=y&client_secret=z&is_superuser=1", "a", "b", nil},
		{"no e-mail", "username=foo&password=b", "foo", "b", nil},
		{"not trimmed", "username=+a%09&password=+b+", " a\t", " b ", nil},
		{"far too long", "username=" + strings.Repeat("a", 2000) + "&password=b", strings.Repeat("a", 2000), "b", nil},
		{"raw UTF-8", "username=é&password=ß", "é", "ß", nil},
		{"escaped UTF-8", "username=%C3%A9&password=%C3%9F", "é", "ß", nil},
		{"semicolon", "username=a;b&password=c;d", "a;b", "c;d", nil},
		{"equals sign", "username=a=b&password==", "a=b", "=", nil},
		{"empty pairs", "&&username=a&&password=b&", "a", "b", nil},
		{"escaped key", "%75sername=a&password=b", "a", "b", nil},
		{"last one wins", "username=x&password=y&username=a&password=b", "a", "b", nil},
		{"last one is good UTF-8", "username=%FF&password=y&username=a", "a", "y", nil},
		{"NUL in the password", "username=a&password=b%00c", "a", "b\x00c", nil},
		{"empty body", "", "", "", []string{usernameMissing, passwordMissing}},
		{"password absent", "username=a", "", "", []string{passwordMissing}},
		{"key only", "username&password", "", "", []string{usernameMissing, passwordMissing}},
		{"both empty", "username=&password=", "", "", []string{usernameMissing, passwordMissing}},
		{"last one is empty", "username=a&password=b&username=", "", "", []string{usernameMissing}},
		{"other letter case", "Username=a&PASSWORD=b", "", "", []string{usernameMissing, passwordMissing}},
		{"email is no field of forms", "email=a&password=b", "", "", []string{usernameMissing}},
		{"other grant type", "grant_type=refresh_token&username=a&password=b", "", "", []string{otherGrant}},
		{"grant type in capitals", "grant_type=PASSWORD&username=a&password=b", "", "", []string{otherGrant}},
		{"everything wrong", "grant_type=x", "", "", []string{otherGrant, usernameMissing, passwordMissing}},
		{"NUL in the username", "username=a%00&password=b", "", "", []string{usernameInvalid}},
		{"raw NUL in the username", "username=\x00&password=b", "", "", []string{usernameInvalid}},
		{"invalid UTF-8 in the username", "username=%FF&password=b", "", "", []string{usernameInvalid}},
		{"raw invalid UTF-8 in the username", "username=\xff&password=", "", "", []string{usernameInvalid, passwordMissing}},
		{"invalid UTF-8 in the password", "username=a&password=%FF", "", "", []string{"400"}},
		{"invalid UTF-8 in an ignored field", "username=a&password=b&scope=%FF", "", "", []string{"400"}},
		{"invalid UTF-8 in a key", "username=a&password=b&%FF=1", "", "", []string{"400"}},
		{"bad escape", "username=a&password=100%", "", "", []string{"400"}},
		{"bad escape in an ignored field", "username=a&password=b&x=%zz", "", "", []string{"400"}},
		{"bad escape in a key", "username=a&password=b&%=x", "", "", []string{"400"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := request("application/x-www-form-urlencoded", tt.body)
			r.URL.RawQuery = "username=query&password=query&grant_type=query&email=query"
			form, err := newDecoder(WireV9, nil).login(r, false)
			wantTold(t, err, tt.want...)
			wantLogin(t, form, tt.username, tt.password)
		})
	}
}

func wantLogin(t *testing.T, form loginForm, username, password string) {
	t.Helper()
	if form.Username != username || string(form.Password) != password {
		t.Errorf("got %q, %q, want %q, %q", form.Username, string(form.Password), username, password)
	}
}

func part(disposition, content string) string {
	return "--b\r\nContent-Disposition: " + disposition + "\r\n\r\n" + content + "\r\n"
}

func TestLoginMultipart(t *testing.T) {
	t.Parallel()
	const (
		username = "--b\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\na\r\n"
		password = "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n b\x00\r\n"
		end      = "--b--\r\n"
	)
	tests := []struct {
		name, body string
		want       []string
	}{
		{"plain", username + password + end, nil},
		{"without the last line break", username + password + "--b--", nil},
		{"text around", "preamble\r\n" + username + password + end + "epilogue", nil},
		{"unquoted name", part("form-data; name=username", "a") + password + end, nil},
		{"last one wins", part(`form-data; name="username"`, "x") + username + password + end, nil},
		{"ignored file", part(`form-data; name="avatar"; filename="x.png"`, "\x89PNG\xff\x00") + username + password + end, nil},
		{"grant type", part(`form-data; name="grant_type"`, "password") + username + password + end, nil},
		{
			"transfer encodings are not undone",
			"--b\r\nContent-Disposition: form-data; name=\"username\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na\r\n" + password + end, nil,
		},
		{"no parts", end, []string{usernameMissing, passwordMissing}},
		{"empty body", "", []string{usernameMissing, passwordMissing}},
		{"empty part", part(`form-data; name="username"`, "") + password + end, []string{usernameMissing}},
		{"file as username", part(`form-data; name="username"; filename="x"`, "a") + password + end, []string{"username: str type expected (type_error.str)"}},
		{"file without a name as username", part(`form-data; name="username"; filename=""`, "") + password + end, []string{"username: str type expected (type_error.str)"}},
		{"file as password", username + part(`form-data; name="password"; filename="x"`, "\xff") + end, []string{"password: str type expected (type_error.str)"}},
		{"file as grant type", part(`form-data; name="grant_type"; filename="x"`, "password") + username + password + end, []string{"grant_type: str type expected (type_error.str)"}},
		{"file last", username + password + part(`form-data; name="username"; filename="x"`, "a") + end, []string{"username: str type expected (type_error.str)"}},
		{"NUL in the username", part(`form-data; name="username"`, "\x00") + password + end, []string{usernameInvalid}},
		{"invalid UTF-8 in the username", part(`form-data; name="username"`, "\xff") + password + end, []string{usernameInvalid}},
		{"invalid UTF-8 in the password", username + part(`form-data; name="password"`, "\xff") + end, []string{"400"}},
		{"invalid UTF-8 in an ignored field", part(`form-data; name="scope"`, "\xff") + username + password + end, []string{"400"}},
		{"end missing", username + password, []string{"400"}},
		{"cut off in a part", "--b\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\na", []string{"400"}},
		{"cut off in a header", "--b\r\nContent-Disp", []string{"400"}},
		{"no boundary in sight", "username=a&password=b", []string{"400"}},
		{"part without disposition", "--b\r\n\r\na\r\n" + username + password + end, []string{"400"}},
		{"part without a name", part("form-data", "a") + username + password + end, []string{"400"}},
		{"part that is no field", part(`attachment; name="username"`, "a") + password + end, []string{"400"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			form, err := newDecoder(WireV9, nil).login(request("multipart/form-data; boundary=b", tt.body), false)
			wantTold(t, err, tt.want...)
			if len(tt.want) == 0 {
				wantLogin(t, form, "a", " b\x00")
			}
		})
	}
	for _, contentType := range []string{
		"multipart/form-data", "multipart/form-data; boundary", `multipart/form-data; boundary=""`,
		"multipart/form-data; boundary=b; boundary=c", "multipart/form-data; boundary=b; charset",
	} {
		_, err := newDecoder(WireV9, nil).login(request(contentType, username+password+end), false)
		if got := told(err); got != "400" {
			t.Errorf("got %s for Content-Type %s, want 400", got, contentType)
		}
	}
}

func TestLoginJSON(t *testing.T) {
	t.Parallel()
	const emailInvalid = "email: value is not a valid email address (value_error.email)"
	tests := []struct {
		name, body         string
		username, password string
		want               []string
	}{
		{"plain", `{"username":"a","password":"b"}`, "a", "b", nil},
		{"email", `{"email":"a","password":"b"}`, "a", "b", nil},
		{"username before email", `{"email":"x","username":"a","password":"b"}`, "a", "b", nil},
		{"email for null", `{"username":null,"email":"a","password":"b"}`, "a", "b", nil},
		{"email for empty", `{"username":"","email":"a","password":"b"}`, "a", "b", nil},
		{"email of any type beside username", `{"username":"a","email":1,"password":"b"}`, "a", "b", nil},
		{"not trimmed", `{"username":" a ","password":" b "}`, " a ", " b ", nil},
		{"NUL in the password", `{"username":"a","password":"\u0000"}`, "a", "\x00", nil},
		{"grant type null", `{"grant_type":null,"username":"a","password":"b"}`, "a", "b", nil},
		{"grant type empty", `{"grant_type":"","username":"a","password":"b"}`, "a", "b", nil},
		{"grant type", `{"grant_type":"password","username":"a","password":"b","scope":1}`, "a", "b", nil},
		{"no body", ``, "", "", []string{usernameMissing, passwordMissing}},
		{"null", `null`, "", "", []string{usernameMissing, passwordMissing}},
		{"list", `[]`, "", "", []string{usernameMissing, passwordMissing}},
		{"string", `"x"`, "", "", []string{usernameMissing, passwordMissing}},
		{"empty object", `{}`, "", "", []string{usernameMissing, passwordMissing}},
		{"all null", `{"grant_type":null,"username":null,"email":null,"password":null}`, "", "", []string{usernameMissing, passwordMissing}},
		{"all empty", `{"grant_type":"","username":"","email":"","password":""}`, "", "", []string{usernameMissing, passwordMissing}},
		{"other letter case", `{"Username":"a","EMAIL":"a","Password":"b"}`, "", "", []string{usernameMissing, passwordMissing}},
		{"username no string", `{"username":1,"password":"b"}`, "", "", []string{"username: str type expected (type_error.str)"}},
		{"username no string, email one", `{"username":false,"email":"a","password":"b"}`, "", "", []string{"username: str type expected (type_error.str)"}},
		{"email no string", `{"email":[],"password":"b"}`, "", "", []string{"email: str type expected (type_error.str)"}},
		{"password no string", `{"username":"a","password":{}}`, "", "", []string{"password: str type expected (type_error.str)"}},
		{"grant type no string", `{"grant_type":1,"username":"a","password":"b"}`, "", "", []string{"grant_type: str type expected (type_error.str)"}},
		{"everything wrong", `{"password":1,"username":"\u0000","grant_type":"x"}`, "", "", []string{otherGrant, usernameInvalid, "password: str type expected (type_error.str)"}},
		{"NUL in the email", `{"email":"\u0000","password":"b"}`, "", "", []string{emailInvalid}},
		{"invalid UTF-8 in the username", "{\"username\":\"\xff\",\"password\":\"b\"}", "", "", []string{usernameInvalid}},
		{"invalid UTF-8 in the username, beside email", "{\"username\":\"\xff\",\"email\":\"a\",\"password\":\"b\"}", "", "", []string{usernameInvalid}},
		{"invalid UTF-8 in the email", "{\"email\":\"\xff\",\"password\":\"b\"}", "", "", []string{emailInvalid}},
		{"lone surrogate in the email", `{"email":"\udfff","password":"b"}`, "", "", []string{emailInvalid}},
		{"invalid UTF-8 in an email that is not used", "{\"username\":\"a\",\"email\":\"\xff\",\"password\":\"b\"}", "", "", []string{"400"}},
		{"invalid UTF-8 in the password", "{\"username\":\"a\",\"password\":\"\xff\"}", "", "", []string{"400"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			form, err := newDecoder(WireV9, nil).login(jsonRequest(tt.body), false)
			wantTold(t, err, tt.want...)
			wantLogin(t, form, tt.username, tt.password)
		})
	}
}

func TestLoginOtherTypes(t *testing.T) {
	t.Parallel()
	for _, contentType := range []string{"", "text/plain", "application/xml", "multipart/mixed; boundary=b"} {
		_, err := newDecoder(WireV9, nil).login(request(contentType, `{"username":"a","password":"b"}`), false)
		wantTold(t, err, usernameMissing, passwordMissing)
	}
	r := request("application/json", `{"username":"a","password":"b"}`)
	r.Header.Add("Content-Type", "text/plain")
	_, err := newDecoder(WireV9, nil).login(r, false)
	wantTold(t, err, usernameMissing, passwordMissing)
	_, err = newDecoder(WireV9, nil).login(&http.Request{Header: http.Header{}}, false)
	wantTold(t, err, usernameMissing, passwordMissing)
}

func TestLoginWireV15(t *testing.T) {
	t.Parallel()
	_, err := newDecoder(WireV15, nil).login(jsonRequest("{\"username\":\"\xff\"}"), false)
	wantTold(t, err,
		"username: value is not a valid email address: The address is not valid text (value_error)",
		"password: Field required (missing)")
}
