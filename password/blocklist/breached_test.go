package blocklist_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ginauth/ginauth/password"
	"github.com/ginauth/ginauth/password/blocklist"
)

// The SHA-1 of "guinevere" in two parts, as sha1sum prints it.
const (
	guinevere       = "guinevere"
	guineverePrefix = "4775C"
	guinevereSuffix = "FAB5C2E5F2C6F22E4F7D257AE38BBFC1D53"
)

// rangesFunc is a Ranges made of a function.
type rangesFunc func(ctx context.Context, prefix string) ([]string, error)

func (f rangesFunc) Range(ctx context.Context, prefix string) ([]string, error) {
	return f(ctx, prefix)
}

func logger(log *strings.Builder) *slog.Logger { return slog.New(slog.NewTextHandler(log, nil)) }

func TestBreached(t *testing.T) {
	t.Parallel()
	other := strings.Repeat("0", len(guinevereSuffix))
	tests := []struct {
		name    string
		lines   []string
		refused bool
	}{
		{"nothing", nil, false},
		{"others", []string{other + ":12", "", "?"}, false},
		{"counted", []string{other + ":12", guinevereSuffix + ":3"}, true},
		{"not counted", []string{guinevereSuffix}, true},
		{"lower case", []string{strings.ToLower(guinevereSuffix) + ":3\r"}, true},
		{"padding", []string{guinevereSuffix + ":0"}, false},
		{"prefix with it", []string{guineverePrefix + guinevereSuffix + ":3"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			var log strings.Builder
			rule := blocklist.Breached(rangesFunc(func(_ context.Context, prefix string) ([]string, error) {
				asked = append(asked, prefix)
				return test.lines, nil
			}), logger(&log))
			err := rule(t.Context(), guinevere, password.Owner{})
			refused := (*password.Error)(nil)
			if got := errors.As(err, &refused); got != test.refused || !got && err != nil {
				t.Errorf("got %v, want refused %v", err, test.refused)
			}
			if refused != nil && refused.Reason != "Password has appeared in a data breach" {
				t.Errorf("got reason %v", refused.Reason)
			}
			if fmt.Sprint(asked) != "["+guineverePrefix+"]" {
				t.Errorf("the service was asked for %v, want %s only", asked, guineverePrefix)
			}
			if log.String() != "" {
				t.Errorf("got log %s, want none", log.String())
			}
		})
	}
}

// Whatever is wrong with the service, the password is let pass within a second,
// and somebody gets to know.
func TestBreachedFailsOpen(t *testing.T) {
	t.Parallel()
	tests := map[string]rangesFunc{
		"error": func(context.Context, string) ([]string, error) { return nil, errors.New("out of order") },
		"panic": func(context.Context, string) ([]string, error) { panic("out of order") },
		"hangs": func(ctx context.Context, _ string) ([]string, error) { <-ctx.Done(); return nil, ctx.Err() },
	}
	for name, ranges := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				began := time.Now()
				if err := blocklist.Breached(ranges, logger(&log))(t.Context(), guinevere, password.Owner{}); err != nil {
					t.Errorf("got %v, want nil", err)
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("took %v, want at most 1s", took)
				}
				if !strings.Contains(log.String(), "level=WARN") {
					t.Errorf("got log %q, want a warning", log.String())
				}
				for _, secret := range []string{guinevere, guineverePrefix} {
					if strings.Contains(log.String(), secret) {
						t.Errorf("the log holds %q: %s", secret, log.String())
					}
				}
			})
		})
	}
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		answer  http.HandlerFunc
		refused bool
		warned  bool
	}{
		{name: "found", refused: true, answer: func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || r.URL.Path != "/range/"+guineverePrefix || r.Header.Get("Add-Padding") != "true" {
				t.Errorf("got %s %s with Add-Padding %q", r.Method, r.URL, r.Header.Get("Add-Padding"))
			}
			fmt.Fprintf(w, "%s:0\r\n%s:3\r\n", strings.Repeat("0", 35), guinevereSuffix)
		}},
		{name: "not found", answer: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("0", 35), ":1\r\n") }},
		{name: "failing", warned: true, answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }},
		{name: "elsewhere", warned: true, answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere/"+guineverePrefix, http.StatusFound)
		}},
		{name: "without end", warned: true, answer: func(w http.ResponseWriter, _ *http.Request) {
			line := strings.Repeat("0", 35) + ":1\r\n"
			for range 40_000 {
				fmt.Fprint(w, line)
			}
		}},
		{name: "broken off", warned: true, answer: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(test.answer)
			defer server.Close()
			var log strings.Builder
			err := blocklist.Breached(blocklist.HTTP{URL: server.URL + "/range/"}, logger(&log))(t.Context(), guinevere, password.Owner{})
			if (err != nil) != test.refused {
				t.Errorf("got %v, want refused %v", err, test.refused)
			}
			if warned := log.String() != ""; warned != test.warned {
				t.Errorf("got log %q, want a warning %v", log.String(), test.warned)
			}
			if strings.Contains(log.String(), guineverePrefix) {
				t.Errorf("the log holds the prefix: %s", log.String())
			}
		})
	}
}

func TestHTTPWithoutURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "://", "ftp://camelot.bt/"} {
		if lines, err := (blocklist.HTTP{URL: url}).Range(t.Context(), guineverePrefix); err == nil || strings.Contains(err.Error(), guineverePrefix) {
			t.Errorf("%q: got %v, %v, want an error without the prefix", url, lines, err)
		}
	}
}
