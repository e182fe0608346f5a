package telemetry

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
)

var (
	_ user.CredentialStore = (*store)(nil)
	_ user.PendingStore    = (*store)(nil)
)

// CreateCredential implements [user.CredentialStore].
func (s *store) CreateCredential(ctx context.Context, c user.Credential) error {
	return do(ctx, s, "CreateCredential", func(ctx context.Context) error { return ability[user.CredentialStore](s).CreateCredential(ctx, c) })
}

// CredentialByKey implements [user.CredentialStore].
func (s *store) CredentialByKey(ctx context.Context, kind user.CredentialKind, key string) (user.Credential, error) {
	return run(ctx, s, "CredentialByKey", func(ctx context.Context) (user.Credential, error) {
		return ability[user.CredentialStore](s).CredentialByKey(ctx, kind, key)
	})
}

// CredentialsOf implements [user.CredentialStore].
func (s *store) CredentialsOf(ctx context.Context, id user.ID, kinds ...user.CredentialKind) ([]user.Credential, error) {
	return run(ctx, s, "CredentialsOf", func(ctx context.Context) ([]user.Credential, error) {
		return ability[user.CredentialStore](s).CredentialsOf(ctx, id, kinds...)
	})
}

// SwapCredential implements [user.CredentialStore].
func (s *store) SwapCredential(ctx context.Context, before, after user.Credential) (bool, error) {
	return run(ctx, s, "SwapCredential", func(ctx context.Context) (bool, error) {
		return ability[user.CredentialStore](s).SwapCredential(ctx, before, after)
	})
}

// DeleteCredential implements [user.CredentialStore].
func (s *store) DeleteCredential(ctx context.Context, id user.ID, credential string, keep user.KeepOne) error {
	return do(ctx, s, "DeleteCredential", func(ctx context.Context) error {
		return ability[user.CredentialStore](s).DeleteCredential(ctx, id, credential, keep)
	})
}

// DeleteCredentialsOf implements [user.CredentialStore].
func (s *store) DeleteCredentialsOf(ctx context.Context, id user.ID, kinds ...user.CredentialKind) error {
	return do(ctx, s, "DeleteCredentialsOf", func(ctx context.Context) error {
		return ability[user.CredentialStore](s).DeleteCredentialsOf(ctx, id, kinds...)
	})
}

// PutPending implements [user.PendingStore].
func (s *store) PutPending(ctx context.Context, p user.Pending) error {
	return do(ctx, s, "PutPending", func(ctx context.Context) error { return ability[user.PendingStore](s).PutPending(ctx, p) })
}

// SetPending implements [user.PendingStore].
func (s *store) SetPending(ctx context.Context, p user.Pending) error {
	return do(ctx, s, "SetPending", func(ctx context.Context) error { return ability[user.PendingStore](s).SetPending(ctx, p) })
}

// Pending implements [user.PendingStore].
func (s *store) Pending(ctx context.Context, kind user.PendingKind, id string, now time.Time) (user.Pending, error) {
	return run(ctx, s, "Pending", func(ctx context.Context) (user.Pending, error) {
		return ability[user.PendingStore](s).Pending(ctx, kind, id, now)
	})
}

// TryPending implements [user.PendingStore].
func (s *store) TryPending(ctx context.Context, kind user.PendingKind, id string, limit int, now time.Time) (user.Pending, error) {
	return run(ctx, s, "TryPending", func(ctx context.Context) (user.Pending, error) {
		return ability[user.PendingStore](s).TryPending(ctx, kind, id, limit, now)
	})
}

// TakePending implements [user.PendingStore].
func (s *store) TakePending(ctx context.Context, kind user.PendingKind, id string, now time.Time) (bool, error) {
	return run(ctx, s, "TakePending", func(ctx context.Context) (bool, error) {
		return ability[user.PendingStore](s).TakePending(ctx, kind, id, now)
	})
}

// DeletePendingOf implements [user.PendingStore].
func (s *store) DeletePendingOf(ctx context.Context, id user.ID) error {
	return do(ctx, s, "DeletePendingOf", func(ctx context.Context) error { return ability[user.PendingStore](s).DeletePendingOf(ctx, id) })
}
