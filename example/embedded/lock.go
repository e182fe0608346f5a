package embedded

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/ginauth/ginauth/internal/filelock"
)

// ErrInUse says that another server, of this process or another one, has the
// folder open. Two engines on the same files would damage them.
var ErrInUse = errors.New("embedded: folder is in use by another server")

// lockFolder makes the folder this server's own until the lock is released,
// which the end of the process does too.
func lockFolder(dir string) (*filelock.Lock, error) {
	lock, err := filelock.TryAcquire(filepath.Join(dir, "lock"))
	if errors.Is(err, filelock.ErrLocked) {
		return nil, fmt.Errorf("%w: %s", ErrInUse, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("embedded: lock the folder: %w", err)
	}
	return lock, nil
}
