package mongostore

import (
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/mongostore/internal/shape"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// wayKind is what a way in is a document of.
type wayKind string

const (
	wayAccount    wayKind = "" // the collection of OAuth accounts, or the user's own document
	wayCredential wayKind = "credential"
)

// waysGuard is the name of the one guard of a user's last way in, of whatever kind.
func waysGuard(id user.ID) string { return "ways:" + string(id) }

// way is an OAuth account or a credential of a user.
type way struct {
	*leaving
	id string
	// in says that the user can log in with it.
	in bool
}

// removeWayIn removes an OAuth account or a credential where another way in stays. The
// interleavings are those of leaveSuperusers, only that settling finishes the removal
// that was admitted before: unlike a change of a user, it is known without its caller. It
// does not remove an account that was linked again since, as its times differ. A
// credential is never created again.
func (s *Store) removeWayIn(ctx context.Context, id user.ID, owner any, kind wayKind, name string) error {
	of, err := s.ownerOf(ctx, owner)
	if err != nil || !of.exists {
		return unless(err, user.ErrNotFound)
	}
	for {
		g, err := s.guard(ctx, waysGuard(id))
		if err != nil {
			return err
		}
		if g.Leaving != nil {
			if _, err := s.removeLeaving(ctx, owner, g.Leaving); err != nil {
				return err
			}
		}
		l, free, err := s.leavingWay(ctx, owner, of, kind, name)
		if err != nil {
			return err
		}
		if !free {
			admitted, err := s.admit(ctx, g, l)
			if err != nil {
				return err
			}
			if !admitted {
				continue
			}
		}
		removed, err := s.removeLeaving(ctx, owner, l)
		switch {
		case err != nil:
			return err
		case removed && !free:
			s.clear(ctx, g)
			return nil
		case removed:
			return nil
		case free:
			return user.ErrNotFound
		}
		// Another removal has settled it, or it was linked again since.
		if gone, err := s.wayGone(ctx, owner, l); err != nil || gone {
			return err
		}
	}
}

// leavingWay reads what is about to go. Where it is a way in there must be another one,
// and otherwise it is free to go.
func (s *Store) leavingWay(ctx context.Context, ownerID any, of owner, kind wayKind, name string) (l *leaving, free bool, err error) {
	ways, err := s.ways(ctx, ownerID, of)
	if err != nil {
		return nil, false, err
	}
	i := slices.IndexFunc(ways, func(w way) bool { return w.Kind == kind && w.id == name })
	if i < 0 {
		return nil, false, user.ErrNotFound
	}
	other := slices.ContainsFunc(ways, func(w way) bool { return w.in && (w.Kind != kind || w.id != name) })
	if ways[i].in && !other {
		return nil, false, user.ErrLastLoginMethod
	}
	return ways[i].leaving, !ways[i].in, nil
}

// ways reads all OAuth accounts and credentials of a user, but no accounts that are
// damaged or of a former owner, which are as good as absent.
func (s *Store) ways(ctx context.Context, ownerID any, of owner) ([]way, error) {
	documents, err := s.accountsOf(ctx, s.accounts.Latest, ownerID)
	if err != nil {
		return nil, err
	}
	embedded, err := s.embedded(ctx, ownerID)
	if err != nil {
		return nil, err
	}
	var ways []way
	note := func(document bson.Raw, state *leaving) {
		if a, err := s.readAccount(document); err == nil && of.has(a) {
			ways = append(ways, way{state, a.ID, true})
		}
	}
	for _, document := range documents {
		note(document, leavingOf(document))
	}
	for _, a := range embedded {
		note(a.Document, &leaving{ID: a.Document.Lookup("_id"), UpdatedAt: a.Revision})
	}
	return s.appendCredentials(ctx, ways, ownerID, of.version)
}

// appendCredentials adds the credentials. Where this process does not have them, none
// of them is a way into it.
func (s *Store) appendCredentials(ctx context.Context, ways []way, owner any, version int64) ([]way, error) {
	if !s.credentials.ready.Load() {
		return ways, nil
	}
	cursor, err := s.credentials.Latest.Find(ctx, bson.D{{Key: "user_id", Value: owner}}, options.Find().SetProjection(bson.D{
		{Key: "way_in", Value: 1}, {Key: "owner_version", Value: 1}, {Key: "expires_at", Value: 1},
	}))
	if err != nil {
		return nil, mongodb.Failed("list credentials", err)
	}
	var documents []bson.Raw
	if err := cursor.All(ctx, &documents); err != nil {
		return nil, mongodb.Failed("list credentials", err)
	}
	for _, document := range documents {
		f := fields{collection: s.credentials.Name(), document: document}
		c := records.Credential{
			ID: f.text("_id"), WayIn: f.optionalFlag("way_in"),
			OwnerVersion: f.optionalInteger(ownerVersion), ExpiresAt: f.nullableTime("expires_at"),
		}
		state := leavingOf(document)
		state.Kind = wayCredential
		ways = append(ways, way{state, c.ID, f.err == nil && c.IsWayIn(version)})
	}
	return ways, nil
}

// embedded returns the accounts that are part of the user's own document.
func (s *Store) embedded(ctx context.Context, owner any) ([]shape.Account, error) {
	if s.shape == nil {
		return nil, nil
	}
	return s.shape.Embedded(ctx, owner)
}

// removeLeaving removes what is still as it was when it was admitted. A credential may
// have changed: what it is stays the same.
func (s *Store) removeLeaving(ctx context.Context, owner any, l *leaving) (removed bool, err error) {
	if l.Kind == wayCredential {
		return s.removeCredential(ctx, owner, l.ID)
	}
	if s.shape != nil {
		if removed, err := s.shape.RemoveEmbedded(ctx, owner, l.ID, l.UpdatedAt); err != nil || removed {
			return removed, err
		}
	}
	return s.removeAccount(ctx, owner, l.filter())
}

func (s *Store) wayGone(ctx context.Context, owner any, l *leaving) (bool, error) {
	in := s.accounts.Latest
	if l.Kind == wayCredential {
		in = s.credentials.Latest
	}
	embedded, err := s.embedded(ctx, owner)
	if err != nil || slices.ContainsFunc(embedded, func(a shape.Account) bool { return a.Document.Lookup("_id").Equal(l.ID) }) {
		return false, err
	}
	err = in.FindOne(ctx, bson.D{{Key: "_id", Value: l.ID}}).Err()
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return false, mongodb.Failed("find a way in", err)
	}
	return err != nil, nil
}

// removeGuard removes the guard of a user that is gone, and not before: a removal that
// finds no guard could overlook one that was admitted.
func (s *Store) removeGuard(ctx context.Context, id user.ID, owner any) error {
	if of, err := s.ownerOf(ctx, owner); err != nil || of.exists {
		return err
	}
	if _, err := s.guards.DeleteOne(ctx, bson.D{{Key: "_id", Value: waysGuard(id)}}); err != nil {
		return mongodb.Failed("remove guard", err)
	}
	return nil
}
