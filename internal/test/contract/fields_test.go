package contract

import (
	"strings"
	"testing"
)

// What a field may lead to besides a fault of the catalogue.
const (
	good         fault = -1 - iota // the answer of the route's body as it is
	broken                         // 400, undecodable
	emailIsTaken                   // the password passes, and the address is next
	passwordLong                   // the password is too long
)

// inputs are what is put in place of a field's value, in the order of fieldRow.cells.
var inputs = []struct {
	name   string
	values []string // JSON; "" leaves the field out
}{
	{"absent", []string{""}},
	{"null", []string{"null"}},
	{"empty", []string{`""`}},
	{"wrong type", []string{"2", "-1.5", "[]", "{}", `{"$ne":""}`, `["a@camelot.bt"]`}},
	{"too long", []string{`"` + strings.Repeat("x", 1025) + `@camelot.bt"`, `"` + strings.Repeat("x", 50_000) + `"`}},
	{"NUL", []string{`"k\u0000@camelot.bt"`, `"\u0000\u0000\u0000"`}},
	{"invalid UTF-8", []string{"\"k\xff@camelot.bt\"", `"k\ud800@camelot.bt"`}},
}

// fieldRow is what each input leads to.
type fieldRow struct {
	field string
	cells [7]fault
	// otherCase is what another letter case of the key leads to.
	otherCase fault
}

// fieldRoute is a route, a body of it that writes nothing, and a row for each field.
type fieldRoute struct {
	bodyRoute
	fields []string // of the body, names and JSON values in turn
	rows   []fieldRow
	codes  map[fault]string
}

// Rows that several routes share.
var (
	flagCells  = [7]fault{good, good, noBool, noBool, noBool, noBool, broken}
	nameCells  = [7]fault{good, good, good, noString, ruleName, good, broken}
	anyCells   = [7]fault{good, good, good, good, good, good, broken}
	tokenCells = [7]fault{missing, missing, good, noString, good, good, broken}
	mailCells  = [7]fault{missing, missing, noEmail, noString, noEmail, noEmail, noEmail}

	ignored = []fieldRow{
		{"is_active", flagCells, good},
		{"is_superuser", flagCells, good},
		{"is_verified", flagCells, good},
		{"first_name", nameCells, good},
		{"plan", anyCells, good}, // read-only: not even type-checked
		{"id", anyCells, good},
		{"unknown", anyCells, good},
	}
	patchRows = append([]fieldRow{
		{"email", [7]fault{good, good, noEmail, noString, noEmail, noEmail, noEmail}, good},
		{"password", [7]fault{emailIsTaken, emailIsTaken, good, noString, passwordLong, emailIsTaken, broken}, emailIsTaken},
	}, ignored...)
)

func (w *world) fieldRoutes() []fieldRoute {
	c := w.client()
	// A refused password is answered first, so nothing is written whatever the rest is.
	weak := []string{"email", quote(w.lancelot.email), "password", `"xy"`}
	update := map[fault]string{emailIsTaken: emailTaken, passwordLong: refused("UPDATE_USER_INVALID_PASSWORD", tooLong)}
	updateWeak := refused("UPDATE_USER_INVALID_PASSWORD", tooShort)
	routes := []fieldRoute{
		{
			bodyRoute: bodyRoute{client: c, method: "POST", path: "/auth/register", status: 400, answer: refused("REGISTER_INVALID_PASSWORD", tooShort)},
			fields:    weak,
			rows: append([]fieldRow{
				{"email", [7]fault{missing, null, noEmail, noString, noEmail, noEmail, noEmail}, missing},
				{"password", [7]fault{missing, null, good, noString, passwordLong, emailIsTaken, broken}, missing},
			}, ignored...),
			codes: map[fault]string{emailIsTaken: code("REGISTER_USER_ALREADY_EXISTS"), passwordLong: refused("REGISTER_INVALID_PASSWORD", tooLong)},
		},
		{
			bodyRoute: bodyRoute{client: w.arthur.client, method: "PATCH", path: "/users/me", status: 400, answer: updateWeak},
			fields:    weak, rows: patchRows, codes: update,
		},
		{
			bodyRoute: bodyRoute{client: c, method: "POST", path: "/auth/forgot-password", status: 202, answer: "null"},
			fields:    []string{"email", `"nobody@camelot.bt"`},
			rows:      []fieldRow{{"email", mailCells, missing}, {"unknown", anyCells, good}},
		},
		{
			bodyRoute: bodyRoute{client: c, method: "POST", path: "/auth/request-verify-token", status: 202, answer: "null"},
			fields:    []string{"email", `"nobody@camelot.bt"`},
			rows:      []fieldRow{{"email", mailCells, missing}, {"unknown", anyCells, good}},
		},
		{
			bodyRoute: bodyRoute{client: c, method: "POST", path: "/auth/reset-password", status: 400, answer: badResetToken},
			fields:    []string{"token", `"x"`, "password", `"guinevere"`},
			rows:      []fieldRow{{"token", tokenCells, missing}, {"password", tokenCells, missing}, {"unknown", anyCells, good}},
		},
		{
			bodyRoute: bodyRoute{client: c, method: "POST", path: "/auth/verify", status: 400, answer: badVerifyToken},
			fields:    []string{"token", `"x"`},
			rows:      []fieldRow{{"token", tokenCells, missing}, {"unknown", anyCells, good}},
		},
		w.jsonLogin(),
		w.jsonLoginByEmail(),
	}
	if w.super != nil {
		routes = append(routes, fieldRoute{
			bodyRoute: bodyRoute{client: w.super.client, method: "PATCH", path: "/users/" + w.arthur.id, status: 400, answer: updateWeak},
			fields:    weak, rows: patchRows, codes: update,
		})
	}
	return routes
}

