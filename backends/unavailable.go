package backends

import (
	"errors"
	"fmt"

	"github.com/ginauth/ginauth/user"
)

// ErrMisconfigured says that a transport found its route or its store set up
// wrongly, which no retry mends. The error that Is this says what to change.
var ErrMisconfigured = errors.New("backends: misconfigured")

// Unavailable marks err, an error of a transport or strategy, as what its contract
// says it is: a store could not answer. It Is [user.ErrUnavailable].
// An error that Is [ErrMisconfigured] is returned as it is.
func Unavailable(err error) error {
	if errors.Is(err, user.ErrUnavailable) || errors.Is(err, ErrMisconfigured) {
		return err
	}
	return fmt.Errorf("%w: %w", user.ErrUnavailable, err)
}
