package user

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"
)

const (
	// retiredTime is how long the name of a deleted account belongs to no other: those who
	// knew its owner would take the next one for the same person.
	retiredTime = 90 * 24 * time.Hour
	retiredKind = PendingKind("retired-username")
	// usernamesTimeout is how long preparing the store may take.
	usernamesTimeout = 30 * time.Second
)

// retiredID hides the name from readers of the database.
func retiredID(key string) string {
	sum := sha256.Sum256([]byte(string(retiredKind) + "\x00" + key))
	return hex.EncodeToString(sum[:])
}

// retireName keeps the name of u, who is about to be deleted, from others. It comes before
// the deletion: afterwards the name is free for a moment.
func (m *Manager) retireName(ctx context.Context, u *User) error {
	if m.retired == nil || u.UsernameKey == "" {
		return nil
	}
	now := m.time()
	p := Pending{ID: retiredID(u.UsernameKey), Kind: retiredKind, CreatedAt: now, ExpiresAt: now.Add(retiredTime)}
	return StoreDo(ctx, func(ctx context.Context) error { return m.retired.SetPending(ctx, p) })
}

// notRetired returns [ErrUsernameTaken] if the name is one of an account deleted not long
// ago.
func (m *Manager) notRetired(ctx context.Context, key string) error {
	_, err := StoreCall(ctx, func(ctx context.Context) (Pending, error) {
		return m.retired.Pending(ctx, retiredKind, retiredID(key), m.time())
	})
	switch {
	case err == nil:
		return ErrUsernameTaken
	case errors.Is(err, ErrNotFound):
		return nil
	}
	return err
}