// testFields has every field of every JSON body against every kind of bad input.
func testFields(t *testing.T, w *world) {
	for _, route := range w.fieldRoutes() {
		for _, row := range route.rows {
			for i, input := range inputs {
				for _, value := range input.values {
					route.check(t, w, row.field, row.cells[i], input.name, objectOf(with(route.fields, row.field, value)))
				}
			}
			for _, key := range otherCases(row.field) {
				fields := with(with(route.fields, row.field, ""), key, valueOf(route.fields, row.field))
				route.check(t, w, row.field, row.otherCase, "key "+key, objectOf(fields))
			}
			route.checkTwice(t, w, row.field)
		}
	}
	w.arthur.wantMe(t, w.arthur)
	w.wantNoUser(t, "nobody@")
}

// check sends a body and wants what the fault of the field means.
func (r fieldRoute) check(t *testing.T, w *world, field string, f fault, name, body string) {
	t.Helper()
	a := r.send(t, asJSON, body)
	a.request += ": " + field + ", " + name + ": " + quote(body[:min(len(body), 120)])
	switch special, ok := r.codes[f]; {
	case f == good:
		a.want(t, r.status, r.answer)
	case f == broken:
		a.want(t, 400, undecodable)
	case ok:
		a.want(t, 400, special)
	default:
		a.want(t, 422, w.invalid(at(field, f)))
	}
}

// checkTwice has the key twice, and data after the object.
func (r fieldRoute) checkTwice(t *testing.T, w *world, field string) {
	t.Helper()
	value := valueOf(r.fields, field)
	body := strings.TrimSuffix(objectOf(with(r.fields, field, value)), "}")
	for _, second := range []string{value, `null`, `"x"`} {
		a := r.send(t, asJSON, body+`,"`+field+`":`+second+`}`)
		a.request += ": " + field + " twice"
		a.want(t, 422, w.malformed(len(body)+1, 1, len(body)+2))
	}
	for _, rest := range []string{`{}`, `{"` + field + `":"x"}`, `x`, "\x00", `]`} {
		a := r.send(t, asJSON, body+"} "+rest)
		a.request += ": " + field + ", then " + quote(rest)
		a.want(t, 422, w.malformed(len(body)+2, 1, len(body)+3))
	}
}

// with returns fields with one of them set; the value "" takes it away.
func with(fields []string, field, value string) []string {
	var changed []string
	for i := 0; i < len(fields); i += 2 {
		if fields[i] != field {
			changed = append(changed, fields[i], fields[i+1])
		}
	}
	if value != "" {
		changed = append(changed, field, value)
	}
	return changed
}

// valueOf returns the value of a field, and one that is good where the body has none.
func valueOf(fields []string, field string) string {
	for i := 0; i < len(fields); i += 2 {
		if fields[i] == field {
			return fields[i+1]
		}
	}
	return "null"
}

func objectOf(fields []string) string {
	var members []string
	for i := 0; i < len(fields); i += 2 {
		members = append(members, `"`+fields[i]+`":`+fields[i+1])
	}
	return "{" + strings.Join(members, ",") + "}"
}

// otherCases are keys that are equal to another only if letter case, or Unicode's
// idea of it, is forgotten.
func otherCases(field string) []string {
	keys := []string{strings.ToUpper(field), strings.ToUpper(field[:1]) + field[1:], field + " ", " " + field, field + `\u0000`}
	if folded := strings.NewReplacer("s", "ſ", "k", "\u212a").Replace(field); folded != field {
		keys = append(keys, folded)
	}
	return keys
}
