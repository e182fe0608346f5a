package mongostore

import (
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/user"
)

// The fields of a user's roles and ban. A user who has none has no such field.
const (
	rolesField = "roles"
	banField   = "ban"
)

// rightsOf returns the roles and the ban of a new user.
func (s *Store) rightsOf(u *user.User) (bson.D, error) {
	rights, _, err := s.appendRights(nil, nil, user.Update{Roles: &u.Roles, Ban: u.Ban})
	return rights, err // a new document has nothing to unset
}

// appendRights adds what an update says of roles and ban to what is set and unset.
func (s *Store) appendRights(set, unset bson.D, update user.Update) (bson.D, bson.D, error) {
	switch roles := update.Roles; {
	case roles == nil:
	case len(*roles) == 0:
		unset = append(unset, bson.E{Key: rolesField, Value: ""})
	default:
		set = append(set, bson.E{Key: rolesField, Value: *roles})
	}
	switch ban := update.Ban; {
	case ban == nil:
	case ban.At.IsZero():
		unset = append(unset, bson.E{Key: banField, Value: ""})
	default:
		document, err := s.banDocument(*ban)
		if err != nil {
			return nil, nil, err
		}
		set = append(set, bson.E{Key: banField, Value: document})
	}
	return set, unset, nil
}

// banDocument is {at, until, reason, by}: until is null in a ban without end, by in one
// by no user.
func (s *Store) banDocument(ban user.Ban) (bson.D, error) {
	var by any
	if ban.By != "" {
		id, ok := s.ids.value(string(ban.By))
		if !ok {
			return nil, errors.New("the ban is by an id of another kind")
		}
		by = id
	}
	return bson.D{
		{Key: "at", Value: millisecond(ban.At)},
		{Key: "until", Value: nullable(ban.Until)},
		{Key: "reason", Value: ban.Reason},
		{Key: "by", Value: by},
	}, nil
}

// roles reads an array of strings that may be missing. Null is no array.
func (f *fields) roles() []string {
	if f.value(rolesField).Type == 0 {
		return nil
	}
	if f.absent(rolesField) {
		f.mismatch(rolesField, f.value(rolesField))
	}
	names := f.optionalTexts(rolesField)
	if len(names) == 0 {
		return nil
	}
	return names
}

// ban reads a ban that may be missing. One that cannot be read is damage, as it would
// otherwise let the user in.
func (f *fields) ban(ids idKind) *user.Ban {
	value := f.value(banField)
	if value.Type == 0 {
		return nil
	}
	document, ok := value.DocumentOK()
	if !ok {
		f.mismatch(banField, value)
		return nil
	}
	own := fields{collection: f.collection, document: document}
	ban := &user.Ban{At: own.time("at"), Until: own.nullableTime("until"), Reason: own.text("reason")}
	if !own.absent("by") {
		ban.By = user.ID(own.id("by", ids))
	}
	if own.err != nil || ban.At.Equal(time.Time{}) {
		f.damage(banField, "is not a document of at, until, reason and by")
		return nil
	}
	return ban
}
