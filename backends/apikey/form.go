package apikey

import (
	"crypto/rand"
	"hash/crc32"
	"strings"
)

// A key is, in base 62, "<prefix>_<8>_<37><6>": a public part by which people tell keys
// apart, the secret, and the checksum of all before it.
const (
	digits       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	shortDigits  = 8
	secretDigits = 37
	sumDigits    = 6
)

// form is how the keys of one prefix look.
type form struct{ prefix string }

// make returns a new key.
func (f form) make() string {
	text := f.prefix + "_" + random(shortDigits) + "_" + random(secretDigits)
	return text + checksum(text)
}

// random returns n random digits.
func random(n int) string {
	const fair = 256 / len(digits) * len(digits) // bytes from here on would favour some digits
	text := make([]byte, 0, n)
	var drawn [64]byte
	for {
		rand.Read(drawn[:]) // never fails: it ends the process instead
		for _, b := range drawn {
			if int(b) < fair {
				text = append(text, digits[int(b)%len(digits)])
			}
			if len(text) == n {
				return string(text)
			}
		}
	}
}

// checksum returns the CRC-32 (IEEE 802.3) of text, the highest digit first.
func checksum(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	var last [sumDigits]byte
	for i := sumDigits - 1; i >= 0; i-- {
		last[i] = digits[sum%uint32(len(digits))]
		sum /= uint32(len(digits))
	}
	return string(last[:])
}

// short returns the part of a key that is no secret.
func (f form) short(key string) string { return key[:len(f.prefix)+1+shortDigits] }

// has reports whether text looks like a key: nothing else is worth a look into the store.
func (f form) has(text string) bool {
	rest, ok := strings.CutPrefix(text, f.prefix+"_")
	if !ok || len(rest) != shortDigits+1+secretDigits+sumDigits || rest[shortDigits] != '_' {
		return false
	}
	sum := len(text) - sumDigits
	return isDigits(rest[:shortDigits]) && isDigits(rest[shortDigits+1:]) && checksum(text[:sum]) == text[sum:]
}

func isDigits(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(digits, r) })
}
