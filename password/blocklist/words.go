package blocklist

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// minWord is the length, in code points, under which a word says nothing: by
	// chance it is in many a good password.
	minWord = 4
	// maxTrimmings is how many characters beside the word are still no secret.
	maxTrimmings = 8
)

// known returns the words that count, in lower case.
func known(words []string) []string {
	var counting []string
	for _, word := range words {
		if word = strings.ToLower(strings.TrimSpace(word)); utf8.RuneCountInString(word) >= minWord {
			counting = append(counting, word)
		}
	}
	return counting
}

// addressParts returns an e-mail address, its name and what that is made of, its
// domain and the labels of that but the last.
func addressParts(email string) []string {
	email = strings.TrimSpace(email)
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return nil
	}
	name, domain := email[:at], email[at+1:]
	parts := append([]string{email, name, domain}, strings.FieldsFunc(name, isTrimming)...)
	labels := strings.Split(domain, ".")
	return append(parts, labels[:len(labels)-1]...)
}

// madeOf reports whether a password in lower case is nothing but one of words,
// perhaps several times, with a few characters that are no letters.
func madeOf(password string, words []string) bool {
	for _, word := range words {
		rest := strings.ReplaceAll(password, word, "")
		if rest == password {
			continue
		}
		if utf8.RuneCountInString(rest) <= maxTrimmings && strings.TrimFunc(rest, isTrimming) == "" {
			return true
		}
	}
	return false
}

func isTrimming(r rune) bool { return !unicode.IsLetter(r) }
