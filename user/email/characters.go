package email

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// atomCharacters are the ASCII characters of an atom (RFC 5322 3.2.3).
const atomCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"

// checkLocal returns the reason why the part before the @-sign is not valid, or "".
func checkLocal(local string) string {
	if len(local) > maxLocalBytes {
		return "The part before the @-sign is too long"
	}
	for atom := range strings.SplitSeq(local, ".") {
		// A combining mark that has nothing to combine with shows on its neighbour
		// outside the atom, or not at all.
		first, _ := utf8.DecodeRuneInString(atom)
		if atom == "" || unicode.IsMark(first) || strings.ContainsFunc(atom, isNoAtom) {
			return "The part before the @-sign is not valid"
		}
	}
	return ""
}

// isNoAtom reports whether r cannot be part of an atom.
func isNoAtom(r rune) bool {
	if r < utf8.RuneSelf {
		return strings.IndexByte(atomCharacters, byte(r)) < 0
	}
	return !isVisible(r)
}

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
