package email

import "unicode"

// isVisible reports whether a non-ASCII character leaves a mark of its own on the screen.
// Unknown means no: unassigned and private characters, controls, formats and all kinds of
// space are not printable to package unicode.
func isVisible(r rune) bool {
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) &&
		!isBlank(r)
}

// isBlank reports whether r is a letter or symbol in Unicode's tables although it shows
// nothing, or stands for a character that could not be shown.
func isBlank(r rune) bool {
	switch r {
	case 0x2800, // Braille pattern blank
		0xFFFC, 0xFFFD, // object replacement, replacement character
		0x13441, 0x13442, // Egyptian full and half blank
		0x16FE4, // Khitan small script filler
		0x1D159: // musical null note head
		return true
	}
	return false
}
