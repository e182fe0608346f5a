package contract

import (
	"net/url"
	"strings"
	"testing"
)

// overlong is a password that no login looks at: it costs no hash.
var overlong = strings.Repeat("x", 1025)

var grantRow = fieldRow{"grant_type", [7]fault{good, good, good, noString, otherGrant, otherGrant, broken}, good}

func (w *world) jsonLogin() fieldRoute {
	return fieldRoute{
		bodyRoute: bodyRoute{client: w.client(), method: "POST", path: "/auth/jwt/login", status: 400, answer: badCredentials},
		fields:    []string{"username", quote(w.arthur.email), "password", `"` + overlong + `"`},
		rows: []fieldRow{
			grantRow,
			// Not an address is just bad credentials, but for what cannot be looked up.
			{"username", [7]fault{missing, missing, missing, noString, good, noEmail, noEmail}, missing},
			{"unknown", anyCells, good},
		},
	}
}

// jsonLoginByEmail has email for the absent username, and the password, whose good
// values cost a hash each where anybody is looked up.
func (w *world) jsonLoginByEmail() fieldRoute {
	route := w.jsonLogin()
	route.fields = []string{"email", quote(w.arthur.email), "password", `"` + overlong + `"`}
	route.rows = []fieldRow{{"scope", anyCells, good}, {"client_id", anyCells, good}, {"client_secret", anyCells, good}}
	return route
}

// testLoginFields has the fields of a login that testFields has not: those whose
// 422 names another field, and all of forms.
func testLoginFields(t *testing.T, w *world) {
	c := w.client()
	pass := `"password":"` + overlong + `"`
	jsonTests := []struct {
		name, body string
		status     int
		answer     string
	}{
		{"email null", `{"email":null,` + pass + `}`, 422, w.invalid(at("username", missing))},
		{"email empty", `{"email":"",` + pass + `}`, 422, w.invalid(at("username", missing))},
		{"email of the wrong type", `{"email":5,` + pass + `}`, 422, w.invalid(at("email", noString))},
		{"email of the wrong type, username null", `{"username":null,"email":{},` + pass + `}`, 422, w.invalid(at("email", noString))},
		{"email with NUL", `{"email":"k\u0000@camelot.bt","username":"",` + pass + `}`, 422, w.invalid(at("email", noEmail))},
		{"email of invalid UTF-8", "{\"email\":\"k\xff@camelot.bt\"," + pass + `}`, 422, w.invalid(at("email", noEmail))},
		{"email too long", `{"email":"` + strings.Repeat("x", 5000) + `@camelot.bt",` + pass + `}`, 400, badCredentials},
		{"email in another letter case", `{"Email":"k@camelot.bt",` + pass + `}`, 422, w.invalid(at("username", missing))},
		{"email beside username", `{"email":5,"username":"x",` + pass + `}`, 400, badCredentials},
		{"username of the wrong type beside email", `{"email":"k@camelot.bt","username":5,` + pass + `}`, 422, w.invalid(at("username", noString))},
		{"neither", `{` + pass + `}`, 422, w.invalid(at("username", missing))},
		{"nothing", `{}`, 422, w.invalid(at("username", missing), at("password", missing))},
		{"password null", `{"username":"x","password":null}`, 422, w.invalid(at("password", missing))},
		{"password empty", `{"username":"x","password":""}`, 422, w.invalid(at("password", missing))},
		{"password of the wrong type", `{"username":"x","password":["guinevere"]}`, 422, w.invalid(at("password", noString))},
		{"password with NUL", `{"username":"x","password":"\u0000` + overlong + `"}`, 400, badCredentials},
		{"password of invalid UTF-8", "{\"username\":\"x\",\"password\":\"g\xff\"}", 400, undecodable},
		{"password in another letter case", `{"username":"x","Password":"guinevere"}`, 422, w.invalid(at("password", missing))},
		{"password twice", `{"username":"x",` + pass + `,"password":"x"}`, 422, w.malformed(1055, 1, 1056)},
	}
	for _, tt := range jsonTests {
		a := c.post(t, "/auth/jwt/login", tt.body)
		a.request += ": " + tt.name
		a.want(t, tt.status, tt.answer)
	}
	w.checkForms(t, c)
}

