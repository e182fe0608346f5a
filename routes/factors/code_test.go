package factors

import (
	"encoding/base32"
	"testing"
	"time"
)

const rfcKey = "12345678901234567890"

// RFC 4226, appendix D, and RFC 6238, appendix B, whose codes of eight digits end in those
// of six.
func TestVectors(t *testing.T) {
	t.Parallel()
	secret := base32.StdEncoding.EncodeToString([]byte(rfcKey))
	for counter, want := range []string{
		"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
	} {
		if got, err := codeAt(secret, int64(counter)); err != nil || got != want {
			t.Errorf("counter %d: got %s, %v, want %s", counter, got, err, want)
		}
	}
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		now := time.Unix(at, 0)
		if got, err := codeAt(secret, stepAt(now)); err != nil || got != want[2:] {
			t.Errorf("at %d: got %s, %v, want %s", at, got, err, want[2:])
		}
		for _, off := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
			if step, found, err := matchingStep(secret, want[2:], now.Add(off)); err != nil || !found || step != stepAt(now) {
				t.Errorf("at %d, clock off by %v: got step %d, %v, %v", at, off, step, found, err)
			}
		}
		if _, found, _ := matchingStep(secret, want[2:], now.Add(time.Minute)); found {
			t.Errorf("at %d: a code of two steps ago matches", at)
		}
	}
}

// Recovery codes have 120 random bits each, in an alphabet without lookalikes.
func TestNewCodes(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		texts, hashes := newCodes()
		for i, text := range texts {
			if hash, ok := recoveryHash(secretOf(text)); !ok || hash != hashes[i] || seen[text] || len(plain(text)) != 24 {
				t.Fatalf("got %q", text)
			}
			seen[text] = true
		}
	}
}
