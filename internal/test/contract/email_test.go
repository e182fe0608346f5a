package contract

import (
	"encoding/json"
	"strings"
	"testing"
)

// testEmail has the rules for addresses, at a route that writes nothing.
func testEmail(t *testing.T, w *world) {
	label := strings.Repeat("d", 63)
	good := []string{
		"k@camelot.test", "k@camelot.local", "é@exämple.bt", "K@CAMELOT.BT", " k@camelot.bt\t\r\n", "k@camelot.b2t",
		"!#$%&'*+-/=?^_`{|}~@camelot.bt", "a.b.c@a-b.camelot.bt", "1@1.bt", "ёж@пошта.укр", "k@xn--80a1acn3a.xn--j1amh",
		"🗡@camelot.bt", "e\u0301@camelot.bt", "İ@camelot.bt", "ß@camelot.bt",
		strings.Repeat("l", 64) + "@camelot.bt",
		"k@" + label + ".bt",
		"k@" + label + "." + label + "." + label + "." + strings.Repeat("d", 57) + ".bt", // 254 bytes
	}
	bad := []string{
		"", " ", "king.arthur", "@", "k@", "@camelot.bt", "a@localhost", "k@camelot.bt2", "k@127.0.0.1", "k@[127.0.0.1]",
		"k@camelot.bt.", "k@.camelot.bt", "k@camelot..bt", "k@-camelot.bt", "k@camelot-.bt", "k@camelot.b_t", "k@cam elot.bt",
		".k@camelot.bt", "k.@camelot.bt", "k..a@camelot.bt", "k a@camelot.bt", "k\u00a0a@camelot.bt", "k\u200ba@camelot.bt",
		"k\u0000@camelot.bt", "k@camelot.bt\u0000", "k\n@camelot.bt", "a@b@camelot.bt", `"k"@camelot.bt`, "k(c)@camelot.bt",
		"King <k@camelot.bt>", "<k@camelot.bt>", "k@camelot.bt, a@camelot.bt", "mailto:k@camelot.bt",
		"\uff4b@camelot.bt", "k@\uff43amelot.bt", "\ufb01@camelot.bt", "\u212a@camelot.bt", // forms that NFKC folds
		"k@came\u200blot.bt", "k@came\u00adlot.bt", "k@camelot\u3002bt", "k@camelot\uff0ebt", "k@camelot\uff61bt", "k@came\u2060lot.bt", // IDNA drops or replaces
		"k@camelot.bt\u200b", "k@\ufe0fcamelot.bt", "k@came\u180elot.bt",
		"k\ufffd@camelot.bt", "k\ufeff@camelot.bt", "k\u202e@camelot.bt",
		strings.Repeat("l", 65) + "@camelot.bt",
		strings.Repeat("ö", 33) + "@camelot.bt",
		"k@" + label + "d.bt",
		"k@" + label + "." + label + "." + label + "." + strings.Repeat("d", 58) + ".bt", // 255 bytes
		"k@xn--a.bt", "k@xn--80a1acn3a\u0301.bt",
		strings.Repeat("k", 60_000) + "@camelot.bt",
	}
	c := w.client()
	for _, email := range good {
		c.post(t, "/auth/request-verify-token", `{"email":`+quote(email)+`}`).want(t, 202, "null")
	}
	for _, email := range bad {
		a := c.post(t, "/auth/request-verify-token", `{"email":`+quote(email)+`}`)
		a.request += " " + quote(email[:min(len(email), 80)])
		a.want(t, 422, w.invalid(at("email", noEmail)))
	}
}

func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // no text fails
	}
	return string(quoted)
}
