package user

import (
	"context"
	"errors"
	"strings"
)

// loginName is what a person has typed to log in: an address, or a user name where the
// application has names and there is no @.
type loginName struct {
	text, key string
	byName    bool
	// row is the subject of the failure counter. It is the address of an account that is
	// found by its name, so that the two share one row.
	row string
	// known says that the name was found.
	known bool
}

// noUsername is a key that no user can have. It is looked up for names that are none, so
// that the work does not differ.
const noUsername = "-"

// readLoginName returns what text is, before a password is looked at. Errors are those of
// a store that could not answer.
func (m *Manager) readLoginName(ctx context.Context, text string) (loginName, error) {
	if m.names == nil || strings.Contains(text, "@") {
		key, ok := loginKey(text)
		return loginName{text: text, key: key, row: limitedLogin(text, key, ok)}, nil
	}
	n := loginName{text: text, key: noUsername, byName: true, row: "\x00" + strings.ToLower(text)}
	if key, ok := usernameKey(text); ok {
		n.key = key
	}
	u, err := m.byUsername(ctx, n.key)
	switch {
	case errors.Is(err, ErrNotFound):
		return n, nil
	case err != nil:
		return n, err
	}
	n.row, n.known = u.EmailKey, true
	return n, nil
}

// byLoginName returns the user, as of the time the attempt was admitted. An account that
// has got the name or another address in between is not found: its failures have another
// row.
func (m *Manager) byLoginName(ctx context.Context, n loginName) (*User, error) {
	if !n.byName {
		return m.byEmail(ctx, Email{Address: n.text, Key: n.key})
	}
	u, err := m.byUsername(ctx, n.key)
	if err == nil && (!n.known || u.EmailKey != n.row) {
		return nil, ErrNotFound
	}
	return u, err
}
