// Package blocklist refuses passwords that many people have: the 17,950 most
// common ones of at least 8 characters, and those made of the application's name
// or of the user's own address. It is a package of its own so that an application
// that does not use it does not carry the list.
//
// [Rule] is for the ValidatePassword of a ginauth.Config, usually beside a least
// length with [password.Rules]. [Breached] asks a service that knows the
// passwords of known breaches, without telling it the password.
package blocklist

import (
	"context"
	_ "embed"
	"strings"

	"github.com/ginauth/ginauth/password"
)

// common has one password per line, in lower case, sorted by its bytes. As it is
// searched where it lies, in the program's read-only part, it costs no memory and
// no time at the start, which a compressed list would.
//
//go:embed common.txt
var common string

// The reasons of refusals, for clients.
const (
	reasonCommon = "Password is one of the most common ones"
	reasonOwn    = "Password is made of a name that is easy to guess, such as the application's or that of your e-mail address"
)

// Rule returns a rule that refuses the most common passwords in any letter case,
// and passwords that are made of nothing but one of words, the user's e-mail
// address or a part of it: the word, perhaps several times, with a few digits or
// other characters. Words are the names people connect with the application, such
// as its own; those under 4 characters are ignored. The whole password is compared,
// so a long one may well begin with a common one. The rule does not look at the
// length. It does not block.
func Rule(words ...string) password.Rule {
	own := known(words)
	return func(_ context.Context, candidate string, owner password.Owner) error {
		candidate = strings.ToLower(candidate)
		switch {
		case isCommon(candidate):
			return &password.Error{Reason: reasonCommon}
		case madeOf(candidate, own), madeOf(candidate, known(addressParts(owner.Email))):
			return &password.Error{Reason: reasonOwn}
		}
		return nil
	}
}

// isCommon reports whether a password in lower case is in the list.
func isCommon(password string) bool {
	if password == "" || strings.ContainsRune(password, '\n') {
		return false
	}
	from, to := 0, len(common) // the lines that are left begin in between
	for from < to {
		middle := from + (to-from)/2
		begin := strings.LastIndexByte(common[:middle], '\n') + 1
		length := strings.IndexByte(common[begin:], '\n')
		line := common[begin : begin+length]
		switch strings.Compare(password, line) {
		case 0:
			return true
		case -1:
			to = begin
		default:
			from = begin + length + 1
		}
	}
	return false
}
