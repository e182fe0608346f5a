package telemetry

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
)

var (
	_ user.InvitationStore = (*store)(nil)
)

// PutInvitation implements [user.InvitationStore].
func (s *store) PutInvitation(ctx context.Context, i user.Invitation) (user.Invitation, error) {
	return run(ctx, s, "PutInvitation", func(ctx context.Context) (user.Invitation, error) {
		return ability[user.InvitationStore](s).PutInvitation(ctx, i)
	})
}

// Invitation implements [user.InvitationStore].
func (s *store) Invitation(ctx context.Context, id string, now time.Time) (user.Invitation, error) {
	return run(ctx, s, "Invitation", func(ctx context.Context) (user.Invitation, error) {
		return ability[user.InvitationStore](s).Invitation(ctx, id, now)
	})
}

// InvitationTo implements [user.InvitationStore].
func (s *store) InvitationTo(ctx context.Context, key string, now time.Time) (user.Invitation, error) {
	return run(ctx, s, "InvitationTo", func(ctx context.Context) (user.Invitation, error) {
		return ability[user.InvitationStore](s).InvitationTo(ctx, key, now)
	})
}

// RenewInvitation implements [user.InvitationStore].
func (s *store) RenewInvitation(ctx context.Context, before, after user.Invitation) (bool, error) {
	return run(ctx, s, "RenewInvitation", func(ctx context.Context) (bool, error) {
		return ability[user.InvitationStore](s).RenewInvitation(ctx, before, after)
	})
}

// TakeInvitation implements [user.InvitationStore].
func (s *store) TakeInvitation(ctx context.Context, key, token string, now time.Time) (bool, error) {
	return run(ctx, s, "TakeInvitation", func(ctx context.Context) (bool, error) {
		return ability[user.InvitationStore](s).TakeInvitation(ctx, key, token, now)
	})
}

// DeleteInvitation implements [user.InvitationStore].
func (s *store) DeleteInvitation(ctx context.Context, id string) error {
	return do(ctx, s, "DeleteInvitation", func(ctx context.Context) error { return ability[user.InvitationStore](s).DeleteInvitation(ctx, id) })
}

// Invitations implements [user.InvitationStore].
func (s *store) Invitations(ctx context.Context, query user.InvitationQuery) (user.InvitationPage, error) {
	return run(ctx, s, "Invitations", func(ctx context.Context) (user.InvitationPage, error) {
		return ability[user.InvitationStore](s).Invitations(ctx, query)
	})
}
