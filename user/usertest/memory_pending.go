package usertest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// PutPending implements [records.PendingStore].
func (s *Store) PutPending(ctx context.Context, p records.Pending) error {
	end, err := s.beginPending(ctx, p)
	if err != nil {
		return err
	}
	defer end()
	if there, used := s.pending[p.ID]; used {
		if there.Kind == p.Kind && there.UserID == p.UserID && bytes.Equal(there.Data, p.Data) &&
			there.CreatedAt.Equal(p.CreatedAt) && there.ExpiresAt.Equal(p.ExpiresAt) {
			return nil
		}
		return user.ErrExists
	}
	s.pending[p.ID] = ownPending(p)
	return nil
}

// SetPending implements [records.PendingStore].
func (s *Store) SetPending(ctx context.Context, p records.Pending) error {
	end, err := s.beginPending(ctx, p)
	if err != nil {
		return err
	}
	defer end()
	s.pending[p.ID] = ownPending(p)
	return nil
}

// beginPending is begin for an operation that stores p.
func (s *Store) beginPending(ctx context.Context, p records.Pending) (end func(), err error) {
	if p.ExpiresAt.IsZero() || !utf8.ValidString(p.ID+string(p.Kind)) {
		return nil, errors.New("usertest: store what is pending: it is not valid")
	}
	return s.begin(ctx)
}

// Pending implements [records.PendingStore].
func (s *Store) Pending(ctx context.Context, kind records.PendingKind, id string, now time.Time) (records.Pending, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return records.Pending{}, err
	}
	defer end()
	p, ok := s.alive(kind, id, now)
	if !ok {
		return records.Pending{}, user.ErrNotFound
	}
	return ownPending(p), nil
}

// TryPending implements [records.PendingStore].
func (s *Store) TryPending(ctx context.Context, kind records.PendingKind, id string, limit int, now time.Time) (records.Pending, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return records.Pending{}, err
	}
	defer end()
	p, ok := s.alive(kind, id, now)
	if !ok || p.Tries >= limit {
		return records.Pending{}, user.ErrNotFound
	}
	p.Tries++
	s.pending[id] = p
	return ownPending(p), nil
}

// TakePending implements [records.PendingStore].
func (s *Store) TakePending(ctx context.Context, kind records.PendingKind, id string, now time.Time) (taken bool, err error) {
	end, err := s.begin(ctx)
	if err != nil {
		return false, err
	}
	defer end()
	if _, ok := s.alive(kind, id, now); !ok {
		return false, nil
	}
	delete(s.pending, id)
	return true, nil
}

// DeletePendingOf implements [records.PendingStore].
func (s *Store) DeletePendingOf(ctx context.Context, id user.ID) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	for key, p := range s.pending {
		if p.UserID == id && id != "" {
			delete(s.pending, key)
		}
	}
	return nil
}

// alive returns the record of that kind that has not expired at now.
func (s *Store) alive(kind records.PendingKind, id string, now time.Time) (records.Pending, bool) {
	p, ok := s.pending[id]
	return p, ok && p.Kind == kind && now.Before(p.ExpiresAt)
}

// ownPending returns a copy of p that shares nothing with it.
func ownPending(p records.Pending) records.Pending {
	p.Data = slices.Clone(p.Data)
	return p
}
