// Package email reads e-mail addresses: what is stored of one, and the key it is looked up by.
package email

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Email is an e-mail address as stored and the key it is looked up by.
type Email struct {
	// Address is the address as its owner typed it, in Unicode Normalisation Form C, with
	// the domain in lower case. Mail goes here.
	Address string
	// Key is equal for all spellings of one address. Uniqueness and look-up compare it
	// byte by byte.
	Key string
}

// Domain returns the domain of the key, in ASCII; empty for the zero value.
func (e Email) Domain() string {
	_, domain, _ := cut(e.Key)
	return domain
}

// Parse checks an e-mail address and returns its stored form and key. White space around
// the address is ignored; nothing else is repaired. The error is an [*Error].
//
// It accepts what can be an address of today: atoms separated by dots, an @-sign, a
// domain of two or more labels, at most 254 bytes in all. Display names, comments, quoted
// local parts and IP addresses are refused, and so are characters that Unicode regards as
// variants of others (full-width letters, ligatures, the Kelvin sign): folding them would
// hand one person's account to another. A domain with characters that resolvers drop or
// replace, such as a zero-width space, is refused, so that what is stored is what
// everybody reads. Parsing an address that Parse returned gives it again.
func Parse(text string) (Email, error) {
	address, reason := normalize(strings.TrimSpace(text))
	if reason != "" {
		return Email{}, &Error{Reason: reason}
	}
	if !norm.NFKC.IsNormalString(address) {
		return Email{}, &Error{Reason: reasonVariant}
	}
	local, domain, found := cut(address)
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
	if len(stored) > maxBytes {
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
	address, reason := normalize(address)
	if reason != "" {
		return "", false
	}
	local, domain, found := cut(address)
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

// KeyPrefix returns text in the letter case of keys, to search for keys that begin with it.
func KeyPrefix(text string) string { return lowerCase(text) }

// Error says why a text is not an e-mail address. It does not repeat the text.
type Error struct {
	// Reason is a short sentence for people, such as "The part after the @-sign is not valid".
	Reason string
}

// Error implements error.
func (e *Error) Error() string { return "user: invalid email: " + e.Reason }
