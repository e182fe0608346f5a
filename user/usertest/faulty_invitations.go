package usertest

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// PutInvitation implements [records.InvitationStore].
func (s *FaultyStore) PutInvitation(ctx context.Context, i records.Invitation) (records.Invitation, error) {
	return withAbility(ctx, s, Call{Method: "PutInvitation", Writes: true}, func(in records.InvitationStore) (records.Invitation, error) {
		return in.PutInvitation(ctx, i)
	})
}

// Invitation implements [records.InvitationStore].
func (s *FaultyStore) Invitation(ctx context.Context, id string, now time.Time) (records.Invitation, error) {
	return withAbility(ctx, s, Call{Method: "Invitation"}, func(in records.InvitationStore) (records.Invitation, error) {
		return in.Invitation(ctx, id, now)
	})
}

// InvitationTo implements [records.InvitationStore].
func (s *FaultyStore) InvitationTo(ctx context.Context, key string, now time.Time) (records.Invitation, error) {
	return withAbility(ctx, s, Call{Method: "InvitationTo"}, func(in records.InvitationStore) (records.Invitation, error) {
		return in.InvitationTo(ctx, key, now)
	})
}

// RenewInvitation implements [records.InvitationStore].
func (s *FaultyStore) RenewInvitation(ctx context.Context, before, after records.Invitation) (renewed bool, err error) {
	return withAbility(ctx, s, Call{Method: "RenewInvitation", Writes: true}, func(in records.InvitationStore) (bool, error) {
		return in.RenewInvitation(ctx, before, after)
	})
}

// TakeInvitation implements [records.InvitationStore].
func (s *FaultyStore) TakeInvitation(ctx context.Context, key, token string, now time.Time) (taken bool, err error) {
	return withAbility(ctx, s, Call{Method: "TakeInvitation", Writes: true}, func(in records.InvitationStore) (bool, error) {
		return in.TakeInvitation(ctx, key, token, now)
	})
}

// DeleteInvitation implements [records.InvitationStore].
func (s *FaultyStore) DeleteInvitation(ctx context.Context, id string) error {
	return changeAbility(ctx, s, "DeleteInvitation", func(in records.InvitationStore) error { return in.DeleteInvitation(ctx, id) })
}

// Invitations implements [records.InvitationStore].
func (s *FaultyStore) Invitations(ctx context.Context, query records.InvitationQuery) (records.InvitationPage, error) {
	return withAbility(ctx, s, Call{Method: "Invitations"}, func(in records.InvitationStore) (records.InvitationPage, error) {
		return in.Invitations(ctx, query)
	})
}

// ByUsernameKey implements [user.UsernameStore].
func (s *FaultyStore) ByUsernameKey(ctx context.Context, key string) (*user.User, error) {
	return withAbility(ctx, s, Call{Method: "ByUsernameKey"}, func(in user.UsernameStore) (*user.User, error) {
		return in.ByUsernameKey(ctx, key)
	})
}
