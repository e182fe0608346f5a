package mongostore

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user/records"
)

// ownerVersion is the field of users, and of what is valid only as long as its user
// has not changed hands. Where it is absent the version is 0.
const ownerVersion = "owner_version"

// keyVersion is the field of users that API keys are compared with. Where it is absent
// the version is 0.
const keyVersion = "key_version"

// ofOwner is true of what was stored for that version of its user, and notAfter of what
// was stored for it or an earlier one.
func ofOwner(version int64) bson.E {
	if version == 0 {
		return notAfter(0)
	}
	return bson.E{Key: ownerVersion, Value: version}
}

func notAfter(version int64) bson.E { return notOwner("$gt", version) }

// notOwner is true of a version of which a comparison is false, so also where it is absent.
func notOwner(comparison string, version int64) bson.E {
	return bson.E{Key: ownerVersion, Value: bson.D{{Key: "$not", Value: bson.D{{Key: comparison, Value: version}}}}}
}

// owner is the user of an account, as far as that decides whether the account is valid.
type owner struct {
	exists  bool // damaged or not
	version int64
}

// has reports whether the owner exists and a was stored for the owner there is now.
func (o owner) has(a records.OAuthAccount) bool { return o.exists && o.version == a.OwnerVersion }

// ownerOf reads the user with that ID. A version of the wrong type is [user.ErrDamaged]:
// what it would decide is not guessed at.
func (s *Store) ownerOf(ctx context.Context, id any) (owner, error) {
	document, err := s.users.Latest.FindOne(ctx, bson.D{{Key: "_id", Value: id}},
		options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}, {Key: ownerVersion, Value: 1}})).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return owner{}, nil
	}
	if err != nil {
		return owner{}, mongodb.Failed("find user of oauth account", err)
	}
	f := fields{collection: s.users.Name(), document: document}
	o := owner{exists: true, version: f.optionalInteger(ownerVersion)}
	if f.err != nil {
		return owner{}, fmt.Errorf("mongostore: find user of oauth account: %w", f.err)
	}
	return o, nil
}
