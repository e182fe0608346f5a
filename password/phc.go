package password

import (
	"encoding/base64"
	"math"
	"strings"
)

// What is shared by the readers of stored hashes. They are strict: a hash has
// one spelling, and everything else is an unknown form, so that what is stored
// cannot mean one thing here and another to a different reader.

const (
	// maxEncodedHash is far above every form read here (the longest Argon2 hash
	// within its caps has about 210 bytes) and keeps the readers' work small.
	maxEncodedHash = 1024

	// Bounds of what is computed from stored parameters, which are data and may
	// be hostile. Memory is in KiB.
	maxHashMemory  = 256 * 1024
	maxHashThreads = 16
	minHashOutput  = 16
	maxHashOutput  = 64
)

// b64Std is the unpadded base64 of PHC strings, b64Passlib the one of passlib's
// PBKDF2, in which '.' stands for '+'.
var (
	b64Std     = base64.RawStdEncoding.Strict()
	b64Passlib = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./").
			WithPadding(base64.NoPadding).Strict()
	b64Django = base64.StdEncoding.Strict()
)

// splitHash cuts "$a$b$c" into its n parts without the leading empty one.
func splitHash(encoded string, n int) ([]string, bool) {
	if len(encoded) > maxEncodedHash {
		return nil, false
	}
	rest, ok := strings.CutPrefix(encoded, "$")
	if !ok {
		return nil, false
	}
	parts := strings.Split(rest, "$")
	return parts, len(parts) == n
}

// hashParams reads "m=1,t=2,p=3" given the names m, t and p: these, once each
// and in this order, as the reference implementations demand it.
func hashParams(s string, names ...string) ([]uint32, bool) {
	pairs := strings.Split(s, ",")
	if len(pairs) != len(names) {
		return nil, false
	}
	values := make([]uint32, len(names))
	for i, name := range names {
		digits, ok := strings.CutPrefix(pairs[i], name+"=")
		if !ok {
			return nil, false
		}
		if values[i], ok = hashNumber(digits); !ok {
			return nil, false
		}
	}
	return values, true
}

// hashNumber reads decimal digits without sign or leading zero. What is too
// large for a uint32 is its maximum: still a number, and beyond every cap.
func hashNumber(s string) (uint32, bool) {
	if s == "" || (len(s) > 1 && s[0] == '0') {
		return 0, false
	}
	var n uint64
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = min(n*10+uint64(c-'0'), math.MaxUint32)
	}
	return uint32(n), true
}

// hashBytes decodes s, which must not be empty and must be spelled as enc would.
func hashBytes(enc *base64.Encoding, s string) ([]byte, bool) {
	// The decoder skips line ends even when it is strict.
	if s == "" || strings.ContainsAny(s, "\r\n") {
		return nil, false
	}
	b, err := enc.DecodeString(s)
	return b, err == nil && len(b) > 0
}

func outputInBounds(key []byte) bool {
	return len(key) >= minHashOutput && len(key) <= maxHashOutput
}

// sameUnderHMAC reports whether HMAC cannot tell password from a shorter one:
// it fills keys up with zero bytes. Such a password never matches PBKDF2 and
// scrypt, which are built on it.
func sameUnderHMAC(password string) bool {
	return strings.HasSuffix(password, "\x00")
}
