package usertest

import (
	"context"

	"github.com/ginauth/ginauth/user"
)

// Update implements [user.Store].
func (s *Store) Update(ctx context.Context, id user.ID, update user.Update) (*user.User, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	before, ok := s.users[id]
	if !ok || !holds(before, update.If) {
		return nil, user.ErrNotFound
	}
	after, err := s.changed(before, update)
	if err != nil {
		return nil, err
	}
	if owner, taken := s.keys[after.EmailKey]; taken && owner != id {
		return nil, user.ErrExists
	}
	stays := after.IsActive && after.IsSuperuser
	if update.KeepSuperuser && !stays && s.isLastSuperuser(before) {
		return nil, user.ErrLastSuperuser
	}
	delete(s.keys, before.EmailKey)
	s.users[id], s.keys[after.EmailKey] = after, id
	return s.copied(after), nil
}

func holds(u *user.User, c user.Conditions) bool {
	return equals(c.HashedPassword, u.HashedPassword) && equals(c.EmailKey, u.EmailKey) &&
		equals(c.IsActive, u.IsActive) && equals(c.IsVerified, u.IsVerified)
}

func equals[T comparable](want *T, is T) bool { return want == nil || *want == is }

// changed returns a copy of u as it is after the update.
func (s *Store) changed(u *user.User, update user.Update) (*user.User, error) {
	after := s.copied(u)
	if err := s.profile.Copy(after.Profile, update.Profile, update.ProfileFields); err != nil {
		return nil, err
	}
	if update.Email != nil {
		after.Email, after.EmailKey = update.Email.Address, update.Email.Key
	}
	set(&after.HashedPassword, update.HashedPassword)
	set(&after.IsActive, update.IsActive)
	set(&after.IsSuperuser, update.IsSuperuser)
	set(&after.IsVerified, update.IsVerified)
	if update.EndTokens {
		after.TokenVersion++
		after.KeptToken = update.KeepToken
	}
	after.UpdatedAt = update.UpdatedAt
	return after, nil
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
