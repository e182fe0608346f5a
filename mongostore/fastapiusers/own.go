package fastapiusers

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/ginauth/ginauth/mongostore/internal/shape"
	"github.com/ginauth/ginauth/user/email"
)

// keyedField holds the address that email_key belongs to. The other application changes
// an address without its key, which is then ignored.
const keyedField = "email_key_of"

// Own implements [shape.Shape].
func (d *documents) Own(stored bson.Raw) bson.Raw {
	elements, err := stored.Elements()
	if err != nil {
		return stored
	}
	start, own := bsoncore.AppendDocumentStart(make([]byte, 0, len(stored)+128))
	for _, element := range elements {
		if name := element.Key(); name != "email_key" && name != keyedField {
			own = append(own, element...)
		}
	}
	if key, ok := keyOf(stored); ok {
		own = bsoncore.AppendStringElement(own, "email_key", key)
	}
	if !has(stored, "token_version") {
		own = bsoncore.AppendInt64Element(own, "token_version", 0)
	}
	if id, ok := stored.Lookup("_id").ObjectIDOK(); ok && !has(stored, "created_at") {
		own = bsoncore.AppendDateTimeElement(own, "created_at", milliseconds(id.Timestamp()))
	}
	own, err = bsoncore.AppendDocumentEnd(own, start)
	if err != nil {
		return stored
	}
	return bson.Raw(own)
}

func milliseconds(at time.Time) int64 { return at.UnixMilli() }

func has(document bson.Raw, field string) bool {
	_, err := document.LookupErr(field)
	return err == nil
}

// keyOf returns the key of a stored user's address.
func keyOf(stored bson.Raw) (key string, ok bool) {
	address, ok := stored.Lookup("email").StringValueOK()
	if !ok {
		return "", false
	}
	if keyed, keyedOK := stored.Lookup(keyedField).StringValueOK(); keyedOK && keyed == address {
		if key, ok := stored.Lookup("email_key").StringValueOK(); ok {
			return key, true
		}
	}
	return email.Key(address)
}

// Filter implements [shape.Shape].
func (d *documents) Filter(stored bson.Raw) bson.D {
	filter := bson.D{asIs(stored, "email"), asIs(stored, "email_key"), asIs(stored, keyedField)}
	if !has(stored, "token_version") {
		filter = append(filter, asIs(stored, "token_version"))
	}
	return filter
}

// asIs is true as long as a field is as it is in a document.
func asIs(document bson.Raw, field string) bson.E {
	if !has(document, field) {
		return bson.E{Key: field, Value: bson.D{{Key: "$exists", Value: false}}}
	}
	return bson.E{Key: field, Value: bson.D{{Key: "$eq", Value: document.Lookup(field)}}}
}

// Address implements [shape.Shape].
func (d *documents) Address(email email.Email) bson.D {
	return bson.D{{Key: keyedField, Value: email.Address}}
}

// Set implements [shape.Shape]: the key that is missing or of an older address.
func (d *documents) Set(stored bson.Raw) bson.D {
	email, _ := stored.Lookup("email").StringValueOK()
	key, ok := keyOf(stored)
	written, _ := stored.Lookup("email_key").StringValueOK()
	keyed, _ := stored.Lookup(keyedField).StringValueOK()
	if !ok || written == key && keyed == email {
		return nil
	}
	return bson.D{{Key: "email_key", Value: key}, {Key: keyedField, Value: email}}
}

// ChangeOwner implements [shape.Shape]. The other application drops fields it does not
// know from embedded accounts, so these bear no version: they are always of the present
// owner, and go in the very write that makes another one.
func (d *documents) ChangeOwner(stored bson.Raw) bson.D {
	if len(entriesOf(stored)) == 0 {
		return nil
	}
	return bson.D{{Key: "oauth_accounts", Value: bson.A{}}}
}

// Indexes implements [shape.Shape].
func (d *documents) Indexes() []shape.Index {
	return []shape.Index{
		{Field: "email", Collation: &options.Collation{Locale: "en", Strength: 2}},
		{Field: "oauth_accounts.account_id"},
	}
}
