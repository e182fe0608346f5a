package user

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendJSONString appends s as a JSON string that escapes nothing but what JSON demands. Bytes that are not UTF-8
// become U+FFFD.
func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	done := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < ' ' || c == '"' || c == '\\' {
				dst = appendEscape(append(dst, s[done:i]...), c)
				done = i + 1
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = utf8.AppendRune(append(dst, s[done:i]...), utf8.RuneError)
			done = i + 1
		}
		i += size
	}
	return append(append(dst, s[done:]...), '"')
}

// appendEscape appends the shortest escape of a quote, a backslash or a control character.
func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	default:
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
}

// appendUnescaped appends a valid JSON text with every character that may stand for itself standing for itself.
// Half a surrogate pair may not, and stays as it is.
func appendUnescaped(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		if text[i] != '\\' || i+1 == len(text) {
			dst = append(dst, text[i])
			i++
			continue
		}
		if text[i+1] == '/' {
			dst = append(dst, '/')
			i += 2
			continue
		}
		r, size := escapedRune(text[i:])
		switch {
		case size == 0: // another escape, which JSON demands
			dst = append(dst, text[i:i+2]...)
			i += 2
			continue
		case utf16.IsSurrogate(r):
			dst = append(dst, text[i:i+size]...)
		case r < ' ' || r == '"' || r == '\\':
			dst = appendEscape(dst, byte(r))
		default:
			dst = utf8.AppendRune(dst, r)
		}
		i += size
	}
	return dst
}

// escapedRune reads \uXXXX, or two of them that are a surrogate pair, from the start of text. The size is 0 if there
// is no such escape.
func escapedRune(text []byte) (r rune, size int) {
	first, ok := hexEscape(text)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(first) {
		if second, ok := hexEscape(text[6:]); ok {
			if pair := utf16.DecodeRune(first, second); pair != utf8.RuneError {
				return pair, 12
			}
		}
	}
	return first, 6
}

func hexEscape(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(n), err == nil
}
