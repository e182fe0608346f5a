package user

import (
	"context"
	"errors"
	"log/slog"
)

// ParseID returns the canonical form of a client's spelling of an ID, or [ErrInvalidID].
func (m *Manager) ParseID(text string) (ID, error) { return m.store.ParseID(text) }

// ByID returns the user with that ID, or [ErrNotFound].
func (m *Manager) ByID(ctx context.Context, id ID) (*User, error) {
	u, err := StoreCall(ctx, func(ctx context.Context) (*User, error) { return m.store.ByID(ctx, id) })
	m.Show(u)
	m.logDamaged(ctx, err)
	return u, err
}

// ByEmail returns the user with that address in any letter case, or [ErrNotFound].
func (m *Manager) ByEmail(ctx context.Context, email string) (*User, error) {
	key, ok := EmailKey(email)
	if !ok {
		return nil, ErrNotFound
	}
	return m.byEmail(ctx, Email{Address: email, Key: key})
}

// List returns a page of users ordered by ID. A limit under 1 means 50.
func (m *Manager) List(ctx context.Context, query ListQuery) (Page, error) {
	if query.Limit < 1 {
		query.Limit = 50
	}
	page, err := StoreCall(ctx, func(ctx context.Context) (Page, error) { return m.store.List(ctx, query) })
	for _, u := range page.Users {
		m.Show(u)
	}
	return page, err
}

func (m *Manager) byEmail(ctx context.Context, email Email) (*User, error) {
	u, err := StoreCall(ctx, func(ctx context.Context) (*User, error) { return m.store.ByEmail(ctx, email) })
	m.Show(u)
	m.logDamaged(ctx, err)
	return u, err
}

// taken reports whether a user other than self has the address. A damaged document keeps
// its address.
func (m *Manager) taken(ctx context.Context, key string, self ID) (bool, error) {
	u, err := m.byEmail(ctx, Email{Key: key})
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
