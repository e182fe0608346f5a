package redisstrategy

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/ginauth/ginauth/user"
)

// errForeign says that an answer belongs to another key. Nothing is known then.
var errForeign = errors.New("redisstrategy: answer belongs to another key")

// hashText is what a token's hash looks like inside a key that Redis quotes.
var hashText = regexp.MustCompile(`[0-9a-f]{64}`)

// wrap names the operation of a failure.
func wrap(operation string, err error) error {
	if err == nil || errors.Is(err, user.ErrNotFound) {
		return err
	}
	return &failure{operation: operation, err: err}
}

// failure is an error that ends up in a log, where no hash of a token belongs.
type failure struct {
	operation string
	err       error
}

func (f *failure) Error() string {
	return fmt.Sprintf("redisstrategy: %s: %s", f.operation, hashText.ReplaceAllString(f.err.Error(), "[redacted]"))
}

func (f *failure) Unwrap() error { return f.err }
