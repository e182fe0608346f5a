package authtest

import (
	"slices"
	"strings"
)

// parseTable reads a table that String wrote. Spaces do not matter, since a longer
// path of one route moves all others. What is no table gives an empty one; a route
// without answers is left out.
func parseTable(text string) table {
	var t table
	for text := range strings.Lines(text) {
		text = strings.TrimRight(text, "\r\n")
		fields := fieldsOf(text)
		names, isBackends := strings.CutPrefix(text, tableBackends)
		switch {
		case isBackends:
			t.backends = strings.Split(names, ", ")
		case len(fields) < 2 || strings.HasPrefix(text, "─") || text == tableTitle || text == tableCORS:
		case fields[0] == tableMethod && fields[1] == tablePath:
			t.columns = fields[2:]
		case strings.HasPrefix(text, " "):
			t.addLine(fields)
		default:
			t.rows = append(t.rows, row{route: route{fields[0], fields[1]}})
			if len(fields) > 2 {
				last := &t.rows[len(t.rows)-1]
				last.lines = append(last.lines, line{cells: fields[2:]})
			}
		}
	}
	t.rows = slices.DeleteFunc(t.rows, func(r row) bool { return len(r.lines) == 0 })
	return t
}

// addLine adds what the route of the last row answers through some backends.
func (t *table) addLine(fields []string) {
	if len(t.rows) == 0 {
		return // the file was edited
	}
	last := &t.rows[len(t.rows)-1]
	by := strings.Split(strings.TrimPrefix(fields[0], tableBy), ", ")
	last.lines = append(last.lines, line{by: by, cells: fields[1:]})
}

// fieldsOf splits a line where there are two spaces or more.
func fieldsOf(text string) []string {
	var fields []string
	for field := range strings.SplitSeq(text, gap) {
		if field = strings.TrimSpace(field); field != "" {
			fields = append(fields, field)
		}
	}
	return fields
}
