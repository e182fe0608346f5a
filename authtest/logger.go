package authtest

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// newLogger returns a logger into the test's own log.
func newLogger(t testing.TB) *slog.Logger {
	w := &logWriter{t: t}
	t.Cleanup(w.close)
	return slog.New(slog.NewTextHandler(w, nil))
}

// logWriter is silent when the test has ended, where testing would panic.
type logWriter struct {
	mu sync.Mutex
	t  testing.TB
}

// Write implements io.Writer.
func (w *logWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.t != nil {
		w.t.Log(strings.TrimSuffix(string(line), "\n"))
	}
	return len(line), nil
}

func (w *logWriter) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.t = nil
}
