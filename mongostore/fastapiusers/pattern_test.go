package fastapiusers

import (
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"king.arthur+x@camelot.bt": `k[iİ]ng\.arthur\+x@camelot\.bt`,
		"ёжик@пошта.укр":           `.{4,16}@.{5,20}\..{3,12}`,
		"cafe\u0301e\u0301s":       `caf.{2,8}s`,
		"a\x00":                    `a\x00`,
		"":                         ``,
		strings.Repeat("ё", 300):   `.{250,1000}.{50,200}`,
	} {
		if got := pattern(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