// checkForms sends each form URL-encoded and as multipart.
func (w *world) checkForms(t *testing.T, c *client) {
	t.Helper()
	tests := []struct {
		name   string
		pairs  []string // before the good fields that are not among them
		status int
		answer string
	}{
		{"good", []string{}, 400, badCredentials},
		{"username absent", []string{"username", "-"}, 422, w.invalid(at("username", missing))},
		{"username empty", []string{"username", ""}, 422, w.invalid(at("username", missing))},
		{"username too long", []string{"username", strings.Repeat("x", 5000)}, 400, badCredentials},
		{"username with NUL", []string{"username", "k\x00@camelot.bt"}, 422, w.invalid(at("username", noEmail))},
		{"username of invalid UTF-8", []string{"username", "k\xff@camelot.bt"}, 422, w.invalid(at("username", noEmail))},
		{"username in another letter case", []string{"username", "-", "Username", "x"}, 422, w.invalid(at("username", missing))},
		{"username twice", []string{"username", "", "username", "x"}, 400, badCredentials},
		{"username twice, the last is empty", []string{"username", "x", "username", ""}, 422, w.invalid(at("username", missing))},
		{"email is no username here", []string{"username", "-", "email", "k@camelot.bt"}, 422, w.invalid(at("username", missing))},
		{"password absent", []string{"password", "-"}, 422, w.invalid(at("password", missing))},
		{"password empty", []string{"password", ""}, 422, w.invalid(at("password", missing))},
		{"password with NUL", []string{"password", "\x00" + overlong}, 400, badCredentials},
		{"password of invalid UTF-8", []string{"password", "g\xff"}, 400, undecodable},
		{"password in another letter case", []string{"password", "-", "PASSWORD", "x"}, 422, w.invalid(at("password", missing))},
		{"grant_type empty", []string{"grant_type", ""}, 400, badCredentials},
		{"grant_type password", []string{"grant_type", "password"}, 400, badCredentials},
		{"grant_type other", []string{"grant_type", "refresh_token"}, 422, w.invalid(at("grant_type", otherGrant))},
		{"grant_type null is a text", []string{"grant_type", "null"}, 422, w.invalid(at("grant_type", otherGrant))},
		{"grant_type in another letter case of its value", []string{"grant_type", "Password"}, 422, w.invalid(at("grant_type", otherGrant))},
		{"grant_type with NUL", []string{"grant_type", "password\x00"}, 422, w.invalid(at("grant_type", otherGrant))},
		{"grant_type of invalid UTF-8", []string{"grant_type", "\xff"}, 400, undecodable},
		{"grant_type too long", []string{"grant_type", strings.Repeat("password", 1000)}, 422, w.invalid(at("grant_type", otherGrant))},
		{"unknown of invalid UTF-8", []string{"unknown", "\xff"}, 400, undecodable},
		{"all wrong", []string{"grant_type", "x", "username", "", "password", ""}, 422,
			w.invalid(at("grant_type", otherGrant), at("username", missing), at("password", missing))},
	}
	for _, tt := range tests {
		pairs := loginPairs(tt.pairs)
		for contentType, body := range map[string]string{asForm: formOf(pairs), asMultipart: multipartOf(pairs...)} {
			a := c.post(t, "/auth/jwt/login", body, "Content-Type", contentType)
			a.request += ": " + contentType + ", " + tt.name
			a.want(t, tt.status, tt.answer)
		}
	}
	w.checkBrokenForms(t, c)
}

// loginPairs adds the good fields that are not among pairs, and takes away those
// whose value is "-".
func loginPairs(pairs []string) []string {
	fields := map[string]string{"username": "x", "password": overlong}
	var all []string
	for i := 0; i < len(pairs); i += 2 {
		delete(fields, pairs[i])
		if pairs[i+1] != "-" {
			all = append(all, pairs[i], pairs[i+1])
		}
	}
	for name, value := range fields {
		all = append(all, name, value)
	}
	return all
}

func formOf(pairs []string) string {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		parts = append(parts, url.QueryEscape(pairs[i])+"="+url.QueryEscape(pairs[i+1]))
	}
	return strings.Join(parts, "&")
}

func (w *world) checkBrokenForms(t *testing.T, c *client) {
	t.Helper()
	both := w.invalid(at("username", missing), at("password", missing))
	good := multipartOf("username", "x", "password", overlong)
	file := strings.Replace(good, `name="username"`, `name="username"; filename="x.txt"`, 1)
	tests := []struct {
		name, contentType, body string
		status                  int
		answer                  string
	}{
		{"empty form", asForm, "", 422, both},
		{"form of separators", asForm, "&&", 422, both},
		{"broken escape", asForm, "username=x&password=%zz", 400, undecodable},
		{"broken escape in a name", asForm, "username=x&%4=y", 400, undecodable},
		{"trailing separator", asForm, formOf([]string{"username", "x", "password", overlong}) + "&", 400, badCredentials},
		{"JSON as a form", asForm, `{"username":"x","password":"y"}`, 422, both},
		{"form as JSON", asJSON, "username=x&password=y", 422, w.malformed(0, 1, 1)},
		{"no boundary", "multipart/form-data", good, 400, undecodable},
		{"empty boundary", `multipart/form-data; boundary=""`, good, 400, undecodable},
		{"other boundary", "multipart/form-data; boundary=other", good, 400, undecodable},
		{"cut off", asMultipart, good[:len(good)-20], 400, undecodable},
		{"after the end", asMultipart, good + "rest", 400, badCredentials},
		{"file", asMultipart, file, 422, w.invalid(at("username", noString))},
		{"form without type", "", "username=x&password=y", 422, both},
		{"form as text", "text/plain", "username=x&password=y", 422, both},
	}
	for _, tt := range tests {
		a := c.post(t, "/auth/jwt/login", tt.body, "Content-Type", tt.contentType)
		a.request += ": " + tt.name
		a.want(t, tt.status, tt.answer)
	}
}

// testFlagWords has what counts as a boolean, shown where flags count.
func testFlagWords(t *testing.T, w *world) {
	admin := w.admin(t)
	p := w.register(t)
	words := map[bool][]string{
		true:  {`true`, `1`, `"true"`, `"TRUE"`, `"yes"`, `"On"`, `"t"`, `"Y"`, `"1"`},
		false: {`false`, `0`, `"false"`, `"False"`, `"NO"`, `"off"`, `"f"`, `"n"`, `"0"`},
	}
	for i := range words[true] {
		for _, is := range []bool{true, false} {
			p.account.verified = is
			a := admin.patch(t, "/users/"+p.id, `{"is_verified":`+words[is][i]+`}`)
			a.request += " " + words[is][i]
			a.want(t, 200, p.json())
		}
	}
	for _, word := range []string{`2`, `-1`, `""`, `" true"`, `"yes "`, `"ja"`, `"oui"`, `[true]`, `{}`, `"null"`, `"10"`, `"\u017f"`, `"true\u0000"`} {
		a := admin.patch(t, "/users/"+p.id, `{"is_verified":`+word+`}`)
		a.request += " " + word
		a.want(t, 422, w.invalid(at("is_verified", noBool)))
	}
	p.wantStored(t)
}
