package telemetry

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user/records"
)

var (
	_ records.InvitationStore = (*store)(nil)
)

// PutInvitation implements [records.InvitationStore].
func (s *store) PutInvitation(ctx context.Context, i records.Invitation) (records.Invitation, error) {
	return run(ctx, s, "PutInvitation", func(ctx context.Context) (records.Invitation, error) {
		return ability[records.InvitationStore](s).PutInvitation(ctx, i)
	})
}

// Invitation implements [records.InvitationStore].
func (s *store) Invitation(ctx context.Context, id string, now time.Time) (records.Invitation, error) {
	return run(ctx, s, "Invitation", func(ctx context.Context) (records.Invitation, error) {
		return ability[records.InvitationStore](s).Invitation(ctx, id, now)
	})
}

// InvitationTo implements [records.InvitationStore].
func (s *store) InvitationTo(ctx context.Context, key string, now time.Time) (records.Invitation, error) {
	return run(ctx, s, "InvitationTo", func(ctx context.Context) (records.Invitation, error) {
		return ability[records.InvitationStore](s).InvitationTo(ctx, key, now)
	})
}

// RenewInvitation implements [records.InvitationStore].
func (s *store) RenewInvitation(ctx context.Context, before, after records.Invitation) (bool, error) {
	return run(ctx, s, "RenewInvitation", func(ctx context.Context) (bool, error) {
		return ability[records.InvitationStore](s).RenewInvitation(ctx, before, after)
	})
}

// TakeInvitation implements [records.InvitationStore].
func (s *store) TakeInvitation(ctx context.Context, key, token string, now time.Time) (bool, error) {
	return run(ctx, s, "TakeInvitation", func(ctx context.Context) (bool, error) {
		return ability[records.InvitationStore](s).TakeInvitation(ctx, key, token, now)
	})
}

// DeleteInvitation implements [records.InvitationStore].
func (s *store) DeleteInvitation(ctx context.Context, id string) error {
	return do(ctx, s, "DeleteInvitation", func(ctx context.Context) error { return ability[records.InvitationStore](s).DeleteInvitation(ctx, id) })
}

// Invitations implements [records.InvitationStore].
func (s *store) Invitations(ctx context.Context, query records.InvitationQuery) (records.InvitationPage, error) {
	return run(ctx, s, "Invitations", func(ctx context.Context) (records.InvitationPage, error) {
		return ability[records.InvitationStore](s).Invitations(ctx, query)
	})
}
