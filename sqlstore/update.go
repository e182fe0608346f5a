package sqlstore

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/ginauth/ginauth/user"
)

// Update implements [user.Store].
func (s *Store) Update(ctx context.Context, id user.ID, update user.Update) (*user.User, error) {
	if !isID(id) || !isAskable(update.If) {
		return nil, user.ErrNotFound
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	if update.KeepSuperuser && update.LeavesSuperusers() {
		return s.leaveSuperusers(ctx, id, update)
	}
	var change statement
	if err := s.change(&change, id, update); err != nil {
		return nil, failed("update user", err)
	}
	change.add(` RETURNING ` + userList)
	after, err := writeOne(ctx, s, "update user", change.String(), change.args, s.scanUser)
	return after, takenError(err)
}

// takenError tells apart which of the unique indexes refused a user.
func takenError(err error) error {
	switch {
	case emailKey.refused(err):
		return user.ErrExists
	case usernameKey.refused(err):
		return user.ErrUsernameTaken
	}
	return err // or an index of the application's own
}

// isAskable reports whether conditions name nothing that cannot be stored.
func isAskable(c user.Conditions) bool {
	return (c.HashedPassword == nil || isText(*c.HashedPassword)) && (c.EmailKey == nil || isText(*c.EmailKey))
}

// change is the statement that changes one user where the conditions hold: only what is
// named changes.
func (s *Store) change(b *statement, id user.ID, update user.Update) error {
	b.add(`UPDATE users SET updated_at = ?`, s.engine.at(update.UpdatedAt))
	if update.Email != nil {
		b.add(`, email = ?, email_key = ?`, text(update.Email.Address), text(update.Email.Key))
	}
	if update.Username != nil {
		b.add(`, username = ?, username_key = ?`, nullable(update.Username.Name), nullable(update.Username.Key))
	}
	if update.HashedPassword != nil {
		b.add(`, hashed_password = ?`, text(*update.HashedPassword))
	}
	setFlag(b, "is_active", update.IsActive)
	setFlag(b, "is_superuser", update.IsSuperuser)
	setFlag(b, "is_verified", update.IsVerified)
	setFlag(b, "second_factor", update.SecondFactor)
	s.changeRights(b, update)
	if update.EndTokens {
		b.add(`, token_version = token_version + 1, kept_token = ?`, text(update.KeepToken))
	}
	if update.ChangeOwner {
		b.add(`, owner_version = owner_version + 1`)
	}
	if update.KeyVersionUp {
		b.add(`, key_version = key_version + 1`)
	}
	if err := s.changeProfile(b, update); err != nil {
		return err
	}
	b.add(` WHERE id = ?`, string(id))
	where(b, update.If)
	return nil
}

func setFlag(b *statement, column string, value *bool) {
	if value != nil {
		b.add(`, `+column+` = ?`, *value)
	}
}

// changeProfile sets the members named, and leaves all others as they are.
func (s *Store) changeProfile(b *statement, update user.Update) error {
	members, err := s.members(update.Profile, update.ProfileFields)
	if err != nil || len(members) == 0 {
		return err
	}
	if s.engine == Postgres {
		object, err := json.Marshal(members)
		if err != nil {
			return err
		}
		b.add(`, profile = profile || ?::jsonb`, string(object))
		return nil
	}
	b.add(`, profile = json_set(profile`)
	for _, key := range slices.Sorted(maps.Keys(members)) {
		b.add(`, ?, json(?)`, `$."`+key+`"`, string(members[key]))
	}
	b.add(`)`)
	return nil
}

// where adds conditions.
func where(b *statement, c user.Conditions) {
	equal(b, "hashed_password", c.HashedPassword)
	equal(b, "email_key", c.EmailKey)
	equal(b, "is_active", c.IsActive)
	equal(b, "is_verified", c.IsVerified)
	equal(b, "token_version", c.TokenVersion)
	equal(b, "second_factor", c.SecondFactor)
}

func equal[T any](b *statement, column string, value *T) {
	if value != nil {
		b.add(` AND `+column+` = ?`, *value)
	}
}
