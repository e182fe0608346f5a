// Package filelock keeps processes of one machine from doing the same thing at the same
// time: the holder of the lock on a file may go on.
//
// The operating system gives a lock back when its holder ends, however it
// ends, so a crash leaves nothing to clean up. The file itself stays.
package filelock

import (
	"errors"
	"fmt"
	"os"
)

// ErrLocked reports that another process holds the lock.
var ErrLocked = errors.New("filelock: already locked")

// Lock is a lock that is held.
type Lock struct {
	file *os.File
}

// Acquire locks the file at path, which it creates when there is none. It
// blocks for as long as another process, or another Lock of this one, has it.
func Acquire(path string) (*Lock, error) {
	return open(path, lockFile)
}

// TryAcquire is [Acquire] without the waiting: when the lock is taken, the
// error is [ErrLocked].
func TryAcquire(path string) (*Lock, error) {
	return open(path, tryLockFile)
}

// Release gives the lock back. It must be called once.
func (l *Lock) Release() error {
	// Closing releases the lock: the file was opened for it alone.
	return l.file.Close()
}

func open(path string, lock func(*os.File) error) (*Lock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("filelock: %w", err)
	}
	if err := lock(file); err != nil {
		_ = file.Close()
		if errors.Is(err, ErrLocked) {
			return nil, err
		}
		return nil, fmt.Errorf("filelock: lock %s: %w", path, err)
	}
	return &Lock{file: file}, nil
}
