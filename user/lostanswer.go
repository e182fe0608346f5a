package user

import (
	"context"
	"errors"
	"slices"

	"github.com/ginauth/ginauth/user/roles"
)

// A write that failed may have taken effect, with its answer lost. If the stored user
// shows that it did, the operation goes on; otherwise the failure stands.

// insert is the one place that calls Store.Create.
func (m *Manager) insert(ctx context.Context, u *User) error {
	err := StoreDo(ctx, func(ctx context.Context) error { return m.store.Create(ctx, u) })
	if err == nil {
		return nil
	}
	if stored := m.afterLostAnswer(ctx, err, u.ID); stored != nil && stored.isCreated(u) {
		return nil
	}
	return err
}

// update is the one place that calls Store.Update. u is the user as it was read.
func (m *Manager) update(ctx context.Context, u *User, update Update) (*User, error) {
	update.UpdatedAt = m.time()
	after, err := StoreCall(ctx, func(ctx context.Context) (*User, error) { return m.store.Update(ctx, u.ID, update) })
	m.Show(after)
	if stored := m.afterLostAnswer(ctx, err, u.ID); stored != nil && m.isUpdated(u, stored, update) {
		return stored, nil
	}
	return after, err
}

// afterLostAnswer returns the stored user if err means that the store could not answer;
// nil if it did answer, still cannot, or ctx has ended.
func (m *Manager) afterLostAnswer(ctx context.Context, err error, id ID) *User {
	if !errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
		return nil
	}
	stored, err := m.ByID(ctx, id)
	if err != nil {
		return nil
	}
	return stored
}

// isCreated reports whether u is the stored form of created, whose ID is random and so
// cannot be another's.
func (u *User) isCreated(created *User) bool {
	return u.ID == created.ID && u.EmailKey == created.EmailKey && u.CreatedAt.Equal(created.CreatedAt)
}

// isUpdated reports whether after is what update makes of before: everything it
// names is as it says, and changed at its very time.
func (m *Manager) isUpdated(before, after *User, update Update) bool {
	if !after.UpdatedAt.Equal(update.UpdatedAt) {
		return false
	}
	if update.Email != nil && (after.Email != update.Email.Address || after.EmailKey != update.Email.Key) {
		return false
	}
	if update.Username != nil && (after.Username != update.Username.Name || after.UsernameKey != update.Username.Key) {
		return false
	}
	if update.EndTokens && (after.TokenVersion <= before.TokenVersion || after.KeptToken != update.KeepToken) {
		return false
	}
	if update.ChangeOwner && after.OwnerVersion <= before.OwnerVersion {
		return false
	}
	if update.KeyVersionUp && after.KeyVersion <= before.KeyVersion {
		return false
	}
	if update.Roles != nil && !slices.Equal(roles.Sorted(*update.Roles), after.Roles) {
		return false
	}
	if update.Ban != nil && update.Ban.At.IsZero() != (after.Ban == nil) {
		return false
	}
	return isOrAny(update.HashedPassword, after.HashedPassword) && isOrAny(update.IsActive, after.IsActive) &&
		isOrAny(update.IsSuperuser, after.IsSuperuser) && isOrAny(update.IsVerified, after.IsVerified) &&
		isOrAny(update.SecondFactor, after.SecondFactor) &&
		len(m.store.ProfileType().Changed(after.Profile, update.Profile, update.ProfileFields)) == 0
}
