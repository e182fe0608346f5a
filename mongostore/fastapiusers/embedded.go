package fastapiusers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/mongostore/internal/shape"
	"github.com/ginauth/ginauth/user"
)

// entry is one element of the array oauth_accounts in a user's document.
type entry struct {
	place   int // in the array
	raw     bson.Raw
	owner   bson.RawValue
	version bson.RawValue // owner_version of the user; zero where it is absent
}

// entryFields are the fields of a user that entriesOf reads.
var entryFields = bson.D{{Key: "oauth_accounts", Value: 1}, {Key: "owner_version", Value: 1}}

// entriesOf returns the entries of a stored user. What is no document is left out.
func entriesOf(stored bson.Raw) []entry {
	array, ok := stored.Lookup("oauth_accounts").ArrayOK()
	if !ok {
		return nil
	}
	values, err := array.Values()
	if err != nil {
		return nil
	}
	var entries []entry
	for i, value := range values {
		if raw, ok := value.DocumentOK(); ok {
			entries = append(entries, entry{place: i, raw: raw, owner: stored.Lookup("_id"), version: stored.Lookup("owner_version")})
		}
	}
	return entries
}

// checkEntries says what of a stored user's OAuth accounts cannot be read.
func (d *documents) checkEntries(stored bson.Raw) error {
	value := stored.Lookup("oauth_accounts")
	if value.IsZero() || value.Type == bson.TypeNull {
		return nil
	}
	array, ok := value.ArrayOK()
	if !ok {
		return fmt.Errorf("%w: oauth_accounts is of the type %s", user.ErrDamaged, value.Type)
	}
	values, err := array.Values()
	entries := entriesOf(stored)
	if err != nil || len(entries) < len(values) {
		return fmt.Errorf("%w: oauth_accounts has an element that is no document", user.ErrDamaged)
	}
	for _, e := range entries {
		if _, err := d.ReadAccount(e.document()); err != nil {
			return err
		}
	}
	return nil
}

func (e entry) id() bson.RawValue { return e.raw.Lookup("id") }

// isPair reports whether both parts are those of this one entry.
func (e entry) isPair(provider, accountID string) bool {
	name, nameOK := e.raw.Lookup("oauth_name").StringValueOK()
	id, idOK := e.raw.Lookup("account_id").StringValueOK()
	return nameOK && idOK && name == provider && id == accountID
}

// field is the name of one of the entry's fields, or of the entry, in its document.
func (e entry) field(name string) string {
	return fmt.Sprintf("oauth_accounts.%d.%s", e.place, name)
}

// ownNames are the names that fields of an entry have in the collection of accounts.
var ownNames = map[string]string{
	"id": "_id", "oauth_name": "provider", "account_id": "account_id", "account_email": "account_email",
	"access_token": "access_token", "refresh_token": "refresh_token", "expires_at": "expires_at",
}

// document is the entry as it would be in the collection of accounts.
func (e entry) document() bson.Raw {
	start, own := bsoncore.AppendDocumentStart(nil)
	own = appendValue(own, "user_id", e.owner)
	if !e.version.IsZero() {
		own = appendValue(own, "owner_version", e.version)
	}
	elements, _ := e.raw.Elements()
	for _, element := range elements {
		if name, ok := ownNames[element.Key()]; ok {
			own = appendValue(own, name, element.Value())
		}
	}
	if id, ok := e.id().ObjectIDOK(); ok {
		own = bsoncore.AppendDateTimeElement(own, "created_at", milliseconds(id.Timestamp()))
	}
	own, _ = bsoncore.AppendDocumentEnd(own, start)
	return bson.Raw(own)
}

func appendValue(document []byte, name string, value bson.RawValue) []byte {
	return bsoncore.AppendValueElement(document, name, bsoncore.Value{Type: bsoncore.Type(value.Type), Data: value.Value})
}

// revision is a hash, so that no token is kept where the revision is.
func (e entry) revision() bson.RawValue {
	sum := sha256.Sum256(e.raw)
	return bson.RawValue{Type: bson.TypeString, Value: bsoncore.AppendString(nil, hex.EncodeToString(sum[:]))}
}

// stored reads what the user's document says of OAuth accounts; nil if there is no
// such user.
func (d *documents) stored(ctx context.Context, users *mongo.Collection, id any) (bson.Raw, error) {
	stored, err := users.FindOne(ctx, bson.D{{Key: "_id", Value: id}},
		options.FindOne().SetProjection(entryFields)).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, nil
	}
	if err != nil {
		return nil, mongodb.Failed("find user of oauth account", err)
	}
	return stored, nil
}

// Embedded implements [shape.Shape].
func (d *documents) Embedded(ctx context.Context, id any) ([]shape.Account, error) {
	stored, err := d.stored(ctx, d.Users.Latest, id)
	if err != nil {
		return nil, err
	}
	var accounts []shape.Account
	for _, e := range entriesOf(stored) {
		accounts = append(accounts, shape.Account{Document: e.document(), Revision: e.revision()})
	}
	return accounts, nil
}

// RemoveEmbedded implements [shape.Shape]. Without a revision any will do. The write
// demands that the whole array is as it was read.
func (d *documents) RemoveEmbedded(ctx context.Context, id any, account, revision bson.RawValue) (removed bool, err error) {
	var before bson.Raw
	for {
		stored, err := d.stored(ctx, d.Users.Latest, id)
		if err != nil {
			return false, err
		}
		gone := -1
		for _, e := range entriesOf(stored) {
			if e.id().Equal(account) && (revision.IsZero() || e.revision().Equal(revision)) {
				gone = e.place
			}
		}
		if gone < 0 {
			return false, nil
		}
		if bytes.Equal(stored, before) {
			return false, mongodb.Failed("remove oauth account", errors.New("the document does not match itself"))
		}
		before = stored
		result, err := d.Users.UpdateOne(ctx, bson.D{{Key: "_id", Value: id}, asIs(stored, "oauth_accounts")},
			bson.D{{Key: "$set", Value: bson.D{{Key: "oauth_accounts", Value: without(stored, gone)}}}})
		if err != nil {
			return false, mongodb.Failed("remove oauth account", err)
		}
		if result.MatchedCount > 0 {
			return true, nil
		}
	}
}

// without returns the array with all its elements, as they are, but one.
func without(stored bson.Raw, gone int) bson.A {
	array, _ := stored.Lookup("oauth_accounts").ArrayOK()
	values, _ := array.Values()
	rest := bson.A{}
	for i, value := range values {
		if i != gone {
			rest = append(rest, value)
		}
	}
	return rest
}
