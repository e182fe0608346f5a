package email

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

func TestParseEmailAccepts(t *testing.T) {
	t.Parallel()
	local64 := strings.Repeat("a", 64)
	// 64 + @ + 63.63.59.bt is 254 bytes.
	domain189 := strings.Repeat("b", 63) + "." + strings.Repeat("c", 63) + "." + strings.Repeat("d", 58) + ".bt"
	tests := []struct{ name, text, address, key string }{
		{"plain", "king.arthur@camelot.bt", "king.arthur@camelot.bt", "king.arthur@camelot.bt"},
		{"letter case", "Lancelot@Camelot.BT", "Lancelot@camelot.bt", "lancelot@camelot.bt"},
		{"test domain", "k@camelot.test", "k@camelot.test", "k@camelot.test"},
		{"local domain", "k@camelot.local", "k@camelot.local", "k@camelot.local"},
		{"one letter each", "a@b.c", "a@b.c", "a@b.c"},
		{"space around", "  k@camelot.bt\n", "k@camelot.bt", "k@camelot.bt"},
		{"Unicode space around", "\u00a0\u3000k@camelot.bt\u2028", "k@camelot.bt", "k@camelot.bt"},
		{"symbols", "!#$%&'*+-/=?^_`{|}~@camelot.bt", "!#$%&'*+-/=?^_`{|}~@camelot.bt", "!#$%&'*+-/=?^_`{|}~@camelot.bt"},
		{"tag stays", "king+grail@camelot.bt", "king+grail@camelot.bt", "king+grail@camelot.bt"},
		{"dots stay", "k.i.n.g@gmail.com", "k.i.n.g@gmail.com", "k.i.n.g@gmail.com"},
		{"digits", "42@42.bt", "42@42.bt", "42@42.bt"},
		{"hyphens inside", "k@ca-me-lot.bt", "k@ca-me-lot.bt", "k@ca-me-lot.bt"},
		{"last label ends in a letter", "k@camelot.b2t", "k@camelot.b2t", "k@camelot.b2t"},
		{"local of 64 bytes", local64 + "@camelot.bt", local64 + "@camelot.bt", local64 + "@camelot.bt"},
		{"local of 64 bytes after NFC", strings.Repeat("e\u0301", 32) + "@camelot.bt",
			strings.Repeat("é", 32) + "@camelot.bt", strings.Repeat("é", 32) + "@camelot.bt"},
		{"254 bytes", local64 + "@" + domain189, local64 + "@" + domain189, local64 + "@" + domain189},
		{"label of 63 bytes", "k@" + strings.Repeat("x", 63) + ".bt", "k@" + strings.Repeat("x", 63) + ".bt",
			"k@" + strings.Repeat("x", 63) + ".bt"},
		{"Unicode both sides", "é@exämple.bt", "é@exämple.bt", "é@xn--exmple-cua.bt"},
		{"decomposed", "e\u0301@exa\u0308mple.bt", "é@exämple.bt", "é@xn--exmple-cua.bt"},
		{"Unicode domain upper case", "É@EXÄMPLE.BT", "É@exämple.bt", "é@xn--exmple-cua.bt"},
		{"domain typed in ASCII form", "k@XN--EXMPLE-CUA.bt", "k@xn--exmple-cua.bt", "k@xn--exmple-cua.bt"},
		{"Cyrillic", "Ёж@ПОШТА.УКР", "Ёж@пошта.укр", "ёж@xn--80a1acn3a.xn--j1amh"},
		{"dotted capital I", "İ@camelot.bt", "İ@camelot.bt", "i\u0307@camelot.bt"},
		{"dotted capital I and a mark below", "İ\u0323@camelot.bt", "Ị\u0307@camelot.bt", "ị\u0307@camelot.bt"},
		{"dotted capital I in the domain", "k@İx.bt", "k@i\u0307x.bt", "k@xn--ix-rub.bt"},
		{"dotless i", "ı@camelot.bt", "ı@camelot.bt", "ı@camelot.bt"},
		{"sigma at the end", "ΟΔΟΣ@camelot.bt", "ΟΔΟΣ@camelot.bt", "οδοσ@camelot.bt"},
		{"small final sigma stays", "οδος@camelot.bt", "οδος@camelot.bt", "οδος@camelot.bt"},
		{"sharp s stays", "straße@straße.bt", "straße@straße.bt", "straße@xn--strae-oqa.bt"},
		{"capital sharp s", "STRAẞE@STRAẞE.BT", "STRAẞE@straße.bt", "straße@xn--strae-oqa.bt"},
		{"title case letter", "ᾼ@camelot.bt", "ᾼ@camelot.bt", "ᾳ@camelot.bt"},
		{"Cherokee", "Ꭰ@camelot.bt", "Ꭰ@camelot.bt", "ꭰ@camelot.bt"},
		{"Deseret, beyond the BMP", "𐐀@camelot.bt", "𐐀@camelot.bt", "𐐨@camelot.bt"},
		{"Devanagari with vowel signs", "हिन्दी@camelot.bt", "हिन्दी@camelot.bt", "हिन्दी@camelot.bt"},
		{"composition exclusion", "\u0958@camelot.bt", "क\u093c@camelot.bt", "क\u093c@camelot.bt"},
		{"Hangul jamo", "\u1112\u1161\u11ab@camelot.bt", "한@camelot.bt", "한@camelot.bt"},
		{"Arabic, right to left", "كينغ@مثال.إختبار", "كينغ@مثال.إختبار", "كينغ@xn--mgbh0fb.xn--kgbechtv"},
		{"ideographs", "王@例え.テスト", "王@例え.テスト", "王@xn--r8jz45g.xn--zckzah"},
		{"emoji", "💩@💩.bt", "💩@💩.bt", "💩@xn--ls8h.bt"},
		{"mark that does not compose", "x\u0301@camelot.bt", "x\u0301@camelot.bt", "x\u0301@camelot.bt"},
		{"capital Cherokee in the domain", "k@ᎠᎡ.bt", "k@ꭰꭱ.bt", "k@xn--58dc.bt"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse(tt.text)
			if want := (Email{tt.address, tt.key}); err != nil || got != want {
				t.Fatalf("Parse(%+q) = %+q, %v, want %+q", tt.text, got, err, want)
			}
			checkStable(t, got)
		})
	}
}

