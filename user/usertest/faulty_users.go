package usertest

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
	"github.com/ginauth/ginauth/user/records"
)

// Create implements [user.Store].
func (s *FaultyStore) Create(ctx context.Context, u *user.User) error {
	return write(ctx, s, "Create", func() error { return s.Store.Create(ctx, u) })
}

// ByID implements [user.Store].
func (s *FaultyStore) ByID(ctx context.Context, id user.ID) (*user.User, error) {
	return read(ctx, s, "ByID", func() (*user.User, error) { return s.Store.ByID(ctx, id) })
}

// ByEmail implements [user.Store].
func (s *FaultyStore) ByEmail(ctx context.Context, email email.Email) (*user.User, error) {
	return read(ctx, s, "ByEmail", func() (*user.User, error) { return s.Store.ByEmail(ctx, email) })
}

// Update implements [user.Store].
func (s *FaultyStore) Update(ctx context.Context, id user.ID, update user.Update) (*user.User, error) {
	return faulty(ctx, s, Call{Method: "Update", Writes: true}, func() (*user.User, error) { return s.Store.Update(ctx, id, update) })
}

// Delete implements [user.Store].
func (s *FaultyStore) Delete(ctx context.Context, id user.ID, options user.DeleteOptions) error {
	return write(ctx, s, "Delete", func() error { return s.Store.Delete(ctx, id, options) })
}

// List implements [user.Store].
func (s *FaultyStore) List(ctx context.Context, query user.ListQuery) (user.Page, error) {
	return read(ctx, s, "List", func() (user.Page, error) { return s.Store.List(ctx, query) })
}

// Use implements [records.UsedStore].
func (s *FaultyStore) Use(ctx context.Context, id string, expiresAt time.Time) error {
	return write(ctx, s, "Use", func() error {
		used, err := able[records.UsedStore](s)
		if err != nil {
			return err
		}
		return used.Use(ctx, id, expiresAt)
	})
}

// Limit implements [limits.Store].
func (s *FaultyStore) Limit(ctx context.Context, key string) (record string, err error) {
	return read(ctx, s, "Limit", func() (string, error) { return s.limits.Limit(ctx, key) })
}

// SwapLimit implements [limits.Store].
func (s *FaultyStore) SwapLimit(ctx context.Context, key, before, after string, keep time.Duration) (swapped bool, err error) {
	return faulty(ctx, s, Call{Method: "SwapLimit", Writes: true}, func() (bool, error) {
		return s.limits.SwapLimit(ctx, key, before, after, keep)
	})
}
