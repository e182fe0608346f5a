package profile

import (
	"bytes"
	"encoding/json"
	"math/big"
)

// sameForm reports whether two JSON values mean the same. Numbers may be written differently, and a list or object
// that is empty is as good as none.
func sameForm(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	first, err := parsedForm(a)
	if err != nil {
		return false
	}
	second, err := parsedForm(b)
	return err == nil && sameValue(first, second)
}

func parsedForm(text []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

func sameValue(a, b any) bool {
	if isNothing(a) && isNothing(b) {
		return true
	}
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		return ok && sameNumber(string(a), string(b))
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameValue(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for key, value := range a {
			other, there := b[key]
			if !there || !sameValue(value, other) {
				return false
			}
		}
		return true
	default:
		return a == b
	}
}

func isNothing(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	default:
		return false
	}
}

// maxExponent bounds the numbers that are compared exactly: that of a float64 is smaller.
const maxExponent = 400

func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	first, ok := exactNumber(a)
	if !ok {
		return false
	}
	second, ok := exactNumber(b)
	return ok && first.Cmp(second) == 0
}

func exactNumber(text string) (*big.Rat, bool) {
	approximate, _, err := big.ParseFloat(text, 10, 64, big.ToNearestEven)
	if err != nil || approximate.Sign() != 0 && abs(approximate.MantExp(nil)) > maxExponent*4 {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

func abs(n int) int { return max(n, -n) }
