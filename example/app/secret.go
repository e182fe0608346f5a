package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ginauth/ginauth/user/secrets"
)

// secretOf returns the configured secret, or the one kept in the data folder, which
// is generated at the first start.
func secretOf(s Settings, out io.Writer) (secrets.Secret, error) {
	if s.Secret != "" {
		return s.Secret, nil
	}
	path := filepath.Join(s.DataDir, "secret")
	kept, err := os.ReadFile(path)
	if err == nil {
		return secrets.Secret(kept), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	generated := rand.Text() + rand.Text()
	if err := os.WriteFile(path, []byte(generated), 0o600); err != nil {
		return "", err
	}
	fmt.Fprintf(out, "Warning: SECRET is not set. One was generated into %s; set SECRET in production.\n", path)
	return secrets.Secret(generated), nil
}
