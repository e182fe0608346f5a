package authtest

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// gap stands between two columns.
const gap = "  "

// sheet is text in columns.
type sheet struct{ lines [][]string }

// add adds a line of what stands on its left and its cells.
func (s *sheet) add(cells []string, left ...string) {
	s.lines = append(s.lines, slices.Concat(left, cells))
}

// widths returns the width of each column, in characters.
func (s *sheet) widths() []int {
	var widths []int
	for _, fields := range s.lines {
		for i, field := range fields {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if field != excludedCell { // it stands for all cells and may run over them
				widths[i] = max(widths[i], utf8.RuneCountInString(field))
			}
		}
	}
	return widths
}

func (s *sheet) width() int {
	width := -len(gap)
	for _, w := range s.widths() {
		width += w + len(gap)
	}
	return width
}

// format returns the lines of text.
func (s *sheet) format() []string {
	widths := s.widths()
	var lines []string
	for _, fields := range s.lines {
		var text strings.Builder
		for i, field := range fields {
			text.WriteString(field + strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(field))) + gap)
		}
		lines = append(lines, strings.TrimRight(text.String(), " "))
	}
	return lines
}
