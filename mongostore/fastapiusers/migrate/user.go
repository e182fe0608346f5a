package migrate

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/ginauth/ginauth/user/email"
)

// person is a user of the source, in ginauth's own form.
type person struct {
	sourceID bson.ObjectID
	id       bson.RawValue // in the target
	key      string        // of the address
	hash     string
	created  int64
	document bson.Raw
	owner    bson.RawValue   // owner_version, which is zero where it is absent
	entries  []bson.RawValue // of the array oauth_accounts
}

// ownFields are the fields of ginauth's own form in their order; all other fields
// of the source follow as they are, but those in dropped.
var ownFields = []string{
	"_id", "email", "email_key", "hashed_password", "is_active", "is_superuser", "is_verified",
	"token_version", "kept_token", "owner_version", "key_version", "created_at", "updated_at",
}

// dropped are kept in another place or under another name.
var dropped = map[string]bool{"oauth_accounts": true, "email_key_of": true}

// readPerson returns the user of a document. Nothing is guessed: the error says
// which field is not as it must be, without its value.
func (r *run) readPerson(source bson.Raw) (person, error) {
	elements, err := source.Elements()
	if err != nil {
		return person{}, errors.New("is not valid BSON")
	}
	f := fields{document: source, own: map[string]bson.RawValue{}}
	p := person{sourceID: f.objectID()}
	p.id = r.targetID(&f, p.sourceID)
	p.key = f.key()
	p.hash = f.text("hashed_password")
	for _, flag := range []string{"is_active", "is_superuser", "is_verified"} {
		f.require(flag, bson.TypeBoolean)
	}
	f.optional("token_version", number(0), bson.TypeInt32, bson.TypeInt64)
	f.optional("kept_token", bson.RawValue{}, bson.TypeString)
	f.optional("owner_version", bson.RawValue{}, bson.TypeInt32, bson.TypeInt64)
	p.owner = f.own["owner_version"]
	f.optional("key_version", bson.RawValue{}, bson.TypeInt32, bson.TypeInt64)
	made := date(p.sourceID.Timestamp().UnixMilli())
	f.optional("created_at", made, bson.TypeDateTime)
	f.optional("updated_at", f.own["created_at"], bson.TypeDateTime)
	p.entries = f.array("oauth_accounts")
	if f.err != nil {
		return p, f.err
	}
	p.created, _ = f.own["created_at"].DateTimeOK()
	f.own["_id"], f.own["email_key"] = p.id, text(p.key)
	p.document = r.ownForm(elements, f.own)
	return p, nil
}

// ownForm puts a document together.
func (r *run) ownForm(elements []bson.RawElement, own map[string]bson.RawValue) bson.Raw {
	start, document := bsoncore.AppendDocumentStart(nil)
	known := map[string]bool{}
	for _, name := range ownFields {
		known[name] = true
		if value := own[name]; !value.IsZero() {
			document = appendValue(document, name, value)
		}
	}
	for _, element := range elements {
		name := element.Key()
		if known[name] || dropped[name] || r.Shape == V9 && name == "id" {
			continue
		}
		document = append(document, element...)
	}
	document, _ = bsoncore.AppendDocumentEnd(document, start)
	return bson.Raw(document)
}

// targetID returns the ID that the user had all along, as ginauth stores it.
func (r *run) targetID(f *fields, id bson.ObjectID) bson.RawValue {
	if r.Shape == Beanie {
		return bson.RawValue{Type: bson.TypeObjectID, Value: id[:]}
	}
	return f.uuid("id")
}

func (f *fields) uuid(name string) bson.RawValue {
	subtype, data, ok := f.value(name).BinaryOK()
	// Drivers for Python wrote UUIDs with subtype 3 in the same order of bytes.
	if !ok || len(data) != 16 || subtype != bson.TypeBinaryUUID && subtype != bson.TypeBinaryUUIDOld {
		f.mismatch(name)
		return bson.RawValue{}
	}
	return uuidValue(uuid.UUID(data))
}

func uuidValue(id uuid.UUID) bson.RawValue {
	return bson.RawValue{Type: bson.TypeBinary, Value: bsoncore.AppendBinary(nil, bson.TypeBinaryUUID, id[:])}
}

// fields reads a document. The first field that is not as it must be decides.
type fields struct {
	document bson.Raw
	own      map[string]bson.RawValue // what was read, by name
	err      error
}

func (f *fields) value(name string) bson.RawValue { return f.document.Lookup(name) }

func (f *fields) mismatch(name string) {
	if f.err != nil {
		return
	}
	if value := f.value(name); value.IsZero() {
		f.err = fmt.Errorf("%s is missing", name)
	} else {
		f.err = fmt.Errorf("%s is of the type %s", name, value.Type)
	}
}

// require reads a field that must be there.
func (f *fields) require(name string, types ...bson.Type) bson.RawValue {
	value := f.value(name)
	for _, t := range types {
		if value.Type == t {
			f.own[name] = value
			return value
		}
	}
	f.mismatch(name)
	return bson.RawValue{}
}

// optional reads a field that may be missing, for which there is absent then.
func (f *fields) optional(name string, absent bson.RawValue, types ...bson.Type) {
	if f.value(name).IsZero() {
		f.own[name] = absent
		return
	}
	f.require(name, types...)
}

func (f *fields) text(name string) string {
	text, _ := f.require(name, bson.TypeString).StringValueOK()
	return text
}

func (f *fields) objectID() bson.ObjectID {
	id, _ := f.require("_id", bson.TypeObjectID).ObjectIDOK()
	return id
}

func (f *fields) key() string {
	key, ok := email.Key(f.text("email"))
	if !ok && f.err == nil {
		f.err = errors.New("email is no address")
	}
	return key
}

// array reads an array that may be missing or null.
func (f *fields) array(name string) []bson.RawValue {
	value := f.value(name)
	if value.IsZero() || value.Type == bson.TypeNull {
		return nil
	}
	array, _ := f.require(name, bson.TypeArray).ArrayOK()
	values, _ := array.Values()
	return values
}

func appendValue(document []byte, name string, value bson.RawValue) []byte {
	return bsoncore.AppendValueElement(document, name, bsoncore.Value{Type: bsoncore.Type(value.Type), Data: value.Value})
}

func number(n int64) bson.RawValue {
	return bson.RawValue{Type: bson.TypeInt64, Value: bsoncore.AppendInt64(nil, n)}
}

func date(milliseconds int64) bson.RawValue {
	return bson.RawValue{Type: bson.TypeDateTime, Value: bsoncore.AppendDateTime(nil, milliseconds)}
}

func text(s string) bson.RawValue {
	return bson.RawValue{Type: bson.TypeString, Value: bsoncore.AppendString(nil, s)}
}

var null = bson.RawValue{Type: bson.TypeNull}
