package usertest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// PutInvitation implements [records.InvitationStore].
func (s *Store) PutInvitation(ctx context.Context, i records.Invitation) (records.Invitation, error) {
	if i.ID == "" || i.EmailKey == "" || i.ExpiresAt.IsZero() || !utf8.ValidString(i.ID+i.EmailKey+i.Token) {
		return records.Invitation{}, errors.New("usertest: store invitation: it is not valid")
	}
	end, err := s.begin(ctx)
	if err != nil {
		return records.Invitation{}, err
	}
	defer end()
	for key, there := range s.invitations {
		if there.ID == i.ID && key != i.EmailKey {
			return records.Invitation{}, errors.New("usertest: store invitation: the id is in use")
		}
	}
	if there, ok := s.invitations[i.EmailKey]; ok {
		i.ID = there.ID
	}
	s.invitations[i.EmailKey] = ownInvitation(i)
	return ownInvitation(i), nil
}

// Invitation implements [records.InvitationStore].
func (s *Store) Invitation(ctx context.Context, id string, now time.Time) (records.Invitation, error) {
	return s.invitation(ctx, now, func(i records.Invitation) bool { return i.ID == id })
}

// InvitationTo implements [records.InvitationStore].
func (s *Store) InvitationTo(ctx context.Context, key string, now time.Time) (records.Invitation, error) {
	return s.invitation(ctx, now, func(i records.Invitation) bool { return i.EmailKey == key })
}

func (s *Store) invitation(ctx context.Context, now time.Time, is func(records.Invitation) bool) (records.Invitation, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return records.Invitation{}, err
	}
	defer end()
	for _, i := range s.invitations {
		if is(i) && now.Before(i.ExpiresAt) {
			return ownInvitation(i), nil
		}
	}
	return records.Invitation{}, user.ErrNotFound
}

// RenewInvitation implements [records.InvitationStore].
func (s *Store) RenewInvitation(ctx context.Context, before, after records.Invitation) (renewed bool, err error) {
	end, err := s.begin(ctx)
	if err != nil {
		return false, err
	}
	defer end()
	for key, i := range s.invitations {
		if i.ID != before.ID {
			continue
		}
		if i.Token == after.Token {
			return true, nil // its answer was lost
		}
		if i.Token == before.Token {
			i.Token, i.CreatedAt, i.ExpiresAt = after.Token, after.CreatedAt, after.ExpiresAt
			s.invitations[key] = i
			return true, nil
		}
	}
	return false, nil
}

// TakeInvitation implements [records.InvitationStore].
func (s *Store) TakeInvitation(ctx context.Context, key, token string, now time.Time) (taken bool, err error) {
	end, err := s.begin(ctx)
	if err != nil {
		return false, err
	}
	defer end()
	if i, ok := s.invitations[key]; !ok || i.Token != token || !now.Before(i.ExpiresAt) {
		return false, nil
	}
	delete(s.invitations, key)
	return true, nil
}

// DeleteInvitation implements [records.InvitationStore].
func (s *Store) DeleteInvitation(ctx context.Context, id string) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	for key, i := range s.invitations {
		if i.ID == id {
			delete(s.invitations, key)
			return nil
		}
	}
	return user.ErrNotFound
}

// Invitations implements [records.InvitationStore].
func (s *Store) Invitations(ctx context.Context, query records.InvitationQuery) (records.InvitationPage, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return records.InvitationPage{}, err
	}
	defer end()
	if !utf8.ValidString(query.Before) {
		return records.InvitationPage{}, nil
	}
	var found []records.Invitation
	for _, i := range s.invitations {
		if query.Now.Before(i.ExpiresAt) && (query.Before == "" || i.ID < query.Before) {
			found = append(found, ownInvitation(i))
		}
	}
	slices.SortFunc(found, func(a, b records.Invitation) int { return strings.Compare(b.ID, a.ID) })
	limit := max(query.Limit, 1)
	return records.InvitationPage{Invitations: found[:min(limit, len(found))], More: len(found) > limit}, nil
}

// ownInvitation returns a copy of i that shares nothing with it.
func ownInvitation(i records.Invitation) records.Invitation {
	i.Roles = slices.Clone(i.Roles)
	return i
}
