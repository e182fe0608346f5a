package user

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func defaultLimits() *Limits {
	l := Limits{}.withDefaults(nil)
	l.lease = 32 * time.Second
	return &l
}

func TestLimitsCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		limits Limits
		want   []string
	}{
		{"zero", Limits{}, nil},
		{"strict", Limits{FreeFailures: 1, MaxFailures: 1, FirstDelay: time.Hour, MaxDelay: time.Hour, LoginsPerMinute: 1}, nil},
		{
			"negative", Limits{FreeFailures: -1, LoginsPerMinute: -2, LoginsPerHour: -3, RegistrationsPerHour: -4, MailRequestsPerHour: -5,
				OAuthPerMinute: -6, MailsPerHour: -7, MailsPerDay: -8, FirstDelay: -9, MailInterval: -10},
			[]string{
				"Limits.FreeFailures is -1, want at least 1", "Limits.LoginsPerMinute is -2, want at least 1",
				"Limits.LoginsPerHour is -3, want at least 1", "Limits.RegistrationsPerHour is -4, want at least 1",
				"Limits.MailRequestsPerHour is -5, want at least 1", "Limits.OAuthPerMinute is -6, want at least 1",
				"Limits.MailsPerHour is -7, want at least 1", "Limits.MailsPerDay is -8, want at least 1",
				"Limits.FirstDelay is -9ns, want a positive duration", "Limits.MailInterval is -10ns, want a positive duration",
			},
		},
		{"too many failures", Limits{MaxFailures: 101}, []string{"Limits.MaxFailures is 101, want FreeFailures (5) to 100"}},
		{"too few failures", Limits{MaxFailures: 4}, []string{"Limits.MaxFailures is 4, want FreeFailures (5) to 100"}},
		{"short delay", Limits{MaxDelay: time.Millisecond}, []string{"Limits.MaxDelay is 1ms, want at least FirstDelay (1s)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := test.limits.withDefaults(nil).check()
			got := ""
			if err != nil {
				got = err.Error()
			}
			if want := strings.Join(test.want, "\n"); len(strings.Split(got, "\n")) != len(strings.Split(want, "\n")) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("got\n%s\nwant %q in it", got, want)
				}
			}
		})
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	l := defaultLimits()
	for failed, want := range map[int]time.Duration{
		0: 0, 4: 0, 5: time.Second, 6: 2 * time.Second, 10: 32 * time.Second, 14: 512 * time.Second,
		15: 15 * time.Minute, 16: 15 * time.Minute, 99: 15 * time.Minute,
	} {
		if got := delay(l, failed); got != want {
			t.Errorf("after %d failures: got %v, want %v", failed, got, want)
		}
	}
}