// checkStable checks what must be true of every address that was accepted.
func checkStable(t *testing.T, email Email) {
	t.Helper()
	if again, err := Parse(email.Address); err != nil || again != email {
		t.Errorf("Parse(%+q) = %+q, %v, want %+q again", email.Address, again, err, email)
	}
	if key, ok := Key(email.Address); !ok || key != email.Key {
		t.Errorf("Key(%+q) = %+q, %v, want %+q", email.Address, key, ok, email.Key)
	}
	if len(email.Address) > 254 {
		t.Errorf("%+q has %v bytes, want at most 254", email.Address, len(email.Address))
	}
	_, domain, _ := strings.Cut(email.Key, "@")
	if strings.Trim(domain, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		t.Errorf("the domain of key %+q is not in ASCII form", email.Key)
	}
}

func TestParseEmailRefuses(t *testing.T) {
	t.Parallel()
	const (
		text    = "The address is not valid text"
		long    = "The address is too long"
		at      = "The address needs one @-sign with text on both sides"
		before  = "The part before the @-sign is not valid"
		after   = "The part after the @-sign is not valid"
		variant = "The address has characters that are variants of others"
	)
	longDomain := strings.Repeat(strings.Repeat("b", 63)+".", 3) + "bt"
	tests := []struct{ name, text, reason string }{
		{"empty", "", at},
		{"only space", " \t", at},
		{"no @-sign", "king.arthur", at},
		{"only an @-sign", "@", at},
		{"no local part", "@camelot.bt", at},
		{"no domain", "king@", at},
		{"two @-signs", "king@arthur@camelot.bt", before},
		{"one label", "a@localhost", after},
		{"last label ends in a digit", "k@camelot.bt2", after},
		{"IPv4", "k@127.0.0.1", after},
		{"IP literal", "k@[127.0.0.1]", after},
		{"IPv6 literal", "k@[IPv6:::1]", after},
		{"trailing dot", "k@camelot.bt.", after},
		{"leading dot in the domain", "k@.camelot.bt", after},
		{"two dots in the domain", "k@camelot..bt", after},
		{"only a dot", "k@.", after},
		{"leading hyphen", "k@-camelot.bt", after},
		{"trailing hyphen", "k@camelot-.bt", after},
		{"hyphen at the end of the last label", "k@camelot.bt-", after},
		{"hyphens third and fourth", "k@ca--melot.bt", after},
		{"underscore in the domain", "k@ca_melot.bt", after},
		{"label of 64 bytes", "k@" + strings.Repeat("x", 64) + ".bt", after},
		{"label of 64 bytes in ASCII form", "k@" + strings.Repeat("ä", 58) + ".bt", after},
		{"punycode of nothing", "k@xn--.bt", after},
		{"punycode of ASCII", "k@xn--camelot-.bt", after},
		{"broken punycode", "k@xn--a.bt", after},
		{"space in the domain", "k@came lot.bt", after},
		{"NEL in the domain", "k@came\u0085lot.bt", after},
		{"comment in the domain", "k@camelot.bt(king)", after},
		{"zero-width joiner in the domain", "k@came\u200dlot.bt", after},
		{"direction override in the domain", "k@came\u202elot.bt", after},
		{"leading mark in the domain", "k@\u0301camelot.bt", after},
		{"mixed directions in the domain", "k@1א.bt", after},
		{"replacement character in the domain", "k@came\ufffdlot.bt", after},
		{"empty label of soft hyphen", "k@camelot.\u00ad.bt", after},
		{"one label after a soft hyphen", "k@camelot.\u00ad", after},
		{"ideographic full stop at the end", "k@camelot.bt\u3002", after},
		{"ideographic full stop in the domain", "k@camelot\u3002bt", after},
		{"ideographic full stop for a second one", "k@camelot\u3002co.bt", after},
		{"soft hyphen in the domain", "k@came\u00adlot.bt", after},
		{"zero-width space in the domain", "k@came\u200blot.bt", after},
		{"zero-width space before the domain", "k@\u200bcamelot.bt", after},
		{"zero-width space after the domain", "k@camelot.bt\u200b", after},
		{"word joiner in the domain", "k@came\u2060lot.bt", after},
		{"byte order mark in the domain", "k@came\ufefflot.bt", after},
		{"invisible times in the domain", "k@came\u2062lot.bt", after},
		{"combining grapheme joiner in the domain", "k@came\u034flot.bt", after},
		{"Mongolian variation selector in the domain", "k@came\u180blot.bt", after},
		{"variation selector in the domain", "k@❤\ufe0f.bt", after},
		{"supplementary variation selector in the domain", "k@王\U000e0100.bt", after},
		{"Khmer inherent vowel in the domain", "k@came\u17b4lot.bt", after},
		{"Hangul filler in the domain", "k@came\u115flot.bt", after},
		{"Braille blank in the domain", "k@came\u2800lot.bt", after},
		{"iota below in the domain", "k@ᾳ.bt", after},
		{"soft hyphen beside letters of others", "k@exä\u00admple.bt", after},
		{"leading dot", ".king@camelot.bt", before},
		{"trailing dot in the local part", "king.@camelot.bt", before},
		{"two dots", "king..arthur@camelot.bt", before},
		{"dot only", ".@camelot.bt", before},
		{"space inside", "king arthur@camelot.bt", before},
		{"space before the @-sign", "king @camelot.bt", before},
		{"line feed", "king\n@camelot.bt", before},
		{"header injection", "king@camelot.bt\r\nBcc: all@camelot.bt", before},
		{"DEL", "king\x7f@camelot.bt", before},
		{"control", "king\x01@camelot.bt", before},
		{"quoted", `"king"@camelot.bt`, before},
		{"quoted @-sign", `"king@arthur"@camelot.bt`, before},
		{"backslash", `king\@camelot.bt`, before},
		{"display name", "King <king@camelot.bt>", before},
		{"angle brackets", "<king@camelot.bt>", before},
		{"comment", "king(arthur)@camelot.bt", before},
		{"group", "knights:king@camelot.bt;", before},
		{"list", "king@camelot.bt,queen@camelot.bt", before},
		{"mailto", "mailto:king@camelot.bt", before},
		{"no-break space", "ki\u00a0ng@camelot.bt", variant},
		{"ogham space mark", "ki\u1680ng@camelot.bt", before},
		{"ideographic space", "ki\u3000ng@camelot.bt", variant},
		{"line separator", "ki\u2028ng@camelot.bt", before},
		{"NEL", "ki\u0085ng@camelot.bt", before},
		{"zero-width space", "ki\u200bng@camelot.bt", before},
		{"zero-width non-joiner", "ki\u200cng@camelot.bt", before},
		{"zero-width joiner", "ki\u200dng@camelot.bt", before},
		{"word joiner", "ki\u2060ng@camelot.bt", before},
		{"byte order mark", "\ufeffking@camelot.bt", before},
		{"soft hyphen", "ki\u00adng@camelot.bt", before},
		{"left-to-right mark", "ki\u200eng@camelot.bt", before},
		{"direction override", "ki\u202eng@camelot.bt", before},
		{"direction isolate", "ki\u2066ng@camelot.bt", before},
		{"Arabic letter mark", "ki\u061cng@camelot.bt", before},
		{"combining grapheme joiner", "ki\u034fng@camelot.bt", before},
		{"Hangul filler", "ki\u3164ng@camelot.bt", variant},
		{"Hangul choseong filler", "ki\u115fng@camelot.bt", before},
		{"Khmer inherent vowel", "ki\u17b4ng@camelot.bt", before},
		{"Mongolian vowel separator", "ki\u180eng@camelot.bt", before},
		{"Mongolian variation selector", "ki\u180bng@camelot.bt", before},
		{"variation selector", "❤\ufe0f@camelot.bt", before},
		{"supplementary variation selector", "王\U000e0100@camelot.bt", before},
		{"tag character", "ki\U000e0041ng@camelot.bt", before},
		{"musical format", "ki\U0001d173ng@camelot.bt", before},
		{"null note head", "ki\U0001d159ng@camelot.bt", before},
		{"Braille blank", "ki\u2800ng@camelot.bt", before},
		{"private use", "ki\ue000ng@camelot.bt", before},
		{"unassigned", "ki\u0378ng@camelot.bt", before},
		{"noncharacter", "ki\ufdd0ng@camelot.bt", before},
		{"replacement character", "ki\ufffdng@camelot.bt", before},
		{"object replacement", "ki\ufffcng@camelot.bt", before},
		{"annotation anchor", "ki\ufff9ng@camelot.bt", before},
		{"mark alone", "\u0301@camelot.bt", before},
		{"mark after a dot", "king.\u0301@camelot.bt", before},
		{"vowel sign alone", "\u093f@camelot.bt", before},
		{"many marks", "a" + strings.Repeat("\u0301", 31) + "@camelot.bt", before},
		{"full width", "ｋｉｎｇ@camelot.bt", variant},
		{"full width in the domain", "king@ｃamelot.bt", variant},
		{"full-width @-sign", "king＠camelot.bt", variant},
		{"small @-sign", "king\ufe6bcamelot.bt", variant},
		{"full-width full stop", "king@camelot．bt", variant},
		{"half-width full stop", "king@camelot｡bt", variant},
		{"ligature", "ﬁsher.king@camelot.bt", variant},
		{"Kelvin sign", "\u212aing@camelot.bt", variant},
		{"Kelvin sign in the domain", "king@lan\u212a.bt", variant},
		{"Angstrom sign", "\u212bke@camelot.bt", variant},
		{"Ohm sign", "\u2126@camelot.bt", variant},
		{"Greek with oxia", "\u1f71@camelot.bt", variant},
		{"compatibility ideograph", "\uf900@camelot.bt", variant},
		{"long s", "\u017fir@camelot.bt", variant},
		{"capital theta symbol", "\u03f4@camelot.bt", variant},
		{"superscript", "king²@camelot.bt", variant},
		{"mathematical letter", "𝐤ing@camelot.bt", variant},
		{"Roman numeral", "Ⅷ@camelot.bt", variant},
		{"digraph", "ǆ@camelot.bt", variant},
		{"Arabic presentation form", "ﺍ@camelot.bt", variant},
		{"NUL", "ki\x00ng@camelot.bt", text},
		{"NUL around", "king@camelot.bt\x00", text},
		{"invalid UTF-8", "ki\xffng@camelot.bt", text},
		{"invalid UTF-8 in the domain", "king@camelot\xc3.bt", text},
		{"surrogate", "ki\xed\xa0\x80ng@camelot.bt", text},
		{"overlong", "ki\xc0\xafng@camelot.bt", text},
		{"255 bytes", strings.Repeat("a", 60) + "@" + longDomain, long},
		{"enormous", strings.Repeat("ä", 40_000) + "@camelot.bt", long},
		{"255 bytes only in lower case", strings.Repeat("a", 64) + "@" + strings.Repeat("b.", 93) + "İ.bt", long},
		{"local of 65 bytes", strings.Repeat("a", 65) + "@camelot.bt", "The part before the @-sign is too long"},
		{"local of 66 bytes after NFC", strings.Repeat("é", 33) + "@camelot.bt", "The part before the @-sign is too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse(tt.text)
			refused, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("Parse(%+q) = %+q, %v, want an *Error", tt.text, got, err)
			}
			if refused.Reason != tt.reason || got != (Email{}) {
				t.Errorf("Parse(%+q) = %+q, reason %q, want %q", tt.text, got, refused.Reason, tt.reason)
			}
			if want := "user: invalid email: " + tt.reason; err.Error() != want {
				t.Errorf("got error %q, want %q", err, want)
			}
		})
	}
}

