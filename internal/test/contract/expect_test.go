package contract

import (
	"fmt"
	"strings"
	"testing"
)

// Bodies that many routes have, to the byte.
const (
	undecodable  = `{"detail":"There was an error parsing the body"}`
	unauthorized = `{"detail":"Unauthorized"}`
	forbidden    = `{"detail":"Forbidden"}`
	notFound     = `{"detail":"Not Found"}`
	tooLarge     = `{"detail":"Request body too large"}`
	unavailable  = `{"detail":"Service Unavailable"}`
	internal     = `{"detail":"Internal Server Error"}`
	crossOrigin  = `{"detail":"CROSS_ORIGIN_REQUEST"}`
)

// Reasons of the example's password rule and of ginauth's own limit.
const (
	tooShort = "Password should be at least 3 characters"
	tooLong  = "Password must not be longer than 1024 bytes"
)

// refused is the body of a refused password.
func refused(code, reason string) string {
	return `{"detail":{"code":"` + code + `","reason":"` + reason + `"}}`
}

// code is the body of an error that is a code.
func code(name string) string { return `{"detail":"` + name + `"}` }

// want checks status and body. In body REASON stands for any sentence.
func (a answer) want(t testing.TB, status int, body string) {
	t.Helper()
	if a.status != status || !fits(a.body, body) {
		t.Errorf("%s:\n got %d %s\nwant %d %s", a.request, a.status, a.body, status, body)
	}
}

// must is want where the test cannot go on otherwise.
func (a answer) must(t testing.TB, status int, body string) answer {
	t.Helper()
	a.want(t, status, body)
	if t.Failed() {
		t.FailNow()
	}
	return a
}

// mustBe checks the status only; the test cannot go on with another.
func (a answer) mustBe(t testing.TB, status int) {
	t.Helper()
	if a.status != status {
		t.Fatalf("%s: got %d %s, want %d", a.request, a.status, a.body, status)
	}
}

func fits(got, want string) bool {
	parts := strings.Split(want, "REASON")
	if !strings.HasPrefix(got, parts[0]) {
		return false
	}
	rest := got[len(parts[0]):]
	for _, part := range parts[1:] {
		sentence, after, found := strings.Cut(rest, part)
		if !found || sentence == "" || strings.ContainsAny(sentence, `"\`) {
			return false
		}
		rest = after
	}
	return rest == ""
}

// wantEmpty wants the answer without content: 204 in v15, 200 with null in v9.
func (a answer) wantEmpty(t testing.TB, w *world) {
	t.Helper()
	if w.wire == v15 {
		a.want(t, 204, "")
		return
	}
	a.want(t, 200, "null")
}

// resetRefused is the body of a password refused at /reset-password.
func (w *world) resetRefused(reason string) string {
	return refused([...]string{v9: "REGISTER_INVALID_PASSWORD", v15: "RESET_PASSWORD_INVALID_PASSWORD"}[w.wire], reason)
}

// fault is a situation of the 422 catalogue.
type fault int

const (
	missing fault = iota
	noDict
	null
	noString
	noEmail
	noBool
	otherGrant
	ruleName
)

// catalogue has the faults of request bodies in the wording of each wire profile.
var catalogue = map[fault][2]string{
	missing: {
		`"msg":"field required","type":"value_error.missing"`,
		`"msg":"Field required","type":"missing"`,
	},
	noDict: {
		`"msg":"value is not a valid dict","type":"type_error.dict"`,
		`"msg":"Input should be a valid dictionary or object to extract fields from","type":"model_attributes_type"`,
	},
	null: {
		`"msg":"none is not an allowed value","type":"type_error.none.not_allowed"`,
		`"msg":"Input should be a valid string","type":"string_type"`,
	},
	noString: {
		`"msg":"str type expected","type":"type_error.str"`,
		`"msg":"Input should be a valid string","type":"string_type"`,
	},
	noEmail: {
		`"msg":"value is not a valid email address","type":"value_error.email"`,
		`"msg":"value is not a valid email address: REASON","type":"value_error"`,
	},
	noBool: {
		`"msg":"value could not be parsed to a boolean","type":"type_error.bool"`,
		`"msg":"Input should be a valid boolean, unable to interpret input","type":"bool_parsing"`,
	},
	otherGrant: {
		`"msg":"string does not match regex \"password\"","type":"value_error.str.regex"`,
		`"msg":"String should match pattern '^password$'","type":"string_pattern_mismatch"`,
	},
	ruleName: {
		`"msg":"first_name must be a maximum of 80 characters in length","type":"value_error"`,
		`"msg":"first_name must be a maximum of 80 characters in length","type":"value_error"`,
	},
}

// item is one item of a 422, its place as JSON.
type item struct {
	loc   string
	fault fault
}

func at(field string, f fault) item { return item{`["body","` + field + `"]`, f} }
func whole(f fault) item            { return item{`["body"]`, f} }

// invalid is the body of a 422.
func (w *world) invalid(items ...item) string {
	texts := make([]string, len(items))
	for i, it := range items {
		texts[i] = `{"loc":` + it.loc + `,` + catalogue[it.fault][w.wire] + `}`
	}
	return `{"detail":[` + strings.Join(texts, ",") + `]}`
}

// malformed is the body of a 422 for malformed JSON at a byte, which is in this
// line and column.
func (w *world) malformed(char, line, column int) string {
	if w.wire == v15 {
		return fmt.Sprintf(`{"detail":[{"loc":["body",%d],"msg":"JSON decode error","type":"json_invalid"}]}`, char)
	}
	return fmt.Sprintf(`{"detail":[{"loc":["body",%d],"msg":"Invalid JSON: line %d column %d (char %d)","type":"value_error.jsondecode"}]}`,
		char, line, column, char)
}
