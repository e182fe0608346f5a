package mongostore

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/ginauth/ginauth/mongostore/internal/mongodb"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/email"
)

// Create implements [user.Store].
func (s *Store) Create(ctx context.Context, u *user.User) error {
	document, err := s.document(u)
	if err != nil {
		return fmt.Errorf("mongostore: create user: %w", err)
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	_, err = s.users.InsertOne(ctx, document)
	if err == nil {
		return nil
	}
	field, taken := mongodb.Duplicate(err)
	if !taken {
		return mongodb.Failed("create user", err)
	}
	// A unique index has refused it. The insert may have been done before, by a call whose
	// answer was lost, so first look, at the primary, whether the user is there.
	stored, readErr := s.users.Latest.FindOne(ctx, bson.D{{Key: "_id", Value: document[0].Value}}).Raw()
	switch {
	case readErr == nil && isCreated(stored, u):
		return nil
	case readErr == nil:
		return errors.New("mongostore: create user: the id is in use")
	case !errors.Is(readErr, mongo.ErrNoDocuments):
		return mongodb.Failed("create user", readErr)
	}
	// ErrExists or ErrUsernameTaken, which may take another look.
	if refusal := s.whatIsTaken(ctx, field, u.UsernameKey, document[0].Value); refusal != nil {
		return refusal
	}
	return mongodb.Failed("create user", err) // an index of the application's own
}

// isCreated reports whether a document with u's ID came from creating u.
func isCreated(document bson.Raw, u *user.User) bool {
	key, keyOK := document.Lookup("email_key").StringValueOK()
	created, createdOK := document.Lookup("created_at").DateTimeOK()
	return keyOK && createdOK && key == u.EmailKey && created == int64(millisecond(u.CreatedAt))
}

// document returns u as it is stored. The first element is the ID.
func (s *Store) document(u *user.User) (bson.D, error) {
	id, ok := s.ids.value(string(u.ID))
	if !ok {
		return nil, user.ErrInvalidID
	}
	document := bson.D{
		{Key: "_id", Value: id},
		{Key: "email", Value: u.Email},
		{Key: "email_key", Value: u.EmailKey},
		{Key: "hashed_password", Value: u.HashedPassword},
		{Key: "is_active", Value: u.IsActive},
		{Key: "is_superuser", Value: u.IsSuperuser},
		{Key: "is_verified", Value: u.IsVerified},
		{Key: "token_version", Value: u.TokenVersion},
	}
	if u.SecondFactor {
		document = append(document, bson.E{Key: "second_factor", Value: true})
	}
	if u.KeptToken != "" {
		document = append(document, bson.E{Key: "kept_token", Value: u.KeptToken})
	}
	if u.OwnerVersion != 0 {
		document = append(document, bson.E{Key: ownerVersion, Value: u.OwnerVersion})
	}
	if u.KeyVersion != 0 {
		document = append(document, bson.E{Key: keyVersion, Value: u.KeyVersion})
	}
	name, err := s.nameOf(u)
	if err != nil {
		return nil, err
	}
	document = append(document, name...)
	rights, err := s.rightsOf(u)
	if err != nil {
		return nil, err
	}
	document = append(document, rights...)
	document = append(document,
		bson.E{Key: "created_at", Value: millisecond(u.CreatedAt)},
		bson.E{Key: "updated_at", Value: millisecond(u.UpdatedAt)})
	if s.shape != nil { // another program reads the users, too
		document = append(document, s.shape.Address(email.Email{Address: u.Email, Key: u.EmailKey})...)
	}
	profile, err := s.profileFields.encode(u.Profile)
	if err != nil || profile == nil {
		return document, err
	}
	elements, err := profile.Elements()
	for _, element := range elements {
		document = append(document, bson.E{Key: element.Key(), Value: element.Value()})
	}
	return document, err
}

// readUser returns the user of a document, and ignores fields it does not know. Flags, hash,
// version, and e-mail must be there and have their types. An empty hash means that there is
// no password; a missing or null one is an error, as it could mean anything.
func (s *Store) readUser(document bson.Raw) (*user.User, error) {
	if s.shape != nil { // another program may have written it
		document = s.shape.Own(document)
	}
	f := fields{collection: s.users.Name(), document: document}
	u := &user.User{
		ID:             user.ID(f.id("_id", s.ids)),
		Email:          f.text("email"),
		EmailKey:       f.text("email_key"),
		Username:       f.optionalText(usernameField),
		UsernameKey:    f.optionalText(usernameKeyField),
		HashedPassword: f.text("hashed_password"),
		IsActive:       f.flag("is_active"),
		IsSuperuser:    f.flag("is_superuser"),
		IsVerified:     f.flag("is_verified"),
		TokenVersion:   f.integer("token_version"),
		SecondFactor:   f.optionalFlag("second_factor"),
		KeptToken:      f.optionalText("kept_token"),
		OwnerVersion:   f.optionalInteger(ownerVersion),
		KeyVersion:     f.optionalInteger(keyVersion),
		Roles:          f.roles(),
		Ban:            f.ban(s.ids),
		CreatedAt:      f.optionalTime("created_at"),
		UpdatedAt:      f.optionalTime("updated_at"),
	}
	if s.profileFields != nil && f.err == nil {
		u.Profile = f.profile(s.profileFields)
	}
	if f.err != nil {
		return nil, f.err
	}
	return u, nil
}

// profile reads the application's own fields. An error of the driver is not
// passed on, as it may quote the value.
func (f *fields) profile(p *profileFields) any {
	elements, err := f.document.Elements()
	if err != nil {
		f.damage("document", "is not valid BSON")
		return nil
	}
	var own rawDocument
	for _, element := range elements {
		if p.has(element.Key()) {
			own = own.append(element)
		}
	}
	profile, err := p.decode(own)
	if err != nil {
		f.damage("profile", fmt.Sprintf("does not fit into %v", p.t.Type()))
		return nil
	}
	return profile
}

// ByID implements [user.Store].
func (s *Store) ByID(ctx context.Context, id user.ID) (*user.User, error) {
	key, ok := s.ids.value(string(id))
	if !ok {
		return nil, user.ErrNotFound
	}
	return s.userWhere(ctx, "find user by id", bson.D{{Key: "_id", Value: key}})
}

// ByEmail implements [user.Store].
func (s *Store) ByEmail(ctx context.Context, email email.Email) (*user.User, error) {
	if !utf8.ValidString(email.Key) {
		return nil, user.ErrNotFound // BSON cannot encode the question
	}
	return s.userWhere(ctx, "find user by email", bson.D{{Key: "email_key", Value: email.Key}})
}

func (s *Store) userWhere(ctx context.Context, operation string, filter bson.D) (*user.User, error) {
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	document, err := s.users.FindOne(ctx, filter).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, user.ErrNotFound
	}
	if err != nil {
		return nil, mongodb.Failed(operation, err)
	}
	return s.readUser(document)
}

// Delete implements [user.Store].
func (s *Store) Delete(ctx context.Context, id user.ID, options user.DeleteOptions) error {
	key, ok := s.ids.value(string(id))
	if !ok {
		return user.ErrNotFound
	}
	ctx, cancel := mongodb.Limit(ctx)
	defer cancel()
	remove := func(ctx context.Context, second bson.D) error {
		result, err := s.users.DeleteOne(ctx, also(bson.D{{Key: "_id", Value: key}}, second))
		if err != nil {
			return mongodb.Failed("delete user", err)
		}
		if result.DeletedCount == 0 {
			return user.ErrNotFound
		}
		return nil
	}
	if !options.KeepSuperuser {
		return remove(ctx, nil)
	}
	err := s.leaveSuperusers(ctx, key, user.Conditions{}, options.At, remove)
	if errors.Is(err, user.ErrDamaged) {
		return remove(ctx, nil) // such an account cannot be used, so no superuser is lost
	}
	return err
}
