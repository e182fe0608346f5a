package mongostore

import (
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/mongostore/internal/shape"
	"github.com/ginauth/ginauth/user"
)

// accountsGuard is the name of the guard of a user's last OAuth account.
func accountsGuard(id user.ID) string { return "oauth_accounts:" + string(id) }

// UnlinkAccount implements [user.OAuthStore].
func (s *Store) UnlinkAccount(ctx context.Context, id user.ID, account string, keepOne user.KeepOne) error {
	ownerID, ownerOK := s.ids.value(string(id))
	key, keyOK := s.ids.value(account)
	if !ownerOK || !keyOK {
		return user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	owner, err := s.ownerOf(ctx, ownerID)
	if err != nil || !owner.exists {
		return unless(err, user.ErrNotFound)
	}
	if keepOne == user.KeepLastOne {
		return s.unlinkButOne(ctx, ownerID, owner, id, account)
	}
	removed, err := s.removeAccount(ctx, ownerID, bson.D{{Key: "_id", Value: key}, ofOwner(owner.version)})
	if err != nil || removed {
		return err
	}
	return user.ErrNotFound
}

// unlinkButOne removes an account where another one stays. The interleavings are
// those of leaveSuperusers, only that settling finishes the removal that was
// admitted before: unlike a change of a user, it is known without its caller. It
// does not remove an account that was linked anew since, as that is not any more
// as it was.
func (s *Store) unlinkButOne(ctx context.Context, ownerID any, owner owner, id user.ID, account string) error {
	for {
		g, err := s.guard(ctx, accountsGuard(id))
		if err != nil {
			return err
		}
		if g.Leaving != nil {
			if _, err := s.removeLeaving(ctx, ownerID, g.Leaving); err != nil {
				return err
			}
		}
		l, err := s.leavingAccount(ctx, ownerID, owner, account)
		if err != nil {
			return err
		}
		admitted, err := s.admit(ctx, g, l)
		if err != nil {
			return err
		}
		if !admitted {
			continue
		}
		removed, err := s.removeLeaving(ctx, ownerID, l)
		if err != nil {
			return err
		}
		if removed {
			s.clear(ctx, g)
			return nil
		}
		// Somebody settled it, which is as good, or it was linked anew since.
		if gone, err := s.accountGone(ctx, ownerID, l); err != nil || gone {
			return err
		}
	}
}

func (s *Store) accountGone(ctx context.Context, owner any, l *leaving) (bool, error) {
	embedded, err := s.embedded(ctx, owner)
	if err != nil || slices.ContainsFunc(embedded, func(a shape.Account) bool { return a.Document.Lookup("_id").Equal(l.ID) }) {
		return false, err
	}
	err = s.accounts.Latest.FindOne(ctx, bson.D{{Key: "_id", Value: l.ID}}).Err()
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return false, mongodb.Failed("find oauth account", err)
	}
	return err != nil, nil
}

// leavingAccount reads an account of the owner, who must have another one.
func (s *Store) leavingAccount(ctx context.Context, ownerID any, owner owner, account string) (*leaving, error) {
	documents, err := s.accountsOf(ctx, s.accounts.Latest, ownerID)
	if err != nil {
		return nil, err
	}
	embedded, err := s.embedded(ctx, ownerID)
	if err != nil {
		return nil, err
	}
	var l *leaving
	sound := 0
	note := func(document bson.Raw, state *leaving) {
		a, err := s.readAccount(document)
		if err != nil || !owner.has(a) {
			return // nobody can log in with a damaged one, or one of a former owner
		}
		sound++
		if a.ID == account {
			l = state
		}
	}
	for _, document := range documents {
		note(document, leavingOf(document))
	}
	for _, a := range embedded {
		note(a.Document, &leaving{ID: a.Document.Lookup("_id"), UpdatedAt: a.Revision})
	}
	switch {
	case l == nil:
		return nil, user.ErrNotFound
	case sound == 1:
		return nil, user.ErrLastLoginMethod
	}
	return l, nil
}

// embedded returns the accounts that are part of the user's own document.
func (s *Store) embedded(ctx context.Context, owner any) ([]shape.Account, error) {
	if s.shape == nil {
		return nil, nil
	}
	return s.shape.Embedded(ctx, owner)
}

// removeLeaving removes an account that is still as it was when it was admitted.
func (s *Store) removeLeaving(ctx context.Context, owner any, l *leaving) (removed bool, err error) {
	if s.shape != nil {
		if removed, err := s.shape.RemoveEmbedded(ctx, owner, l.ID, l.UpdatedAt); err != nil || removed {
			return removed, err
		}
	}
	return s.removeAccount(ctx, owner, l.filter())
}

func (s *Store) removeAccount(ctx context.Context, owner any, filter bson.D) (removed bool, err error) {
	result, err := s.accounts.DeleteOne(ctx, append(filter, bson.E{Key: "user_id", Value: owner}))
	if err != nil {
		return false, mongodb.Failed("remove oauth account", err)
	}
	return result.DeletedCount > 0, nil
}

// UnlinkAccountsOf implements [user.OAuthStore].
func (s *Store) UnlinkAccountsOf(ctx context.Context, id user.ID, before int64) error {
	key, ok := s.ids.value(string(id))
	if !ok {
		return nil
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	filter := bson.D{{Key: "user_id", Value: key}}
	if before != user.EveryOwner {
		filter = append(filter, notOwner("$gte", before))
	}
	if _, err := s.accounts.DeleteMany(ctx, filter); err != nil {
		return mongodb.Failed("remove oauth accounts", err)
	}
	// The guard goes with its user and not before: whoever found no guard could
	// overlook a removal that was admitted.
	if before != user.EveryOwner {
		return nil
	}
	if owner, err := s.ownerOf(ctx, key); err != nil || owner.exists {
		return err
	}
	if _, err := s.guards.DeleteOne(ctx, bson.D{{Key: "_id", Value: accountsGuard(id)}}); err != nil {
		return mongodb.Failed("remove guard", err)
	}
	return nil
}
