package limits

import (
	"fmt"
	"testing"
	"time"
)

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	s := NewMemory()
	put := func(key string) {
		t.Helper()
		if swapped, err := s.SwapLimit(t.Context(), key, "", "x", time.Hour); !swapped || err != nil {
			t.Fatalf("SwapLimit(%s): got %v, %v", key, swapped, err)
		}
	}
	for i := range 100_000 {
		put(fmt.Sprint("key ", i))
	}
	if record, _ := s.Limit(t.Context(), "key 0"); record != "x" { // it was used last now
		t.Errorf("key 0 of 100,000: got %q", record)
	}
	put("one more")
	if got := len(s.records); got != 100_000 || s.order.Len() != got {
		t.Errorf("got %d records and %d in order, want 100,000", got, s.order.Len())
	}
	for key, want := range map[string]string{"key 0": "x", "one more": "x", "key 1": "", "key 2": "x"} {
		if got, _ := s.Limit(t.Context(), key); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
}
