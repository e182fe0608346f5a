package user

import (
	"context"
	"errors"
)

// updateLatest makes the update that plan returns for u, if any. If the stored user is no
// longer as it was read, it plans again with the stored user, unless the token that c
// keeps has been ended meanwhile: an ended session must not change a password or an
// address, nor become valid again. Each further attempt means that another update
// succeeded, so the loop ends.
func (m *Manager) updateLatest(ctx context.Context, u *User, c Changes, plan func(u *User) (update Update, any bool, err error)) (*User, error) {
	for {
		update, any, err := plan(u)
		if err != nil {
			return nil, err
		}
		if !any {
			return u, nil
		}
		after, err := m.update(ctx, u, update)
		if !errors.Is(err, ErrNotFound) || !update.If.ofLatest() {
			return after, err
		}
		stored, err := m.ByID(ctx, u.ID)
		if err != nil {
			return nil, err
		}
		if !c.mayFollow(u, stored, update) {
			return nil, ErrNotFound
		}
		u = stored
	}
}

// ofLatest reports whether a condition may fail only because u is out of date.
func (c Conditions) ofLatest() bool { return c.TokenVersion != nil || c.EmailKey != nil }

// mayFollow reports whether what was meant for a user as before may be done to the
// user as stored.
func (c Changes) mayFollow(before, stored *User, update Update) bool {
	ended := stored.TokenVersion != before.TokenVersion
	moved := stored.EmailKey != before.EmailKey
	switch {
	case ended && update.If.TokenVersion != nil && (c.KeepToken == "" || stored.KeptToken != c.KeepToken):
		return false
	case moved && c.spelling:
		return false
	}
	return ended || moved
}
