package fastapiusers

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"king.arthur+x@camelot.bt":         `k[iİ]ng\.arthur\+x@camelot\.bt`,
		"ёжик@пошта.укр":                   `.{4,16}@.{5,20}\..{3,12}`,
		"cafe\u0301e\u0301s":               `caf.{2,8}s`,
		"a\x00":                            `a\x00`,
		"":                                 ``,
		strings.Repeat("ё", 250):           `.{250,1000}`,
		strings.Repeat("ё", 300):           `.*`,
		strings.Repeat("éa", 3) + "@b.org": `.{1,4}a.{1,4}a.{1,4}a@b\.org`,
		"x" + strings.Repeat("éa", 12) + "@b.org": `x.*a@b\.org`,
	} {
		if got := pattern(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// TestPatternIsBounded counts in how many ways a pattern can divide an address among
// its repetitions, which is what an engine that backtracks tries.
func TestPatternIsBounded(t *testing.T) {
	t.Parallel()
	repetition := regexp.MustCompile(`\.\{(\d+),(\d+)\}`)
	for name, text := range map[string]string{
		"by turns":     strings.Repeat("éa", 12),
		"long":         strings.Repeat("éa", 160),
		"with accents": strings.Repeat("e\u0301ea", 80),
		"blocks":       strings.Repeat(strings.Repeat("ё", 30)+"-", 10),
		"one block":    strings.Repeat("ё", 320),
		"parts":        strings.Repeat("ё.", 32) + "ё@" + strings.Repeat("ё.", 60) + "укр",
	} {
		p := pattern(text)
		tries := 1
		for _, bounds := range repetition.FindAllStringSubmatch(p, -1) {
			low, _ := strconv.Atoi(bounds[1])
			high, _ := strconv.Atoi(bounds[2])
			tries *= high - low + 1
		}
		if tries > 10_000 || strings.Count(p, ".*") > 1 {
			t.Errorf("%s: got %d ways to divide an address in %s, want at most 10000", name, tries, p)
		}
		if !regexp.MustCompile("(?i)^" + p + "$").MatchString(text) {
			t.Errorf("%s: %s does not match %s", name, p, text)
		}
	}
}