func TestEmailKey(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, key string
		ok              bool
	}{
		{"valid", "Lancelot@Camelot.BT", "lancelot@camelot.bt", true},
		{"Cyrillic", "ЁЖ@пошта.УКР", "ёж@xn--80a1acn3a.xn--j1amh", true},
		{"not trimmed", " k@camelot.bt", " k@camelot.bt", true},
		{"not validated", "king..arthur@localhost", "king..arthur@localhost", true},
		{"quoted", `"a@b"@camelot.bt`, `"a@b"@camelot.bt`, true},
		{"full width stays what it is", "Ｋ@camelot.bt", "ｋ@camelot.bt", true},
		{"space after the domain", "k@camelot.bt ", "", false},
		{"no @-sign", "foo", "", false},
		{"empty", "", "", false},
		{"no local part", "@camelot.bt", "", false},
		{"no domain", "k@", "", false},
		{"domain that IDNA refuses", "k@came_lot.bt", "", false},
		{"NUL", "k\x00@camelot.bt", "", false},
		{"invalid UTF-8", "k\xff@camelot.bt", "", false},
		{"Kelvin sign would be folded", "\u212a@camelot.bt", "", false},
		{"theta symbol would be folded", "\u03f4@camelot.bt", "", false},
		{"an address of an earlier release", "k@came\u00adlot.bt", "k@camelot.bt", true},
		{"full-width domain would be folded", "k@ｃamelot.bt", "", false},
		{"too long", strings.Repeat("a", 244) + "@camelot.bt", "", false},
		{"enormous", "k@" + strings.Repeat("ä", 30_000) + ".bt", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if key, ok := Key(tt.text); key != tt.key || ok != tt.ok {
				t.Errorf("Key(%+q) = %+q, %v, want %+q, %v", tt.text, key, ok, tt.key, tt.ok)
			}
		})
	}
}

