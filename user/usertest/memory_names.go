package usertest

import (
	"context"

	"github.com/ginauth/ginauth/user"
)

// ByUsernameKey implements [user.UsernameStore].
func (s *Store) ByUsernameKey(ctx context.Context, key string) (*user.User, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	id, ok := s.names[key]
	if !ok || key == "" {
		return nil, user.ErrNotFound
	}
	return s.copied(s.users[id]), nil
}

// setName replaces a user's key by another, unless another user has that one.
func (s *Store) setName(before, after string, id user.ID) error {
	if owner, taken := s.names[after]; taken && owner != id {
		return user.ErrUsernameTaken
	}
	delete(s.names, before)
	if after != "" {
		s.names[after] = id
	}
	return nil
}
