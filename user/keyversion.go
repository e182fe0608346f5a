package user

import "context"

// EndAPIKeys ends all API keys of u in one atomic write, and returns the user
// afterwards: no key that was made for u as it was read, or before, is valid any more.
// It returns [ErrNotFound] when the user is gone. The caller emits the event, and
// deletes what is stored of the keys.
func (m *Manager) EndAPIKeys(ctx context.Context, u *User) (*User, error) {
	return m.update(context.WithoutCancel(ctx), u, Update{KeyVersionUp: true})
}
