package authtest

import (
	"slices"
	"strings"
)

// table has the answer of each route to each caller.
type table struct {
	backends []string
	columns  []string
	rows     []row
}

// row is one route of a table.
type row struct {
	route route
	// lines are one where all backends get the same answers.
	lines []line
}

// line has the answers of a route to callers of some backends.
type line struct {
	by    []string // names of backends; nil stands for all
	cells []string // one per column, or excludedCell alone
}

// The lines of a table before those of its routes.
const (
	tableTitle    = "What each route answers to whom. ✗: refused by ginauth before the handler ran. -: there is no such caller."
	tableCORS     = "cors: a middleware of the application refused the other origin with 403; then what the route answers without it."
	tableBackends = "Logged in by: "
	tableMethod   = "method"
	tablePath     = "path"
	tableBy       = "by "
)

// merge adds l to lines, or to the line that has the same answers where both have one.
func merge(lines []line, l line) []line {
	for i := range lines {
		cells, same := merged(lines[i].cells, l.cells)
		if same {
			lines[i].by, lines[i].cells = append(lines[i].by, l.by...), cells
			return lines
		}
	}
	return append(lines, l)
}

func merged(a, b []string) (cells []string, same bool) {
	for i := range a {
		switch {
		case a[i] == b[i] || b[i] == notApplicable:
			cells = append(cells, a[i])
		case a[i] == notApplicable:
			cells = append(cells, b[i])
		default:
			return nil, false
		}
	}
	return cells, true
}

// String returns the table as it is kept in the golden file.
func (t table) String() string {
	rows := make([]signedRow, len(t.rows))
	for i, r := range t.rows {
		rows[i].row = r
	}
	sheet := t.sheet(rows)
	lines := sheet.format()
	rule := strings.Repeat("─", sheet.width())
	head := []string{tableTitle}
	if t.hasCORS() {
		head = append(head, tableCORS)
	}
	head = append(head, tableBackends+strings.Join(t.backends, ", "), "", lines[0], rule)
	return strings.Join(append(head, lines[1:]...), "\n") + "\n"
}

// hasCORS reports whether a cell needs the line that explains it.
func (t table) hasCORS() bool {
	return slices.ContainsFunc(t.rows, func(r row) bool {
		return slices.ContainsFunc(r.lines, func(l line) bool {
			return slices.ContainsFunc(l.cells, func(cell string) bool { return strings.HasPrefix(cell, corsMark) })
		})
	})
}

// signedRow is a row with a sign before each of its lines.
type signedRow struct {
	sign string
	row
}

// sheet lays out rows whose signs are equally long under the names of the columns.
func (t table) sheet(rows []signedRow) sheet {
	var s sheet
	blank := ""
	if len(rows) > 0 {
		blank = strings.Repeat(" ", len(rows[0].sign))
	}
	s.add(t.columns, blank+tableMethod, tablePath)
	for _, r := range rows {
		if r.lines[0].by != nil {
			s.add(nil, r.sign+r.route.method, r.route.path)
		}
		for _, l := range r.lines {
			if l.by == nil {
				s.add(l.cells, r.sign+r.route.method, r.route.path)
			} else {
				s.add(l.cells, r.sign, tableBy+strings.Join(l.by, ", "))
			}
		}
	}
	return s
}

// row returns the row of a route.
func (t table) row(r route) (row, bool) {
	i := slices.IndexFunc(t.rows, func(found row) bool { return found.route == r })
	if i < 0 {
		return row{}, false
	}
	return t.rows[i], true
}

// cell returns what the table says for one backend and column, "" for nothing.
func (t table) cell(r route, backend, column string) string {
	found, _ := t.row(r)
	at := slices.Index(t.columns, column)
	for _, l := range found.lines {
		if at >= 0 && at < len(l.cells) && (l.by == nil || slices.Contains(l.by, backend)) {
			return l.cells[at]
		}
	}
	return ""
}
