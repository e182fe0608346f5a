package usertest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// CreateCredential implements [records.CredentialStore].
func (s *Store) CreateCredential(ctx context.Context, c records.Credential) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	if c.Rev != 1 || !utf8.ValidString(c.ID+string(c.Kind)+c.Key+c.Name) {
		return errors.New("usertest: create credential: it is not valid")
	}
	if there, used := s.credentials[c.ID]; used {
		created := there
		created.Key, created.Rev = c.Key, c.Rev+1
		if created.Follows(c) && (there.Rev > 1 || there.Key == c.Key) {
			return nil
		}
		return errors.New("usertest: create credential: the id is in use")
	}
	if _, taken := s.credential(c.Kind, c.Key); taken {
		return user.ErrExists
	}
	s.credentials[c.ID] = ownCredential(c)
	return nil
}

// CredentialByKey implements [records.CredentialStore].
func (s *Store) CredentialByKey(ctx context.Context, kind records.CredentialKind, key string) (records.Credential, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return records.Credential{}, err
	}
	defer end()
	c, ok := s.credential(kind, key)
	if !ok {
		return records.Credential{}, user.ErrNotFound
	}
	return ownCredential(c), nil
}

// CredentialWithUser implements [user.CredentialUserStore].
func (s *Store) CredentialWithUser(ctx context.Context, kind records.CredentialKind, key string) (records.Credential, *user.User, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return records.Credential{}, nil, err
	}
	defer end()
	c, ok := s.credential(kind, key)
	if !ok {
		return records.Credential{}, nil, user.ErrNotFound
	}
	if u := s.users[c.UserID]; u != nil {
		return ownCredential(c), s.copied(u), nil
	}
	return ownCredential(c), nil, nil
}

// CredentialsOf implements [records.CredentialStore].
func (s *Store) CredentialsOf(ctx context.Context, id user.ID, kinds ...records.CredentialKind) ([]records.Credential, error) {
	end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	var own []records.Credential
	for _, c := range s.credentials {
		if c.UserID == id && (len(kinds) == 0 || slices.Contains(kinds, c.Kind)) {
			own = append(own, ownCredential(c))
		}
	}
	slices.SortFunc(own, func(a, b records.Credential) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return own, nil
}

// SwapCredential implements [records.CredentialStore].
func (s *Store) SwapCredential(ctx context.Context, before, after records.Credential) (swapped bool, err error) {
	end, err := s.begin(ctx)
	if err != nil {
		return false, err
	}
	defer end()
	if !after.Follows(before) || !utf8.ValidString(after.Key+after.Name+after.Change) {
		return false, errors.New("usertest: swap credential: it does not follow the one before")
	}
	there, ok := s.credentials[before.ID]
	if !ok || there.Rev != before.Rev {
		return ok && there.Rev == after.Rev && after.Change != "" && there.Change == after.Change, nil
	}
	if !after.Follows(there) {
		return false, errors.New("usertest: swap credential: it does not follow the one stored")
	}
	if holder, taken := s.credential(after.Kind, after.Key); taken && holder.ID != after.ID {
		return false, user.ErrExists
	}
	s.credentials[after.ID] = ownCredential(after)
	return true, nil
}

// DeleteCredential implements [records.CredentialStore].
func (s *Store) DeleteCredential(ctx context.Context, id user.ID, credential string, keep records.KeepOne) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	c, ok := s.credentials[credential]
	u := s.users[id]
	if !ok || c.UserID != id || keep == records.KeepLastOne && u == nil {
		return user.ErrNotFound
	}
	if keep == records.KeepLastOne && c.IsWayIn(u.OwnerVersion) && s.waysIn(u) == 1 {
		return user.ErrLastLoginMethod
	}
	delete(s.credentials, credential)
	return nil
}

// DeleteCredentialsOf implements [records.CredentialStore].
func (s *Store) DeleteCredentialsOf(ctx context.Context, id user.ID, kinds ...records.CredentialKind) error {
	end, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	for key, c := range s.credentials {
		if c.UserID == id && (len(kinds) == 0 || slices.Contains(kinds, c.Kind)) {
			delete(s.credentials, key)
		}
	}
	return nil
}

func (s *Store) credential(kind records.CredentialKind, key string) (records.Credential, bool) {
	for _, c := range s.credentials {
		if c.Kind == kind && c.Key == key {
			return c, true
		}
	}
	return records.Credential{}, false
}

// waysIn returns how many ways in a user has that are no password.
func (s *Store) waysIn(u *user.User) int {
	ways := len(s.accountsOf(u.ID))
	for _, c := range s.credentials {
		if c.UserID == u.ID && c.IsWayIn(u.OwnerVersion) {
			ways++
		}
	}
	return ways
}

// ownCredential returns a copy of c that shares nothing with it.
func ownCredential(c records.Credential) records.Credential {
	c.Data = slices.Clone(c.Data)
	return c
}
