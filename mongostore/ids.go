package mongostore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
)

// idKind is the type of a database's IDs.
type idKind int

const (
	uuids idKind = iota // random, BSON binary of subtype 4
	objectIDs
)

// NewID implements [user.Store].
func (s *Store) NewID() user.ID { return user.ID(s.ids.make()) }

// NewAccountID implements [records.OAuthStore].
func (s *Store) NewAccountID() string { return s.ids.make() }

// ParseID implements [user.Store]. Of a UUID it takes any letter case, no
// hyphens, braces, and the prefix urn:uuid:.
func (s *Store) ParseID(text string) (user.ID, error) {
	canonical, ok := s.ids.parse(text)
	if !ok {
		return "", user.ErrInvalidID
	}
	return user.ID(canonical), nil
}

func (k idKind) make() string {
	if k == objectIDs {
		return bson.NewObjectID().Hex()
	}
	return uuid.NewString()
}

// parse returns the canonical spelling of an ID.
func (k idKind) parse(text string) (canonical string, ok bool) {
	if k == objectIDs {
		id, err := bson.ObjectIDFromHex(text)
		return id.Hex(), err == nil
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return "", false
	}
	if isCanonical(text) {
		return text, true
	}
	// The parser takes any two characters for the braces.
	if len(text) == len("{00000000-0000-0000-0000-000000000000}") && (text[0] != '{' || text[len(text)-1] != '}') {
		return "", false
	}
	return id.String(), true
}

// isCanonical reports whether text, which is some spelling of a UUID, is the
// canonical one.
func isCanonical(text string) bool {
	return len(text) == len("00000000-0000-0000-0000-000000000000") && !strings.ContainsAny(text, "ABCDEF")
}

// value returns the BSON form of the canonical spelling of an ID. It reports false for
// any other text, which cannot be an ID.
func (k idKind) value(canonical string) (value any, ok bool) {
	if k == objectIDs {
		id, err := bson.ObjectIDFromHex(canonical)
		if err != nil || id.Hex() != canonical {
			return nil, false
		}
		return id, true
	}
	id, err := uuid.Parse(canonical)
	if err != nil || !isCanonical(canonical) {
		return nil, false
	}
	return bson.Binary{Subtype: bson.TypeBinaryUUID, Data: id[:]}, true
}

// text returns the canonical spelling of an ID in a document. It reports false
// for values that are no ID of the kind.
func (k idKind) text(value bson.RawValue) (canonical string, ok bool) {
	if k == objectIDs {
		id, ok := value.ObjectIDOK()
		return id.Hex(), ok
	}
	subtype, data, ok := value.BinaryOK()
	if !ok || subtype != bson.TypeBinaryUUID {
		return "", false
	}
	id, err := uuid.FromBytes(data)
	return id.String(), err == nil
}

// checkIDs returns an error if all users have IDs of the other kind: the store would
// refuse every one of them, and a store opened with the right kind would refuse those it
// creates. UUIDs sort before ObjectIDs, so the first or last ID is enough to know.
func (s *Store) checkIDs(ctx context.Context) error {
	if s.shape != nil { // which lists what it cannot read
		return nil
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	end, other, advice := 1, objectIDs, "are ObjectIDs, not UUIDs: open the store WithObjectIDs"
	if s.ids == objectIDs {
		end, other, advice = -1, uuids, "are UUIDs, not ObjectIDs: open the store without WithObjectIDs"
	}
	found, err := s.users.FindOne(ctx, bson.D{},
		options.FindOne().SetSort(bson.D{{Key: "_id", Value: end}}).SetProjection(bson.D{{Key: "_id", Value: 1}})).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil
	}
	if err != nil {
		return mongodb.Failed("open: look at the IDs of users", err)
	}
	if _, is := other.text(found.Lookup("_id")); is {
		return fmt.Errorf("mongostore: open: the IDs of the users in %q %s", s.users.Name(), advice)
	}
	return nil
}

// anyIDText describes an _id of whatever type, for messages.
func anyIDText(value bson.RawValue) string {
	for _, kind := range []idKind{uuids, objectIDs} {
		if text, ok := kind.text(value); ok {
			return text
		}
	}
	return value.String()
}
