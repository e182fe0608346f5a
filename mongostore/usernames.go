package mongostore

import (
	"context"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/username"
)

// The fields of a user's name. A user without one has neither, so that the index, which
// is sparse, does not hold the user.
const (
	usernameField    = "username"
	usernameKeyField = "username_key"
)

// ByUsernameKey implements [user.UsernameStore].
func (s *Store) ByUsernameKey(ctx context.Context, key string) (*user.User, error) {
	const operation = "find user by name"
	if err := s.usernames.check(operation); err != nil {
		return nil, err
	}
	if key == "" || !utf8.ValidString(key) {
		return nil, user.ErrNotFound
	}
	return s.userWhere(ctx, operation, bson.D{{Key: usernameKeyField, Value: key}})
}

// nameOf returns the elements of a new user's name. Without the unique index nothing
// would keep two users from having one name.
func (s *Store) nameOf(u *user.User) (bson.D, error) {
	if u.UsernameKey == "" {
		return nil, nil
	}
	if err := s.usernames.check("create user"); err != nil {
		return nil, err
	}
	return bson.D{{Key: usernameField, Value: u.Username}, {Key: usernameKeyField, Value: u.UsernameKey}}, nil
}

// nameChanges returns what an update sets and removes.
func (s *Store) nameChanges(name *username.Username) (set, unset bson.D, err error) {
	if name == nil {
		return nil, nil, nil
	}
	if name.Key == "" {
		return nil, bson.D{{Key: usernameField, Value: ""}, {Key: usernameKeyField, Value: ""}}, nil
	}
	if err := s.usernames.check("update user"); err != nil {
		return nil, nil, err
	}
	return bson.D{{Key: usernameField, Value: name.Name}, {Key: usernameKeyField, Value: name.Key}}, nil, nil
}

// whatIsTaken returns what it means that a unique index has refused to give the user of that
// ID a name or an address: [user.ErrUsernameTaken] or [user.ErrExists], or nil if the index
// is not ginauth's. Some servers do not say which field it was; then it looks.
func (s *Store) whatIsTaken(ctx context.Context, field, nameKey string, id any) error {
	if field == "" && nameKey != "" {
		another := bson.D{{Key: usernameKeyField, Value: nameKey}, {Key: "_id", Value: bson.D{{Key: "$ne", Value: id}}}}
		n, err := s.users.Latest.CountDocuments(ctx, another)
		if err != nil {
			return mongodb.Failed("find out what is taken", err)
		}
		if n > 0 {
			return user.ErrUsernameTaken
		}
	}
	switch field {
	case usernameKeyField:
		return user.ErrUsernameTaken
	case "email_key", "":
		return user.ErrExists
	}
	return nil
}
