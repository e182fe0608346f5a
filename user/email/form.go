package email

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

const (
	maxBytes      = 254 // the longest path RFC 5321 4.5.3.1.3 allows, less its angle brackets
	maxLocalBytes = 64  // RFC 5321 4.5.3.1.1

	// NFC makes no text shorter than a third. What is longer than this cannot become an
	// address, and must not reach the IDNA conversion, whose work grows with the square
	// of a label's length.
	maxRawBytes = 4 * maxBytes
)

const (
	reasonTooLong = "The address is too long"
	reasonVariant = "The address has characters that are variants of others"
)

// normalize returns the address in NFC, or the reason why it is none.
func normalize(address string) (normal, reason string) {
	switch {
	case len(address) > maxRawBytes:
		return "", reasonTooLong
	case !utf8.ValidString(address), strings.IndexByte(address, 0) >= 0:
		return "", "The address is not valid text"
	case hasSingleton(address):
		return "", reasonVariant
	}
	normal = norm.NFC.String(address)
	if len(normal) > maxBytes {
		return "", reasonTooLong
	}
	return normal, ""
}

// hasSingleton reports whether NFC would replace a character of s by a different one, as
// it does with the Kelvin sign and the letter K. A letter and an accent that become one
// character are something else: both were really typed.
func hasSingleton(s string) bool {
	for i, r := range s {
		if r < utf8.RuneSelf {
			continue
		}
		char := s[i : i+utf8.RuneLen(r)]
		if norm.NFC.IsNormalString(char) {
			continue
		}
		if normal := norm.NFC.String(char); normal != char && utf8.RuneCountInString(normal) == 1 {
			return true
		}
	}
	return false
}

// cut splits at the last @-sign and reports whether there is text on both sides.
func cut(address string) (local, domain string, found bool) {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || at == len(address)-1 {
		return "", "", false
	}
	return address[:at], address[at+1:], true
}

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

// lowerCase puts every code point into its full lower case, whatever stands around it,
// and the result into NFC. Only İ has a full lower case of more than one code point; the
// simple one would make it a plain i and so fold İ@camelot.bt into i@camelot.bt. A sigma
// at the end of a word is a σ like any other.
func lowerCase(s string) string {
	if strings.ContainsRune(s, 'İ') {
		s = strings.ReplaceAll(s, "İ", "i\u0307")
	}
	return norm.NFC.String(strings.Map(unicode.ToLower, s))
}

// domainPattern is a domain in its ASCII form, in lower case: two or more labels of at
// most 63 characters, the last of which ends with a letter. Neither a trailing dot nor an
// IP address matches.
var domainPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z0-9][a-z0-9-]{0,61})?[a-z]$`)

// readAsWritten reports whether the domain, in lower case, is the one that its ASCII form
// stands for: the IDNA mapping has neither dropped nor replaced a character, but for
// letter case, and none of those it keeps is blank. A label typed in ASCII form is as
// written.
func readAsWritten(domain, ascii string) bool {
	labels, read := strings.Split(domain, "."), strings.Split(ascii, ".")
	if len(labels) != len(read) || strings.ContainsFunc(domain, isBlank) {
		return false
	}
	for i, label := range labels {
		if label == read[i] {
			continue
		}
		shown, err := idna.Lookup.ToUnicode(read[i])
		if err != nil || lowerCase(shown) != label {
			return false
		}
	}
	return true
}
