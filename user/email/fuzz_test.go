package email

import (
	"net/mail"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func FuzzParseEmail(f *testing.F) {
	for _, seed := range []string{
		"king.arthur@camelot.bt", "Lancelot@Camelot.BT", "Ёж@ПОШТА.УКР", "é@exämple.bt", "e\u0301@exa\u0308mple.bt",
		"İ\u0323@İ.bt", "ΟΔΟΣ@ΟΔΟΣ.bt", "STRAẞE@STRAẞE.bt", "\u212aing@camelot.bt", "ｋ@camelot.bt", "k@camelot\u3002bt",
		"k@xn--exmple-cua.bt", "k@xn--camelot-.bt", "ki\u200dng@came\u200dlot.bt", "\u0344@a.b", "a@b\u00ad.c", "\x00@\xff",
		"Ꭰ@ꭰ.bt", "\u0958@\u1f71.bt", "a" + strings.Repeat("\u0301", 30) + "İ@b" + strings.Repeat("\u0323", 30) + "İ.bt",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		Key(text) // must not panic whatever the text
		email, err := Parse(text)
		if err != nil {
			return
		}
		checkStable(t, email)
		for _, other := range caseVariants(email.Address) {
			if variant, err := Parse(other); err == nil && variant.Key != email.Key {
				t.Errorf("%+q has the key %+q, %+q has %+q", email.Address, email.Key, other, variant.Key)
			}
		}
		local, _, _ := strings.Cut(email.Address, "@")
		if len(local) > 64 || !utf8.ValidString(local) || strings.ContainsFunc(local, func(r rune) bool {
			return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`<>()[]\,;:"@`, r)
		}) {
			t.Errorf("local part %+q passes", local)
		}
	})
}

// FuzzEmailAgainstNetMail compares with net/mail, which takes more: whatever passes
// here is one bare address there, too, and the same.
func FuzzEmailAgainstNetMail(f *testing.F) {
	for _, seed := range []string{
		"king.arthur@camelot.bt", "Lancelot@Camelot.BT", "Ёж@ПОШТА.УКР", "\"king arthur\"@camelot.bt", "king..arthur@camelot.bt",
		"Arthur <king.arthur@camelot.bt>", "a(b)@camelot.bt", "a@[127.0.0.1]", "a@camelot.bt.", "a,b@camelot.bt", "!#$%&'*+-/=?^_`{|}~@a.bt",
		"a@b@c.bt", "a: b@c.bt;", "=?utf-8?q?a?=@camelot.bt",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		email, err := Parse(text)
		if err != nil {
			return
		}
		theirs, err := mail.ParseAddress(email.Address)
		if err != nil || theirs.Address != email.Address || theirs.Name != "" {
			t.Errorf("%+q passes, net/mail reads %+v, %v", email.Address, theirs, err)
		}
	})
}

// caseVariants returns the text in other letter case, changing those letters only whose two cases are a pair.
func caseVariants(s string) []string {
	paired := func(to func(rune) rune) string {
		return strings.Map(func(r rune) rune {
			if other := to(r); r != 'İ' && other != 'İ' && unicode.ToLower(other) == unicode.ToLower(r) {
				return other
			}
			return r
		}, s)
	}
	return []string{paired(unicode.ToUpper), paired(unicode.ToLower), paired(unicode.ToTitle)}
}

func BenchmarkParseEmail(b *testing.B) {
	for name, address := range map[string]string{"ASCII": "King.Arthur@Camelot.bt", "Unicode": "Ёж@ПОШТА.УКР"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(address); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
