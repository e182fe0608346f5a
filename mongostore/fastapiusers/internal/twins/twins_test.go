package twins_test

import (
	"fmt"
	"testing"

	"github.com/ginauth/ginauth/mongostore/fastapiusers/internal/twins"
)

func TestTwins(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		keys []string
		want string
	}{
		{"none", nil, "[]"},
		{"all different", []string{"a", "b", "c"}, "[]"},
		{"one pair", []string{"a", "b", "a"}, "[[0 2]]"},
		{"several", []string{"b", "a", "b", "c", "a", "b"}, "[[0 2 5] [1 4]]"},
	}
	for _, test := range tests {
		counter := twins.NewCounter()
		for _, key := range test.keys {
			counter.Add(key)
		}
		groups := counter.Groups()
		if got, want := groups.None(), test.want == "[]"; got != want {
			t.Errorf("%s: None: got %v, want %v", test.name, got, want)
		}
		for i, key := range test.keys {
			groups.Add(key, fmt.Sprint(i))
		}
		if got := fmt.Sprint(groups.Twins()); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}
