package user

import (
	"context"
)

// Delete removes u and what belongs to it. The order is: BeforeDelete, the user,
// all that is on the list of [Manager.Own], AfterDelete. Once the user is gone nothing
// of it gives access, so a failure to tidy up is only logged. Errors: a [*Refusal],
// [ErrLastSuperuser], [ErrNotFound] when the user is gone already.
func (m *Manager) Delete(ctx context.Context, u *User) error {
	if m.hooks.BeforeDelete != nil {
		if err := before("BeforeDelete", func() error { return m.hooks.BeforeDelete(ctx, u) }); err != nil {
			return err
		}
	}
	e := Event{Kind: EventDeleted, User: u.ID}
	if err := m.Require(ctx, &e); err != nil {
		return err
	}
	if err := m.retireName(ctx, u); err != nil {
		return err
	}
	// Whatever u says: it may have become the last superuser since it was read.
	options := DeleteOptions{KeepSuperuser: m.policy.KeepOneSuperuser, At: m.time()}
	if err := StoreDo(ctx, func(ctx context.Context) error { return m.store.Delete(ctx, u.ID, options) }); err != nil {
		return err
	}
	m.Emit(ctx, e)
	m.deleteOwned(ctx, u.ID, EveryOwner)
	m.afterUser(ctx, "AfterDelete", m.hooks.AfterDelete, u)
	return nil
}
