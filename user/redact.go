package user

import (
	"fmt"
	"runtime"
	"strings"
)

// Code of the application that is handed a password or a token must not bring it
// into the log when it fails.

// containedQuietly is contained for code that was handed a secret: the value of a
// panic may quote it, which the runtime's own errors do not.
func containedQuietly(name string, call func() error) (err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("user: %s panicked: %w", name, cause)
		default:
			err = fmt.Errorf("user: %s panicked with a %T, not shown as it may quote a secret", name, cause)
		}
	}()
	return call()
}

// unquoting returns err with a text in which secret, which was handed to the
// application's code, does not occur as it is.
func unquoting(err error, secret string) error {
	if err == nil || secret == "" || !strings.Contains(err.Error(), secret) {
		return err
	}
	return &quietError{cause: err, secret: secret}
}

type quietError struct {
	cause  error
	secret string
}

func (e *quietError) Error() string {
	return strings.ReplaceAll(e.cause.Error(), e.secret, Secret("").String())
}

func (e *quietError) Unwrap() error { return e.cause }

// Format keeps the fields from being printed.
func (e *quietError) Format(state fmt.State, _ rune) { fmt.Fprint(state, e.Error()) }
