package usertest

import (
	"context"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// Ensure implements [records.Ensurer].
func (s *FaultyStore) Ensure(ctx context.Context, needs ...records.Need) error {
	return write(ctx, s, "Ensure", func() error { return records.Ensure(ctx, s.Store, needs...) })
}

// CreateCredential implements [records.CredentialStore].
func (s *FaultyStore) CreateCredential(ctx context.Context, c records.Credential) error {
	return changeAbility(ctx, s, "CreateCredential", func(in records.CredentialStore) error { return in.CreateCredential(ctx, c) })
}

// CredentialByKey implements [records.CredentialStore].
func (s *FaultyStore) CredentialByKey(ctx context.Context, kind records.CredentialKind, key string) (records.Credential, error) {
	return withAbility(ctx, s, Call{Method: "CredentialByKey"}, func(in records.CredentialStore) (records.Credential, error) {
		return in.CredentialByKey(ctx, kind, key)
	})
}

// CredentialWithUser implements [user.CredentialUserStore]: it is CredentialByKey where
// the store within finds users apart from credentials.
func (s *FaultyStore) CredentialWithUser(ctx context.Context, kind records.CredentialKind, key string) (records.Credential, *user.User, error) {
	within, ok := s.Store.(user.CredentialUserStore)
	if !ok {
		c, err := s.CredentialByKey(ctx, kind, key)
		return c, nil, err
	}
	var owner *user.User
	c, err := read(ctx, s, "CredentialWithUser", func() (c records.Credential, err error) {
		c, owner, err = within.CredentialWithUser(ctx, kind, key)
		return c, err
	})
	if err != nil {
		return c, nil, err
	}
	return c, owner, nil
}

// CredentialsOf implements [records.CredentialStore].
func (s *FaultyStore) CredentialsOf(ctx context.Context, id user.ID, kinds ...records.CredentialKind) ([]records.Credential, error) {
	return withAbility(ctx, s, Call{Method: "CredentialsOf"}, func(in records.CredentialStore) ([]records.Credential, error) {
		return in.CredentialsOf(ctx, id, kinds...)
	})
}

// SwapCredential implements [records.CredentialStore].
func (s *FaultyStore) SwapCredential(ctx context.Context, before, after records.Credential) (swapped bool, err error) {
	return withAbility(ctx, s, Call{Method: "SwapCredential", Writes: true}, func(in records.CredentialStore) (bool, error) {
		return in.SwapCredential(ctx, before, after)
	})
}

// DeleteCredential implements [records.CredentialStore].
func (s *FaultyStore) DeleteCredential(ctx context.Context, id user.ID, credential string, keep records.KeepOne) error {
	return changeAbility(ctx, s, "DeleteCredential", func(in records.CredentialStore) error {
		return in.DeleteCredential(ctx, id, credential, keep)
	})
}

// DeleteCredentialsOf implements [records.CredentialStore]: there is nothing to delete
// where the store within keeps none.
func (s *FaultyStore) DeleteCredentialsOf(ctx context.Context, id user.ID, kinds ...records.CredentialKind) error {
	in, ok := s.Store.(records.CredentialStore)
	if !ok {
		return nil
	}
	return write(ctx, s, "DeleteCredentialsOf", func() error { return in.DeleteCredentialsOf(ctx, id, kinds...) })
}
