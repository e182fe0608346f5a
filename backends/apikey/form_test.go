package apikey

import (
	"strings"
	"testing"
)

func TestChecksum(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{ // by Python's zlib.crc32
		"gak_00000000_" + strings.Repeat("0", 37):            "1pHCfQ",
		"gak_AbC12345_abcdefghijklmnopqrstuvwxyzABCDEFGHIJK": "0RwK6g",
		"shop_zzzzzzzz_" + strings.Repeat("z", 37):           "1DnXq0",
		"gak_00000001_" + strings.Repeat("0", 37):            "0pR6zp",
	} {
		if got := checksum(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	f := form{"gak"}
	seen := map[string]bool{}
	for range 1000 {
		key := f.make()
		if !f.has(key) || len(key) != 56 || seen[key] {
			t.Fatalf("got %s", key)
		}
		seen[key] = true
	}
	key := f.make()
	if got := f.short(key); got != key[:12] {
		t.Errorf("got %s, want %s", got, key[:12])
	}
	for i := range key {
		for bit := range 8 { // every change of one bit
			changed := key[:i] + string([]byte{key[i] ^ 1<<bit}) + key[i+1:]
			if f.has(changed) {
				t.Errorf("%q, of %q, looks like a key", changed, key)
			}
		}
	}
	for _, text := range []string{
		"", "gak", "gak_", key[1:], key[:55], key + "0", " " + key, key + " ", strings.ToUpper(key), "shop" + key[3:], "Gak" + key[3:],
		strings.ReplaceAll(key, "_", "-"), "gak_1234567_8" + key[13:], "gak_" + strings.Repeat("é", 26), key[:12] + key[13:] + "0",
	} {
		if f.has(text) {
			t.Errorf("%q looks like a key", text)
		}
	}
	other := form{"shop"}
	if key := other.make(); !other.has(key) || f.has(key) {
		t.Errorf("%q: want a key of its own prefix alone", key)
	}
}

// Every digit is as likely as every other one.
func TestRandom(t *testing.T) {
	t.Parallel()
	counts, n := map[rune]int{}, 62_000
	for _, r := range random(n) {
		counts[r]++
	}
	for _, r := range digits {
		if got, want := counts[r], n/len(digits); got < want*4/5 || got > want*6/5 {
			t.Errorf("%c: got %d of %d, want about %d", r, got, n, want)
		}
	}
}

func FuzzForm(f *testing.F) {
	f.Add("gak_00000000_" + strings.Repeat("0", 37) + "1pHCfQ")
	f.Add("gak__")
	f.Fuzz(func(t *testing.T, text string) {
		if (form{"gak"}).has(text) && (len(text) != 56 || checksum(text[:50]) != text[50:]) {
			t.Errorf("%q looks like a key", text)
		}
	})
}
