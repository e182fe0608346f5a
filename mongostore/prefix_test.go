package mongostore

import (
	"testing"
	"unicode/utf8"
)

func TestPrefixEnd(t *testing.T) {
	t.Parallel()
	tests := []struct {
		prefix, end string
		ok          bool
	}{
		{prefix: "a", end: "b", ok: true},
		{prefix: "az", end: "a{", ok: true},
		{prefix: "a\x7f", end: "a\u0080", ok: true},
		{prefix: "\u07ff", end: "\u0800", ok: true},
		{prefix: "\ud7ff", end: "\ue000", ok: true},
		{prefix: "\uffff", end: "\U00010000", ok: true},
		{prefix: "a\U0010ffff", end: "b", ok: true},
		{prefix: "a\U0010ffff\U0010ffff", end: "b", ok: true},
		{prefix: "\U0010ffff"},
		{prefix: ""},
	}
	for _, test := range tests {
		end, ok := prefixEnd(test.prefix)
		if end != test.end || ok != test.ok || !utf8.ValidString(end) {
			t.Errorf("prefixEnd(%q): got %q, %v, want %q, %v", test.prefix, end, ok, test.end, test.ok)
		}
	}
}

func FuzzPrefixEnd(f *testing.F) {
	f.Add("a", "ab")
	f.Add("\ud7ff", "\ue000")
	f.Fuzz(func(t *testing.T, prefix, key string) {
		if !utf8.ValidString(prefix) || !utf8.ValidString(key) {
			t.Skip()
		}
		end, ok := prefixEnd(prefix)
		within := key >= prefix && (!ok || key < end)
		begins := len(key) >= len(prefix) && key[:len(prefix)] == prefix
		if within != begins {
			t.Errorf("prefixEnd(%q) = %q: %q is within: %v, begins with it: %v", prefix, end, key, within, begins)
		}
	})
}
