package records

import (
	"context"
	"errors"
	"slices"

	"github.com/ginauth/ginauth/internal/calls"
)

// answers are the errors by which a store answers, rather than fails.
var answers = []error{ErrNotFound, ErrExists, ErrInvalidID, ErrLastSuperuser, ErrUsed, ErrLinked, ErrLastLoginMethod, ErrBadFactor, ErrUsernameTaken}

// StoreCall runs one call of a store. The call gets what is left of the 4 seconds that
// all store calls of a request may take together, or 4 seconds outside a request; hooks
// and hashing do not use them up. Errors that a store's contract names are returned as
// they are, all others wrapped in [github.com/ginauth/ginauth/user.ErrUnavailable]. When
// ctx was cancelled by its owner, the error also Is context.Canceled.
func StoreCall[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	return calls.Run(ctx, answers, call)
}

// StoreDo is [StoreCall] for a call that returns only an error.
func StoreDo(ctx context.Context, call func(context.Context) error) error {
	_, err := StoreCall(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, call(ctx) })
	return err
}

// StoreAnswered reports whether err is one by which a store answers, as its contract says,
// such as [ErrNotFound], and not a failure of the store.
func StoreAnswered(err error) bool {
	return slices.ContainsFunc(answers, func(answer error) bool { return errors.Is(err, answer) })
}
