package routes

import (
	"net/http"

	"github.com/ginauth/ginauth/internal/wire"
)

// Wire says which generation of FastAPI Users' clients is answered. The two differ in the
// status of a success that has nothing to say, in the code of a password that POST
// /reset-password refuses, and in the words of a 422.
type Wire int

const (
	// WireV9 answers as FastAPI Users 9 with Pydantic 1 does. It is the default.
	WireV9 Wire = iota
	// WireV15 answers as FastAPI Users 15 with Pydantic 2 does.
	WireV15
)

// Valid reports whether w is one of the two.
func (w Wire) Valid() bool { return w >= 0 && int(w) < len(dialects) }

// words returns the words of a 422.
func (w Wire) words() wire.Dialect { return wire.Dialect(w) }

// emptyStatus is the status of a success that has nothing to say: with 200 its
// body is null, with 204 there is none.
func (w Wire) emptyStatus() int { return dialects[w].emptyStatus }

// resetPasswordCode is the code of a password refused at /reset-password.
func (w Wire) resetPasswordCode() string { return dialects[w].resetPasswordCode }

// dialect is what is peculiar to one Wire, other than the words of a 422.
type dialect struct {
	emptyStatus       int
	resetPasswordCode string
}

var dialects = [...]dialect{
	WireV9: {
		emptyStatus:       http.StatusOK,
		resetPasswordCode: "REGISTER_INVALID_PASSWORD",
	},
	WireV15: {
		emptyStatus:       http.StatusNoContent,
		resetPasswordCode: "RESET_PASSWORD_INVALID_PASSWORD",
	},
}