// Attempts whose process was killed count as failed, but only after a while.
func TestTriesLease(t *testing.T) {
	t.Parallel()
	l, now := defaultLimits(), time.UnixMilli(1_000_000_000_000)
	var tr tries
	for range 5 {
		if err := tr.begin(l, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := tr.begin(l, now.Add(l.lease)); !errors.Is(err, errRunning) {
		t.Errorf("while five run: got %v, want %v", err, errRunning)
	}
	if err := tr.begin(l, now.Add(l.lease+time.Millisecond)); err != nil || tr.Failed != 5 || tr.Running != 1 {
		t.Errorf("when they are given up: got %v, %+v", err, tr)
	}
	tr.fail(now.Add(l.lease)) // the outcome of one that lives
	tr.fail(now.Add(l.lease)) // and of one that was given up and is counted
	if tr.Failed != 6 || tr.Running != 0 {
		t.Errorf("got %+v, want 6 failed", tr)
	}
}

// Beyond the free failures one attempt runs at a time; a success ends the row, but
// does not make those under way undone.
func TestTriesRunning(t *testing.T) {
	t.Parallel()
	l, now := defaultLimits(), time.UnixMilli(1_000_000_000_000)
	tr := tries{Failed: 5, At: stampOf(now)}
	now = now.Add(time.Second)
	if err := tr.begin(l, now); err != nil {
		t.Fatal(err)
	}
	if err := tr.begin(l, now.Add(time.Second)); !errors.Is(err, errRunning) {
		t.Errorf("a second one: got %v, want %v", err, errRunning)
	}
	tr.cancel()
	if err := tr.begin(l, now.Add(time.Second)); err != nil {
		t.Errorf("after one that tried nothing: got %v", err)
	}
	tr.succeed()
	if tr != (tries{}) {
		t.Errorf("after a success: got %+v, want nothing", tr)
	}
	tr = tries{Failed: 3, Running: 2, At: 7}
	tr.succeed()
	if tr != (tries{Running: 1, At: 7}) {
		t.Errorf("after one of two: got %+v, want one running", tr)
	}
}

// The clocks of instances differ; a time to come must not open anything.
func TestTriesClockGoesBack(t *testing.T) {
	t.Parallel()
	l, now := defaultLimits(), time.UnixMilli(1_000_000_000_000)
	tr := tries{Failed: 6, At: stampOf(now)}
	var many *TooManyError
	if err := tr.begin(l, now.Add(-time.Hour)); !errors.As(err, &many) || many.RetryAfter != 2*time.Second {
		t.Errorf("got %v, want 2s", err)
	}
}

// Rates that were configured in another way before begin anew.
func TestTallyChanges(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_000_000_000_000)
	one := rates{each: []rate{{1, time.Minute}}, lease: time.Second}
	two := rates{each: []rate{{1, time.Minute}, {9, time.Hour}}, lease: time.Second}
	var ta tally
	if err := ta.take(one, now); err != nil {
		t.Fatal(err)
	}
	if err := ta.take(two, now); err != nil {
		t.Errorf("got %v", err)
	}
	var many *TooManyError
	if err := ta.take(two, now); !errors.As(err, &many) || many.RetryAfter != time.Minute {
		t.Errorf("got %v, want a minute", err)
	}
}

// What is not told after the lease counts.
func TestTallyLease(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_000_000_000_000)
	r := rates{each: []rate{{2, time.Hour}}, lease: time.Second}
	var ta tally
	for range 2 {
		if err := ta.begin(r, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := ta.begin(r, now.Add(time.Second)); !errors.Is(err, errRunning) {
		t.Errorf("while two run: got %v, want %v", err, errRunning)
	}
	var many *TooManyError
	if err := ta.begin(r, now.Add(1001*time.Millisecond)); !errors.As(err, &many) {
		t.Errorf("when they are given up: got %v, want a refusal", err)
	}
}

func TestMemoryLimitsAreBounded(t *testing.T) {
	t.Parallel()
	s := NewMemoryLimits()
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

// rivalLimits let another instance be faster, once.
type rivalLimits struct {
	*MemoryLimits
	rival string
}

func (s *rivalLimits) SwapLimit(ctx context.Context, key, before, after string, keep time.Duration) (bool, error) {
	if s.rival != "" {
		if swapped, err := s.MemoryLimits.SwapLimit(ctx, key, before, s.rival, keep); !swapped || err != nil {
			return false, errors.New("the rival was not faster")
		}
		s.rival = ""
	}
	return s.MemoryLimits.SwapLimit(ctx, key, before, after, keep)
}

// What another instance has counted in between is not overwritten, and decides.
func TestChangeAfterAnother(t *testing.T) {
	t.Parallel()
	r := rates{each: []rate{{2, time.Hour}}, lease: time.Minute}
	now := time.UnixMilli(1_000_000_000_000)
	take := func(record *tally, now time.Time) (time.Duration, error) { return time.Hour, record.take(r, now) }
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
			l := &limiter{Limits: *defaultLimits(), now: func() time.Time { return now }, patience: time.Second}
			l.Store = &rivalLimits{NewMemoryLimits(), test.rival}
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
