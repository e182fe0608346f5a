package contract

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that stands still until a test moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// newClock shows the present, as databases and browsers have clocks of their own.
func newClock() *clock { return &clock{now: time.Now().UTC().Truncate(time.Second)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// checkNothingSecret looks for everything that nobody may see in the log of w.
func checkNothingSecret(t testing.TB, w *world) {
	t.Helper()
	log := w.in.log.String()
	for _, secret := range w.secrets() {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds the secret %q:\n%s", secret, log)
		}
	}
}
