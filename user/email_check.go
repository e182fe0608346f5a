package user

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// atomSymbols are the ASCII characters of an atom that are neither letters nor digits (RFC 5322 3.2.3).
const atomSymbols = "!#$%&'*+-/=?^_`{|}~"

// checkLocal returns the reason why the part before the @-sign is not valid, or "".
func checkLocal(local string) string {
	if len(local) > maxLocalBytes {
		return "The part before the @-sign is too long"
	}
	for atom := range strings.SplitSeq(local, ".") {
		if !validAtom(atom) {
			return "The part before the @-sign is not valid"
		}
	}
	return ""
}

func validAtom(atom string) bool {
	// A combining mark that has nothing to combine with shows on its neighbour outside the atom, or not at all.
	if first, _ := utf8.DecodeRuneInString(atom); atom == "" || unicode.IsMark(first) {
		return false
	}
	for _, r := range atom {
		if !validAtomRune(r) {
			return false
		}
	}
	return true
}

func validAtomRune(r rune) bool {
	if r < utf8.RuneSelf {
		return isLetterOrDigit(byte(r)) || strings.IndexByte(atomSymbols, byte(r)) >= 0
	}
	return isVisible(r)
}

// isVisible reports whether a non-ASCII character leaves a mark of its own on the screen. Unknown means no: unassigned
// and private characters, controls, formats and all kinds of space are not printable to package unicode.
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

// validDomain checks a domain in its ASCII form. Neither a trailing dot nor an IP address passes.
func validDomain(ascii string) bool {
	labels := 0
	last := ""
	for label := range strings.SplitSeq(ascii, ".") {
		if !validLabel(label) {
			return false
		}
		labels++
		last = label
	}
	return labels >= 2 && isLetter(last[len(last)-1])
}

func validLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		if c := label[i]; c != '-' && !isLetterOrDigit(c) {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func isLetterOrDigit(c byte) bool { return isLetter(c) || '0' <= c && c <= '9' }
