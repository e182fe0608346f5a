package usertest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/listing"
)

// Create implements [user.Store].
func (s *Store) Create(ctx context.Context, u *user.User) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	own := s.copied(u)
	own.Profile = s.profile.Normal(u.Profile)
	if own.Profile == nil {
		own.Profile = s.profile.New()
	}
	if reflect.TypeOf(own.Profile) != reflect.TypeOf(s.profile.New()) {
		return fmt.Errorf("usertest: create user: profile is a %T, want %T", own.Profile, s.profile.New())
	}
	if stored, ok := s.users[u.ID]; ok {
		if stored.EmailKey == u.EmailKey && stored.CreatedAt.Equal(u.CreatedAt) {
			return nil
		}
		return errors.New("usertest: create user: the id is in use")
	}
	return s.replace(nil, own)
}

// replace puts after in the place of before, of which either may be nil. Another user who
// has the address or the user name of after is an error, and nothing changes then.
func (s *Store) replace(before, after *user.User) error {
	if after != nil {
		if owner, taken := s.keys[after.EmailKey]; taken && owner != after.ID {
			return user.ErrExists
		}
		if owner, taken := s.names[after.UsernameKey]; taken && owner != after.ID {
			return user.ErrUsernameTaken
		}
	}
	if before != nil {
		delete(s.users, before.ID)
		delete(s.keys, before.EmailKey)
		delete(s.names, before.UsernameKey)
	}
	if after != nil {
		s.users[after.ID] = after
		s.keys[after.EmailKey] = after.ID
		if after.UsernameKey != "" {
			s.names[after.UsernameKey] = after.ID
		}
	}
	clear(s.indexes)
	return nil
}

// ByID implements [user.Store].
func (s *Store) ByID(ctx context.Context, id user.ID) (*user.User, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	u, ok := s.users[id]
	if !ok {
		return nil, user.ErrNotFound
	}
	return s.copied(u), nil
}

// ByEmail implements [user.Store].
func (s *Store) ByEmail(ctx context.Context, email email.Email) (*user.User, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	id, ok := s.keys[email.Key]
	if !ok {
		return nil, user.ErrNotFound
	}
	return s.copied(s.users[id]), nil
}

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

// Delete implements [user.Store].
func (s *Store) Delete(ctx context.Context, id user.ID, options user.DeleteOptions) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	u, ok := s.users[id]
	if !ok {
		return user.ErrNotFound
	}
	if options.KeepSuperuser && s.isLastSuperuser(u, options.At) {
		return user.ErrLastSuperuser
	}
	return s.replace(u, nil)
}

// List implements [user.Store].
func (s *Store) List(ctx context.Context, query user.ListQuery) (user.Page, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return user.Page{}, err
	}
	defer end()
	var found []*user.User // one more than the page
	limit := max(query.Limit, 1)
	add := func(u *user.User) bool {
		if u.ID > query.After {
			found = append(found, u)
		}
		return query.EmailPrefix != "" || len(found) <= limit
	}
	if query.EmailPrefix == "" {
		s.byID().from(&listing.Place{ID: query.After})(add)
	} else {
		s.prefixed(query.EmailPrefix, nil)(add)
		slices.SortFunc(found, func(a, b *user.User) int { return cmp.Compare(a.ID, b.ID) })
	}
	page := user.Page{More: len(found) > limit}
	for _, u := range found[:min(limit, len(found))] {
		page.Users = append(page.Users, s.copied(u))
	}
	return page, nil
}

// isLastSuperuser reports whether u is an active superuser and no other is one, without a
// ban, at that time.
func (s *Store) isLastSuperuser(u *user.User, at time.Time) bool {
	if !u.IsActive || !u.IsSuperuser {
		return false
	}
	for _, other := range s.users {
		if other.ID != u.ID && other.IsSuperuser && !other.Barred(at) {
			return false
		}
	}
	return true
}
