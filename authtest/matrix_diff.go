package authtest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// difference is what changed between the accepted table and the present one.
type difference struct{ old, new table }

// none reports whether nothing changed.
func (d difference) none() bool { return d.sameHead() && len(d.routes()) == 0 }

func (d difference) sameHead() bool {
	return slices.Equal(d.old.columns, d.new.columns) && slices.Equal(d.old.backends, d.new.backends)
}

// routes returns the routes whose answers changed, in the order of the tables.
func (d difference) routes() []route {
	var changed []route
	for _, r := range allRoutes(d.old, d.new) {
		was, had := d.old.row(r)
		is, has := d.new.row(r)
		if had != has || !reflect.DeepEqual(was.lines, is.lines) {
			changed = append(changed, r)
		}
	}
	return changed
}

func allRoutes(old, new table) []route {
	var all []route
	for _, r := range slices.Concat(old.rows, new.rows) {
		if !slices.Contains(all, r.route) {
			all = append(all, r.route)
		}
	}
	slices.SortFunc(all, compareRoutes)
	return all
}

// String shows the changed routes before and after, and says what it means.
func (d difference) String() string {
	if !d.sameHead() {
		return "The columns or backends are others than before. The table is now:\n\n" + d.new.String()
	}
	var text strings.Builder
	for _, line := range d.lines() {
		text.WriteString(line + "\n")
	}
	text.WriteString("\n")
	for _, r := range d.routes() {
		fmt.Fprintf(&text, "%s %s\n", r, d.meaning(r))
	}
	return text.String()
}

// lines returns the changed rows, old ones marked "-" and new ones "+".
func (d difference) lines() []string {
	var rows []signedRow
	for _, r := range d.routes() {
		if was, had := d.old.row(r); had {
			rows = append(rows, signedRow{"- ", was})
		}
		if is, has := d.new.row(r); has {
			rows = append(rows, signedRow{"+ ", is})
		}
	}
	sheet := d.new.sheet(rows)
	return sheet.format()
}

// meaning says in words how the answers of r changed.
func (d difference) meaning(r route) string {
	_, had := d.old.row(r)
	is, has := d.new.row(r)
	switch {
	case !has:
		return "is gone."
	case !had && is.isExcluded():
		return "is new, and excluded."
	case !had && d.new.isOpen(r):
		return "is new and lets everybody in, also anonymous: is a guard missing?"
	case !had:
		return "is new."
	}
	var parts []string
	if names := d.columns(r, isClosed, isOpen); len(names) > 0 {
		parts = append(parts, "now lets in: "+strings.Join(names, ", "))
	}
	if names := d.columns(r, isOpen, isClosed); len(names) > 0 {
		parts = append(parts, "now refuses: "+strings.Join(names, ", "))
	}
	if len(parts) == 0 {
		return "answers otherwise."
	}
	return strings.Join(parts, "; ") + "."
}

// columns returns the callers whose answer was so and is such, through any backend.
func (d difference) columns(r route, was, is func(cell string) bool) []string {
	var names []string
	for _, column := range d.new.columns {
		changed := func(backend string) bool {
			return was(d.old.cell(r, backend, column)) && is(d.new.cell(r, backend, column))
		}
		if slices.ContainsFunc(d.new.backends, changed) {
			names = append(names, column)
		}
	}
	return names
}

// isClosed reports whether the cell is a refusal: of ginauth, or of the application
// itself, which may also send people to its login page. What a middleware for CORS does
// is no answer of the route: one line less of it, and pages elsewhere get in.
func isClosed(cell string) bool {
	cell = strings.TrimPrefix(cell, corsMark)
	return strings.HasPrefix(cell, refusedMark) || cell == "401" || cell == "403" || strings.HasPrefix(cell, "3")
}

// isOpen reports whether the cell is another answer of the handler.
func isOpen(cell string) bool {
	return cell != "" && cell != notApplicable && cell != excludedCell && !isClosed(cell)
}

func (r row) isExcluded() bool { return r.lines[0].cells[0] == excludedCell }

// isOpen reports whether r lets anonymous requests in.
func (t table) isOpen(r route) bool { return isOpen(t.cell(r, t.backends[0], callers[0].name)) }
