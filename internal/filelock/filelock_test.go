package filelock_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/ginauth/ginauth/internal/filelock"
)

func TestTryAcquire(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")

	first, err := filelock.TryAcquire(path)
	if err != nil {
		t.Fatalf("first TryAcquire: got error %v, want none", err)
	}
	if _, err := filelock.TryAcquire(path); !errors.Is(err, filelock.ErrLocked) {
		t.Fatalf("TryAcquire of a taken lock: got error %v, want %v", err, filelock.ErrLocked)
	}
	if err := first.Release(); err != nil {
		t.Fatalf("Release: got error %v, want none", err)
	}
	second, err := filelock.TryAcquire(path)
	if err != nil {
		t.Fatalf("TryAcquire after Release: got error %v, want none", err)
	}
	if err := second.Release(); err != nil {
		t.Fatalf("second Release: got error %v, want none", err)
	}
}

func TestAcquireWaits(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")

	var inside atomic.Int32
	done := make(chan error)
	const holders = 8
	for range holders {
		go func() { done <- hold(path, &inside) }()
	}
	for range holders {
		if err := <-done; err != nil {
			t.Errorf("holder: got error %v, want none", err)
		}
	}
}

// hold takes the lock and gives it back; it is an error to find somebody else
// inside.
func hold(path string, inside *atomic.Int32) error {
	lock, err := filelock.Acquire(path)
	if err != nil {
		return err
	}
	if n := inside.Add(1); n != 1 {
		return fmt.Errorf("holders inside: got %d, want 1", n)
	}
	for range 100 {
		runtime.Gosched()
	}
	inside.Add(-1)
	return lock.Release()
}

func TestAcquireWithoutFolder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "missing", "lock")

	_, err := filelock.Acquire(path)
	if err == nil || errors.Is(err, filelock.ErrLocked) {
		t.Fatalf("got error %v, want one that is not %v", err, filelock.ErrLocked)
	}
}
