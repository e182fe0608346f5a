package limits

import (
	"context"
	"errors"
	"testing"
	"time"
)

// rivalStore lets another instance be faster, once.
type rivalStore struct {
	*Memory
	rival string
}

func (s *rivalStore) SwapLimit(ctx context.Context, key, before, after string, keep time.Duration) (bool, error) {
	if s.rival != "" {
		if swapped, err := s.Memory.SwapLimit(ctx, key, before, s.rival, keep); !swapped || err != nil {
			return false, errors.New("the rival was not faster")
		}
		s.rival = ""
	}
	return s.Memory.SwapLimit(ctx, key, before, after, keep)
}

// What another instance has stored in between is not overwritten, and decides.
func TestChangeAfterAnother(t *testing.T) {
	t.Parallel()
	r := rates{each: []rate{{2, time.Hour}}, lease: time.Minute}
	now := time.UnixMilli(1_000_000_000_000)
	take := func(record *counter, now time.Time) (time.Duration, error) { return time.Hour, record.take(r, now) }
	tests := []struct {
		name, rival, want string
		refused           bool
	}{
		{"room for both", `{"w":[{"t":999999999000,"n":1}]}`, `{"w":[{"t":999999999000,"n":2}],"t":1000000000000}`, false},
		{"the last place is gone", `{"w":[{"t":999999999000,"n":2}]}`, `{"w":[{"t":999999999000,"n":2}]}`, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := &Limiter{settings: *defaultSettings(), now: func() time.Time { return now }, patience: time.Second}
			l.Store = &rivalStore{NewMemory(), test.rival}
			var many *TooManyError
			if err := change(t.Context(), l, "key", take); errors.As(err, &many) != test.refused || err != nil && !test.refused {
				t.Errorf("got %v, want it refused: %v", err, test.refused)
			}
			if got, _ := l.Store.Limit(t.Context(), "key"); got != test.want {
				t.Errorf("got record %s, want %s", got, test.want)
			}
		})
	}
}
