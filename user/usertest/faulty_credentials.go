package usertest

import (
	"context"

	"github.com/ginauth/ginauth/user"
)

// Ensure implements [user.Ensurer].
func (s *FaultyStore) Ensure(ctx context.Context, needs ...user.Need) error {
	return write(ctx, s, "Ensure", func() error { return user.Ensure(ctx, s.Store, needs...) })
}

// CreateCredential implements [user.CredentialStore].
func (s *FaultyStore) CreateCredential(ctx context.Context, c user.Credential) error {
	return changeAbility(ctx, s, "CreateCredential", func(in user.CredentialStore) error { return in.CreateCredential(ctx, c) })
}

// CredentialByKey implements [user.CredentialStore].
func (s *FaultyStore) CredentialByKey(ctx context.Context, kind user.CredentialKind, key string) (user.Credential, error) {
	return withAbility(ctx, s, Call{Method: "CredentialByKey"}, func(in user.CredentialStore) (user.Credential, error) {
		return in.CredentialByKey(ctx, kind, key)
	})
}

// CredentialWithUser implements [user.CredentialUserStore]: it is CredentialByKey where
// the store within finds users apart from credentials.
func (s *FaultyStore) CredentialWithUser(ctx context.Context, kind user.CredentialKind, key string) (user.Credential, *user.User, error) {
	within, ok := s.Store.(user.CredentialUserStore)
	if !ok {
		c, err := s.CredentialByKey(ctx, kind, key)
		return c, nil, err
	}
	var owner *user.User
	c, err := read(ctx, s, "CredentialWithUser", func() (c user.Credential, err error) {
		c, owner, err = within.CredentialWithUser(ctx, kind, key)
		return c, err
	})
	if err != nil {
		return c, nil, err
	}
	return c, owner, nil
}

// CredentialsOf implements [user.CredentialStore].
func (s *FaultyStore) CredentialsOf(ctx context.Context, id user.ID, kinds ...user.CredentialKind) ([]user.Credential, error) {
	return withAbility(ctx, s, Call{Method: "CredentialsOf"}, func(in user.CredentialStore) ([]user.Credential, error) {
		return in.CredentialsOf(ctx, id, kinds...)
	})
}

// SwapCredential implements [user.CredentialStore].
func (s *FaultyStore) SwapCredential(ctx context.Context, before, after user.Credential) (swapped bool, err error) {
	return withAbility(ctx, s, Call{Method: "SwapCredential", Writes: true}, func(in user.CredentialStore) (bool, error) {
		return in.SwapCredential(ctx, before, after)
	})
}

// DeleteCredential implements [user.CredentialStore].
func (s *FaultyStore) DeleteCredential(ctx context.Context, id user.ID, credential string, keep user.KeepOne) error {
	return changeAbility(ctx, s, "DeleteCredential", func(in user.CredentialStore) error {
		return in.DeleteCredential(ctx, id, credential, keep)
	})
}

// DeleteCredentialsOf implements [user.CredentialStore]: there is nothing to delete
// where the store within keeps none.
func (s *FaultyStore) DeleteCredentialsOf(ctx context.Context, id user.ID, kinds ...user.CredentialKind) error {
	in, ok := s.Store.(user.CredentialStore)
	if !ok {
		return nil
	}
	return write(ctx, s, "DeleteCredentialsOf", func() error { return in.DeleteCredentialsOf(ctx, id, kinds...) })
}
