package authtest

import (
	"reflect"
	"strings"
	"testing"
)

func sampleTable() table {
	return table{
		backends: []string{"web", "api"},
		columns:  []string{"anonymous", "superuser"},
		rows: []row{
			{route{"GET", "/"}, []line{{cells: []string{"200", "200"}}}},
			{route{"DELETE", "/shop"}, []line{{cells: []string{"excluded"}}}},
			{route{"POST", "/very/long/path"}, []line{
				{by: []string{"web"}, cells: []string{"✗ 401", "204"}},
				{by: []string{"api"}, cells: []string{"✗ 401", "panic"}},
			}},
		},
	}
}

const sampleText = `What each route answers to whom. ✗: refused by ginauth before the handler ran. -: there is no such caller.
Logged in by: web, api

method  path             anonymous  superuser
─────────────────────────────────────────────
GET     /                200        200
DELETE  /shop            excluded
POST    /very/long/path
        by web           ✗ 401      204
        by api           ✗ 401      panic
`

func TestTableString(t *testing.T) {
	t.Parallel()
	if got := sampleTable().String(); got != sampleText {
		t.Errorf("got\n%s\nwant\n%s", got, sampleText)
	}
}

func TestParseTable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       table
	}{
		{"as written", sampleText, sampleTable()},
		{"with the line ends of Windows", strings.ReplaceAll(sampleText, "\n", "\r\n"), sampleTable()},
		{"laid out otherwise", strings.ReplaceAll(sampleText, "  ", "   "), sampleTable()},
		{"empty", "", table{}},
		{"no table", "<<<<<<< HEAD\n   by web   200\n=======\n", table{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := parseTable(tt.text); !reflect.DeepEqual(got, tt.want) && len(got.rows)+len(tt.want.rows) > 0 {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestDifferenceOfHeads(t *testing.T) {
	t.Parallel()
	old, present := sampleTable(), sampleTable()
	old.columns = []string{"anonymous", "king"}
	d := difference{old, present}
	if d.none() {
		t.Error("another column is no difference")
	}
	if got := d.String(); !strings.Contains(got, "The columns or backends are others than before.") || !strings.Contains(got, sampleText) {
		t.Errorf("got %s, want the whole table", got)
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	lines := merge(nil, line{by: []string{"web"}, cells: []string{"200", "403"}})
	lines = merge(lines, line{by: []string{"api"}, cells: []string{"200", "-"}})
	lines = merge(lines, line{by: []string{"desk"}, cells: []string{"401", "403"}})
	want := []line{
		{by: []string{"web", "api"}, cells: []string{"200", "403"}},
		{by: []string{"desk"}, cells: []string{"401", "403"}},
	}
	if !reflect.DeepEqual(lines, want) {
		t.Errorf("got %v, want %v", lines, want)
	}
}

func TestFillPath(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"/":                    "/",
		"/users/:id":           "/users/<id>",
		"/users/:id/orders/:n": "/users/<id>/orders/<n>",
		"/v:version/x":         "/v<version>/x",
		"/files/*path":         "/files/<path>",
		`/mail\:box`:           "/mail:box",
	} {
		if got := fillPath(pattern, func(name string) string { return "<" + name + ">" }); got != want {
			t.Errorf("%s: got %s, want %s", pattern, got, want)
		}
	}
}

func TestRouteMatches(t *testing.T) {
	t.Parallel()
	r := route{"DELETE", "/users/:id"}
	for pattern, want := range map[string]bool{
		"DELETE /users/:id":  true,
		"DELETE  /users/:id": true,
		"/users/:id":         true,
		"/users/...":         true,
		"DELETE /...":        true,
		"GET /users/:id":     false,
		"GET /users/...":     false,
		"DELETE /users":      false,
		"/user/...":          false,
		"/users/:id/...":     false,
		"delete /users/:id":  false,
	} {
		if got := r.matches(pattern); got != want {
			t.Errorf("%s: got %v, want %v", pattern, got, want)
		}
	}
}
