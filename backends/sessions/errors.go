package sessions

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
)

// noSession reports whether a session store's error means that there is no such session,
// or none it can read, rather than that the store did not answer. Stores do not agree on
// how they say it; an unknown error is a failure.
func noSession(err error) bool {
	// A cookie, or record, that was not made with the store's keys.
	if undecoded, ok := errors.AsType[interface {
		error
		IsDecode() bool
	}](err); ok && undecoded.IsDecode() {
		return true
	}
	if errors.Is(err, fs.ErrNotExist) { // gorilla's store of files
		return true
	}
	// A record of another version of the application.
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, kind := errors.AsType[*json.UnmarshalTypeError](err)
	text := err.Error()
	if syntax || kind || strings.HasPrefix(text, "gob: ") {
		return true
	}
	// The two clients of the store "memcached", neither of which is imported here.
	return text == "memcache: cache miss" || text == "mc: not found"
}
