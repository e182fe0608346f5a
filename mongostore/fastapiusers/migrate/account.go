package migrate

import (
	"errors"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// account is an embedded OAuth account in the form of ginauth's own collection.
type account struct {
	pair     string // provider and account ID
	document bson.Raw
}

func pairOf(provider, accountID string) string { return provider + "\x00" + accountID }

// readAccount returns the account of an entry in p's document.
func (r *run) readAccount(p person, entry bson.RawValue) (account, error) {
	document, ok := entry.DocumentOK()
	if !ok {
		return account{}, errors.New("an entry of oauth_accounts is no document")
	}
	f := fields{document: document, own: map[string]bson.RawValue{}}
	id, created := r.accountID(&f, p)
	provider, accountID := f.text("oauth_name"), f.text("account_id")
	f.nullable("account_email", bson.TypeString)
	f.nullable("access_token", bson.TypeString)
	f.nullable("refresh_token", bson.TypeString)
	f.nullable("expires_at", bson.TypeInt32, bson.TypeInt64)
	if f.err != nil {
		return account{}, errors.New("an entry of oauth_accounts: " + f.err.Error())
	}
	if !r.KeepProviderTokens {
		f.own["access_token"], f.own["refresh_token"] = null, null
	}
	start, own := bsoncore.AppendDocumentStart(nil)
	own = appendValue(own, "_id", id)
	own = appendValue(own, "user_id", p.id)
	if !p.owner.IsZero() {
		own = appendValue(own, "owner_version", p.owner)
	}
	own = appendValue(own, "provider", f.own["oauth_name"])
	for _, name := range []string{"account_id", "account_email", "access_token", "refresh_token", "expires_at"} {
		own = appendValue(own, name, f.own[name])
	}
	own = appendValue(own, "created_at", date(created))
	own = appendValue(own, "updated_at", date(created))
	own, _ = bsoncore.AppendDocumentEnd(own, start)
	return account{pair: pairOf(provider, accountID), document: bson.Raw(own)}, nil
}

// accountID returns the entry's ID and when it was made, as far as known.
func (r *run) accountID(f *fields, p person) (id bson.RawValue, created int64) {
	if r.Shape == Beanie {
		id := f.require("id", bson.TypeObjectID)
		oid, _ := id.ObjectIDOK()
		return id, oid.Timestamp().UnixMilli()
	}
	if spelled, ok := f.value("id").StringValueOK(); ok {
		if parsed, err := uuid.Parse(spelled); err == nil {
			return uuidValue(parsed), p.created
		}
	}
	return f.uuid("id"), p.created
}

// nullable reads a field that may be missing or null.
func (f *fields) nullable(name string, types ...bson.Type) {
	if value := f.value(name); value.IsZero() || value.Type == bson.TypeNull {
		f.own[name] = null
		return
	}
	f.require(name, types...)
}
