// Package email reads e-mail addresses: what is stored of one, and the key it is looked up by.
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
	maxEmailBytes = 254 // the longest path RFC 5321 4.5.3.1.3 allows, less its angle brackets
	maxLocalBytes = 64  // RFC 5321 4.5.3.1.1

	// NFC makes no text shorter than a third. What is longer than this cannot become an address, and must not
	// reach the IDNA conversion, whose work grows with the square of a label's length.
	maxRawEmailBytes = 4 * maxEmailBytes
)

// Email is an e-mail address as stored and the key it is looked up by.
type Email struct {
	// Address is the address as its owner typed it, in Unicode Normalisation Form C, with the domain in lower case.
	// Mail goes here.
	Address string
	// Key is equal for all spellings of one address. Uniqueness and look-up compare it byte by byte.
	Key string
}

// Domain returns the domain of the key, in ASCII; empty for the zero value.
func (e Email) Domain() string {
	_, domain, _ := cutEmail(e.Key)
	return domain
}

// Error says why a text is not an e-mail address. It never repeats the text.
type Error struct {
	// Reason is a short sentence for people, such as "The part after the @-sign is not valid".
	Reason string
}

// Error returns the reason with the prefix of this package.
func (e *Error) Error() string { return "user: invalid email: " + e.Reason }

// Parse checks an e-mail address and returns its stored form and key. White space around the address is ignored;
// nothing else is repaired. The error is an [*Error].
//
// It accepts what can be an address of today: atoms separated by dots, an @-sign, a domain of two or more labels, at
// most 254 bytes in all. Display names, comments, quoted local parts and IP addresses are refused, and so are
// characters that Unicode regards as variants of others (full-width letters, ligatures, the Kelvin sign): folding
// them would hand one person's account to another. A domain with characters that resolvers drop or replace, such as
// a zero-width space, is refused, so that what is stored is what everybody reads. Parsing an address that Parse returned gives it again.
func Parse(text string) (Email, error) {
	address, reason := normalizeEmail(strings.TrimSpace(text))
	if reason != "" {
		return Email{}, &Error{Reason: reason}
	}
	if !norm.NFKC.IsNormalString(address) {
		return Email{}, &Error{Reason: reasonVariant}
	}
	local, domain, found := cutEmail(address)
	if !found {
		return Email{}, &Error{Reason: "The address needs one @-sign with text on both sides"}
	}
	if reason := checkLocal(local); reason != "" {
		return Email{}, &Error{Reason: reason}
	}
	domain = lowerCase(domain)
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !domainPattern.MatchString(ascii) || domain != ascii && !readAsWritten(domain, ascii) {
		return Email{}, &Error{Reason: "The part after the @-sign is not valid"}
	}
	// A few letters have a longer lower case, so the limit is checked on what is stored, too.
	stored := local + "@" + domain
	if len(stored) > maxEmailBytes {
		return Email{}, &Error{Reason: reasonTooLong}
	}
	return Email{Address: stored, Key: lowerCase(local) + "@" + ascii}, nil
}

// Key returns the key to look an address up by, without checking whether it is a
// valid one, which is right for a login name. White space is not trimmed. For every
// address that [Parse] accepts, the key is the one Parse returns. It reports
// false for a text that cannot be an address: no @-sign, a domain that IDNA refuses,
// bytes that are not UTF-8, or characters that would have to be folded to match.
// Characters of the domain that resolvers drop do not matter.
func Key(address string) (key string, ok bool) {
	address, reason := normalizeEmail(address)
	if reason != "" {
		return "", false
	}
	local, domain, found := cutEmail(address)
	if !found {
		return "", false
	}
	ascii, err := idna.Lookup.ToASCII(lowerCase(domain))
	if err != nil {
		return "", false
	}
	key = lowerCase(local) + "@" + ascii
	if norm.NFKC.IsNormalString(key) && !norm.NFKC.IsNormalString(address) {
		return "", false // a variant was folded on the way, so the key is another user's
	}
	return key, true
}

const (
	reasonTooLong = "The address is too long"
	reasonVariant = "The address has characters that are variants of others"
)

// normalizeEmail returns the address in NFC, or the reason why it is none.
func normalizeEmail(address string) (normal, reason string) {
	switch {
	case len(address) > maxRawEmailBytes:
		return "", reasonTooLong
	case !utf8.ValidString(address), strings.IndexByte(address, 0) >= 0:
		return "", "The address is not valid text"
	case hasSingleton(address):
		return "", reasonVariant
	}
	normal = norm.NFC.String(address)
	if len(normal) > maxEmailBytes {
		return "", reasonTooLong
	}
	return normal, ""
}

// hasSingleton reports whether NFC would replace a character of s by a different one, as it does with the Kelvin sign
// and the letter K. A letter and an accent that become one character are something else: both were really typed.
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

// cutEmail splits at the last @-sign and reports whether there is text on both sides.
func cutEmail(address string) (local, domain string, found bool) {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || at == len(address)-1 {
		return "", "", false
	}
	return address[:at], address[at+1:], true
}

// lowerCase puts every code point into its full lower case, whatever stands around it, and the result into NFC.
// Only İ has a full lower case of more than one code point; the simple one would make it a plain i and so fold
// İ@camelot.bt into i@camelot.bt. A sigma at the end of a word is a σ like any other.
func lowerCase(s string) string {
	if strings.ContainsRune(s, 'İ') {
		s = strings.ReplaceAll(s, "İ", "i\u0307")
	}
	return norm.NFC.String(strings.Map(unicode.ToLower, s))
}

// readAsWritten reports whether the domain, in lower case, is the one that its ASCII form stands for: the IDNA mapping
// has neither dropped nor replaced a character, but for letter case, and none of those it keeps is blank. A label typed
// in ASCII form is as written.
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

// KeyPrefix returns text in the letter case of keys, to search for keys that begin with it.
func KeyPrefix(text string) string { return lowerCase(text) }

// atomCharacters are the ASCII characters of an atom (RFC 5322 3.2.3).
const atomCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"

// domainPattern is a domain in its ASCII form, in lower case: two or more labels of at most 63 characters, the last of
// which ends with a letter. Neither a trailing dot nor an IP address matches.
var domainPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z0-9][a-z0-9-]{0,61})?[a-z]$`)

// checkLocal returns the reason why the part before the @-sign is not valid, or "".
func checkLocal(local string) string {
	if len(local) > maxLocalBytes {
		return "The part before the @-sign is too long"
	}
	for atom := range strings.SplitSeq(local, ".") {
		// A combining mark that has nothing to combine with shows on its neighbour outside the atom, or not at all.
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
