package user

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/username"
)

// ParseID returns the canonical form of a client's spelling of an ID, or [ErrInvalidID].
func (m *Manager) ParseID(text string) (ID, error) { return m.store.ParseID(text) }

// Show brings a user that a store has returned into the form that the application knows:
// its roles are those that are declared, nil where there are none at all, so that the JSON
// form has none, and the JSON form has the user name where the [Policy] has names.
func (m *Manager) Show(u *User) {
	if u != nil {
		u.showsName = m.policy.Usernames != nil
		if u.Roles != nil || m.roles != nil {
			u.Roles = m.roles.Known(u.Roles)
		}
	}
}

// ByID returns the user with that ID, or [ErrNotFound].
func (m *Manager) ByID(ctx context.Context, id ID) (*User, error) {
	u, err := records.StoreCall(ctx, func(ctx context.Context) (*User, error) { return m.store.ByID(ctx, id) })
	m.Show(u)
	m.logDamaged(ctx, err)
	return u, err
}

// ByEmail returns the user with that address in any letter case, or [ErrNotFound].
func (m *Manager) ByEmail(ctx context.Context, address string) (*User, error) {
	key, ok := email.Key(address)
	if !ok {
		return nil, ErrNotFound
	}
	return m.byEmail(ctx, email.Email{Address: address, Key: key})
}

// List returns a page of users ordered by ID. A limit under 1 means 50.
func (m *Manager) List(ctx context.Context, query ListQuery) (Page, error) {
	if query.Limit < 1 {
		query.Limit = 50
	}
	page, err := records.StoreCall(ctx, func(ctx context.Context) (Page, error) { return m.store.List(ctx, query) })
	for _, u := range page.Users {
		m.Show(u)
	}
	return page, err
}

func (m *Manager) byEmail(ctx context.Context, email email.Email) (*User, error) {
	u, err := records.StoreCall(ctx, func(ctx context.Context) (*User, error) { return m.store.ByEmail(ctx, email) })
	m.Show(u)
	m.logDamaged(ctx, err)
	return u, err
}

// taken reports whether a user other than self has the address. A damaged document keeps
// its address.
func (m *Manager) taken(ctx context.Context, key string, self ID) (bool, error) {
	u, err := m.byEmail(ctx, email.Email{Key: key})
	switch {
	case errors.Is(err, ErrDamaged):
		return true, nil
	case errors.Is(err, ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	}
	return u.ID != self, nil
}

// logDamaged logs a document that has to be repaired; the store's error has its ID.
func (m *Manager) logDamaged(ctx context.Context, err error) {
	if errors.Is(err, ErrDamaged) {
		m.logger.LogAttrs(ctx, slog.LevelError, "ginauth: a stored user is damaged and refused", slog.String("error", err.Error()))
	}
}

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
	if key, ok := username.Key(text); ok {
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
		return m.byEmail(ctx, email.Email{Address: n.text, Key: n.key})
	}
	u, err := m.byUsername(ctx, n.key)
	if err == nil && (!n.known || u.EmailKey != n.row) {
		return nil, ErrNotFound
	}
	return u, err
}
