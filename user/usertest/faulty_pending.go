package usertest

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// PutPending implements [records.PendingStore].
func (s *FaultyStore) PutPending(ctx context.Context, p records.Pending) error {
	return changeAbility(ctx, s, "PutPending", func(in records.PendingStore) error { return in.PutPending(ctx, p) })
}

// SetPending implements [records.PendingStore].
func (s *FaultyStore) SetPending(ctx context.Context, p records.Pending) error {
	return changeAbility(ctx, s, "SetPending", func(in records.PendingStore) error { return in.SetPending(ctx, p) })
}

// Pending implements [records.PendingStore].
func (s *FaultyStore) Pending(ctx context.Context, kind records.PendingKind, id string, now time.Time) (records.Pending, error) {
	return withAbility(ctx, s, Call{Method: "Pending"}, func(in records.PendingStore) (records.Pending, error) {
		return in.Pending(ctx, kind, id, now)
	})
}

// TryPending implements [records.PendingStore].
func (s *FaultyStore) TryPending(ctx context.Context, kind records.PendingKind, id string, limit int, now time.Time) (records.Pending, error) {
	return withAbility(ctx, s, Call{Method: "TryPending", Writes: true}, func(in records.PendingStore) (records.Pending, error) {
		return in.TryPending(ctx, kind, id, limit, now)
	})
}

// TakePending implements [records.PendingStore].
func (s *FaultyStore) TakePending(ctx context.Context, kind records.PendingKind, id string, now time.Time) (taken bool, err error) {
	return withAbility(ctx, s, Call{Method: "TakePending", Writes: true}, func(in records.PendingStore) (bool, error) {
		return in.TakePending(ctx, kind, id, now)
	})
}

// DeletePendingOf implements [records.PendingStore]: there is nothing to delete where the
// store within keeps none.
func (s *FaultyStore) DeletePendingOf(ctx context.Context, id user.ID) error {
	in, ok := s.Store.(records.PendingStore)
	if !ok {
		return nil
	}
	return write(ctx, s, "DeletePendingOf", func() error { return in.DeletePendingOf(ctx, id) })
}
