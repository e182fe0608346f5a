package contract

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func testList(t *testing.T, w *world) {
	admin := w.admin(t)
	prefix := "list" + unique()
	var people []*person
	for _, name := range []string{".a", ".b", "%c"} {
		people = append(people, w.registerAs(t, prefix+name+"@camelot.bt"))
	}
	slices.SortFunc(people, func(a, b *person) int { return strings.Compare(a.id, b.id) })
	one := func(p *person) string { return p.json() }
	all := one(people[0]) + "," + one(people[1]) + "," + one(people[2])

	for _, path := range []string{"/users", "/users/"} {
		admin.get(t, path+"?q="+prefix).want(t, 200, `{"items":[`+all+`],"next":null}`)
	}
	admin.get(t, "/users?limit=3&q="+strings.ToUpper(prefix)).want(t, 200, `{"items":[`+all+`],"next":null}`)
	admin.get(t, "/users?limit=100&q="+prefix+"%25c%40CAMELOT.bt").want(t, 200, `{"items":[`+one(byEmail(people, "%c"))+`],"next":null}`)

	// Page by page.
	a := admin.get(t, "/users?limit=2&q="+prefix)
	var page struct{ Next string }
	if err := json.Unmarshal([]byte(a.body), &page); err != nil || page.Next == "" {
		t.Fatalf("got %s, want a next page", a.body)
	}
	a.want(t, 200, `{"items":[`+one(people[0])+","+one(people[1])+`],"next":`+quote(page.Next)+`}`)
	admin.get(t, "/users?limit=2&q="+prefix+"&cursor="+url.QueryEscape(page.Next)).want(t, 200, `{"items":[`+one(people[2])+`],"next":null}`)

	// q is plain text, and a prefix.
	for _, q := range []string{prefix + "x", prefix + "*", ".*", "^" + prefix, prefix + "_c", "%25" + prefix, "%00", "%ff", prefix + "%00", "%24ne", "(", "%5B", strings.Repeat("q", 5000)} {
		a := admin.get(t, "/users?q="+q)
		a.request += " " + q[:min(len(q), 40)]
		a.want(t, 200, `{"items":[],"next":null}`)
	}
	admin.get(t, "/users?q[$ne]=x&limit=1").mustBe(t, 200)

	for query, fields := range map[string][]string{
		"limit=0": {"limit"}, "limit=101": {"limit"}, "limit=-1": {"limit"}, "limit=": {"limit"}, "limit=x": {"limit"}, "limit=1.5": {"limit"},
		"limit=99999999999999999999": {"limit"}, "cursor=x": {"cursor"}, "cursor=": {"cursor"}, "cursor=%00": {"cursor"}, "cursor=%ff": {"cursor"},
		"limit=0&cursor=x": {"limit", "cursor"},
	} {
		a := admin.get(t, "/users?"+query)
		a.request += "?" + query
		wantQueryItems(t, a, fields)
	}
	w.client().get(t, "/users?limit=0").want(t, 401, unauthorized)
	w.arthur.get(t, "/users?limit=0").want(t, 403, forbidden)
	w.arthur.get(t, "/users/").want(t, 403, forbidden)
}

func byEmail(people []*person, part string) *person {
	return people[slices.IndexFunc(people, func(p *person) bool { return strings.Contains(p.email, part) })]
}

// wantQueryItems wants a 422 at these parameters; its wording is nobody's to rely on.
func wantQueryItems(t testing.TB, a answer, fields []string) {
	t.Helper()
	var items []string
	for _, field := range fields {
		items = append(items, `{"loc":["query","`+field+`"],"msg":"REASON","type":"value_error"}`)
	}
	a.want(t, 422, `{"detail":[`+strings.Join(items, ",")+`]}`)
}
