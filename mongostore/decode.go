package mongostore

import (
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/user"
)

// fields are the values of a document of which every type is checked on reading.
// The first field that is not as it must be decides: the document is damaged.
type fields struct {
	collection string
	document   bson.Raw
	secretID   bool // the _id is a hash, which no message may hold
	err        error
}

// value returns the zero value when there is no such field.
func (f *fields) value(name string) bson.RawValue { return f.document.Lookup(name) }

func (f *fields) damage(name, what string) {
	if f.err != nil {
		return
	}
	of := "document " + anyIDText(f.value("_id"))
	if f.secretID {
		of = "a document of user " + anyIDText(f.value("user_id"))
	}
	f.err = fmt.Errorf("%w: %s: %s: %s %s", user.ErrDamaged, f.collection, of, name, what)
}

// mismatch says that a field is missing or has a value of the wrong type.
func (f *fields) mismatch(name string, value bson.RawValue) {
	if value.Type == 0 {
		f.damage(name, "is missing")
		return
	}
	f.damage(name, "is of the type "+value.Type.String())
}

func (f *fields) text(name string) string {
	text, ok := f.value(name).StringValueOK()
	if !ok {
		f.mismatch(name, f.value(name))
	}
	return text
}

// optionalText reads a field that may be missing or null.
func (f *fields) optionalText(name string) string {
	if f.absent(name) {
		return ""
	}
	return f.text(name)
}

func (f *fields) flag(name string) bool {
	flag, ok := f.value(name).BooleanOK()
	if !ok {
		f.mismatch(name, f.value(name))
	}
	return flag
}

// optionalFlag reads a field that may be missing or null, which is false.
func (f *fields) optionalFlag(name string) bool { return !f.absent(name) && f.flag(name) }

func (f *fields) integer(name string) int64 {
	value := f.value(name)
	if n, ok := value.Int32OK(); ok {
		return int64(n)
	}
	n, ok := value.Int64OK()
	if !ok {
		f.mismatch(name, value)
	}
	return n
}

func (f *fields) time(name string) time.Time {
	at, ok := f.value(name).TimeOK()
	if !ok {
		f.mismatch(name, f.value(name))
	}
	return at.UTC()
}

// nullableTime reads a field that must be there but may be null, which is the
// zero time: a token without it has not thereby become one that never expires.
func (f *fields) nullableTime(name string) time.Time {
	if f.value(name).Type == bson.TypeNull {
		return time.Time{}
	}
	return f.time(name)
}

// optionalTime reads a field that may be missing or null.
func (f *fields) optionalTime(name string) time.Time {
	if f.absent(name) {
		return time.Time{}
	}
	return f.time(name)
}

func (f *fields) id(name string, kind idKind) string {
	id, ok := kind.text(f.value(name))
	if !ok {
		f.mismatch(name, f.value(name))
	}
	return id
}

func (f *fields) absent(name string) bool {
	kind := f.value(name).Type
	return kind == 0 || kind == bson.TypeNull
}

// millisecond returns the time as the database keeps it.
func millisecond(at time.Time) bson.DateTime { return bson.NewDateTimeFromTime(at) }

// nullable is millisecond, or null for the zero time.
func nullable(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return millisecond(at)
}

// nullableText is the text, or null where it is empty.
func nullableText(text string) any {
	if text == "" {
		return nil
	}
	return text
}