// TestEmailEveryCharacter puts every kind of character into both parts of an address.
func TestEmailEveryCharacter(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("walks through all of Unicode")
	}
	locals := 0
	for r := rune(0x80); r <= unicode.MaxRune; r += stride(r) {
		if !utf8.ValidRune(r) {
			continue
		}
		if email, err := Parse("a" + string(r) + "b@camelot.bt"); err == nil {
			locals++
			checkStable(t, email)
			if unicode.In(r, unicode.C, unicode.Z, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
				t.Errorf("%U passes in the local part", r)
			}
		}
		if email, err := Parse("k@a" + string(r) + "b.bt"); err == nil {
			checkStable(t, email)
			_, ascii, _ := strings.Cut(email.Key, "@")
			_, domain, _ := strings.Cut(email.Address, "@")
			if shown, err := idna.ToUnicode(ascii); err != nil || !strings.EqualFold(shown, domain) || !isVisible(r) {
				t.Errorf("%U passes in the domain: stored is %+q, resolvers see %+q", r, domain, shown)
			}
		}
	}
	if locals < 30_000 {
		t.Errorf("%v characters pass in the local part, want all the scripts of Unicode", locals)
	}
}

// stride returns how far to go on from r: a sample does where thousands of characters have the same properties.
func stride(r rune) rune {
	switch {
	case 0x3400 <= r && r < 0x9F00, 0xAC00 <= r && r < 0xD700, 0x20000 <= r && r < 0x2F700, 0x30000 <= r && r < 0xE0000,
		r >= 0xE0200:
		return 61
	default:
		return 1
	}
}
