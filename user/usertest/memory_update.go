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
	if !ok || !update.If.Hold(before) {
		return nil, user.ErrNotFound
	}
	after, err := s.changed(before, update)
	if err != nil {
		return nil, err
	}
	if update.KeepSuperuser && update.LeavesSuperusers() && s.isLastSuperuser(before, update.UpdatedAt) {
		return nil, user.ErrLastSuperuser
	}
	if err := s.replace(before, after); err != nil {
		return nil, err
	}
	return s.copied(after), nil
}

// changed returns a copy of u as it is after the update.
func (s *Store) changed(u *user.User, update user.Update) (*user.User, error) {
	after := s.copied(u)
	if err := update.Apply(after, s.profile); err != nil {
		return nil, err
	}
	return after, nil
}
