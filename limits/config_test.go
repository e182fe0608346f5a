package limits

import (
	"strings"
	"testing"
	"time"
)

func TestConfigCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		config Config
		want   []string
	}{
		{"zero", Config{}, nil},
		{"strict", Config{FreeFailures: 1, MaxFailures: 1, FirstDelay: time.Hour, MaxDelay: time.Hour, LoginsPerMinute: 1}, nil},
		{
			"negative", Config{FreeFailures: -1, LoginsPerMinute: -2, LoginsPerHour: -3, RegistrationsPerHour: -4, MailRequestsPerHour: -5,
				OAuthPerMinute: -6, MailsPerHour: -7, MailsPerDay: -8, FirstDelay: -9, MailInterval: -10},
			[]string{
				"Limits.FreeFailures is -1, want at least 1", "Limits.LoginsPerMinute is -2, want at least 1",
				"Limits.LoginsPerHour is -3, want at least 1", "Limits.RegistrationsPerHour is -4, want at least 1",
				"Limits.MailRequestsPerHour is -5, want at least 1", "Limits.OAuthPerMinute is -6, want at least 1",
				"Limits.MailsPerHour is -7, want at least 1", "Limits.MailsPerDay is -8, want at least 1",
				"Limits.FirstDelay is -9ns, want a positive duration", "Limits.MailInterval is -10ns, want a positive duration",
			},
		},
		{"too many failures", Config{MaxFailures: 101}, []string{"Limits.MaxFailures is 101, want FreeFailures (5) to 100"}},
		{"too few failures", Config{MaxFailures: 4}, []string{"Limits.MaxFailures is 4, want FreeFailures (5) to 100"}},
		{"short delay", Config{MaxDelay: time.Millisecond}, []string{"Limits.MaxDelay is 1ms, want at least FirstDelay (1s)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := test.config.withDefaults().check()
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
