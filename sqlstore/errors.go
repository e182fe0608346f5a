package sqlstore

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ginauth/ginauth/user"
)

// The states (SQLSTATE) of PostgreSQL's errors.
const (
	stateUnique        = "23505"
	stateSerialization = "40001"
	stateDeadlock      = "40P01"
	stateReadOnly      = "25006"
)

// failure is an operation that failed in a way no interface names. The server's own text
// is left out, as it may quote values.
type failure struct {
	operation string
	err       error
}

// failed returns the error of an operation that failed in a way no interface names. What
// is an answer already, or was wrapped already, stays as it is.
func failed(operation string, err error) error {
	if err == nil || isAnswer(err) || errors.As(err, new(*failure)) {
		return err
	}
	return &failure{operation, err}
}

func (f *failure) Error() string {
	text := f.err.Error()
	switch state := stateOf(f.err); state {
	case "":
	case stateReadOnly:
		text = "server error " + state + ": the server is read-only, as a replica is; connect to the primary"
	default:
		text = "server error " + state
	}
	return fmt.Sprintf("sqlstore: %s: %s", f.operation, text)
}

func (f *failure) Unwrap() error { return f.err }

// isAnswer reports whether err says something about what is stored.
func isAnswer(err error) bool {
	for _, answer := range []error{user.ErrNotFound, user.ErrExists, user.ErrUsernameTaken, user.ErrLastSuperuser, user.ErrUsed, user.ErrLinked, user.ErrLastLoginMethod} {
		if errors.Is(err, answer) {
			return true
		}
	}
	return false
}

// stateOf returns the SQLSTATE of an error that PostgreSQL sent, as the errors of pgx and
// of lib/pq have it.
func stateOf(err error) string {
	var server interface{ SQLState() string }
	if errors.As(err, &server) {
		return server.SQLState()
	}
	return ""
}

// unique is a unique index of ours, as the engines name it in their errors.
type unique struct{ postgres, sqlite string }

var (
	emailKey      = unique{`"users_email_key"`, "users.email_key"}
	usernameKey   = unique{`"users_username_key"`, "users.username_key"}
	credentialKey = unique{`"credentials_kind_lookup_key"`, "credentials.kind, credentials.lookup_key"}
)

// taken reports whether a statement was refused by a unique index or a primary key.
func taken(err error) bool {
	return err != nil && (stateOf(err) == stateUnique || strings.Contains(err.Error(), "UNIQUE constraint failed"))
}

// refused reports whether it was this one that refused.
func (u unique) refused(err error) bool {
	if !taken(err) {
		return false
	}
	for ; err != nil; err = errors.Unwrap(err) {
		if strings.Contains(err.Error(), u.postgres) || strings.Contains(err.Error(), u.sqlite) {
			return true
		}
	}
	return false
}

// conflicts reports whether the server asks for another try, of which it has done nothing.
func conflicts(err error) bool {
	state := stateOf(err)
	return state == stateSerialization || state == stateDeadlock
}
