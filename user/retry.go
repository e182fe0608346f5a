package user

import (
	"context"
	"errors"
)

// updateLatest makes the update that plan makes of u, if it makes any. Where that
// turns out to be about a user that is not any more as he was read, it plans anew
// with the user as stored, unless the token that c keeps does not count any more:
// nobody who was thrown out meanwhile changes a password or an address, and no
// token that was ended counts again. Each further attempt means that somebody
// else's update came through.
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
