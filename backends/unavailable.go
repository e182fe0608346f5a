package backends

import (
	"errors"
	"fmt"

	"github.com/ginauth/ginauth/user"
)

// Unavailable marks err, an error of a transport or strategy, as what its contract
// says it is: a store could not answer. It Is [user.ErrUnavailable].
func Unavailable(err error) error {
	if errors.Is(err, user.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", user.ErrUnavailable, err)
}
