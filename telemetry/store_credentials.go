package telemetry

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

var (
	_ records.CredentialStore = (*store)(nil)
	_ records.PendingStore    = (*store)(nil)
)

// CreateCredential implements [records.CredentialStore].
func (s *store) CreateCredential(ctx context.Context, c records.Credential) error {
	return do(ctx, s, "CreateCredential", func(ctx context.Context) error { return ability[records.CredentialStore](s).CreateCredential(ctx, c) })
}

// CredentialByKey implements [records.CredentialStore].
func (s *store) CredentialByKey(ctx context.Context, kind records.CredentialKind, key string) (records.Credential, error) {
	return run(ctx, s, "CredentialByKey", func(ctx context.Context) (records.Credential, error) {
		return ability[records.CredentialStore](s).CredentialByKey(ctx, kind, key)
	})
}

// CredentialsOf implements [records.CredentialStore].
func (s *store) CredentialsOf(ctx context.Context, id user.ID, kinds ...records.CredentialKind) ([]records.Credential, error) {
	return run(ctx, s, "CredentialsOf", func(ctx context.Context) ([]records.Credential, error) {
		return ability[records.CredentialStore](s).CredentialsOf(ctx, id, kinds...)
	})
}

// SwapCredential implements [records.CredentialStore].
func (s *store) SwapCredential(ctx context.Context, before, after records.Credential) (bool, error) {
	return run(ctx, s, "SwapCredential", func(ctx context.Context) (bool, error) {
		return ability[records.CredentialStore](s).SwapCredential(ctx, before, after)
	})
}

// DeleteCredential implements [records.CredentialStore].
func (s *store) DeleteCredential(ctx context.Context, id user.ID, credential string, keep records.KeepOne) error {
	return do(ctx, s, "DeleteCredential", func(ctx context.Context) error {
		return ability[records.CredentialStore](s).DeleteCredential(ctx, id, credential, keep)
	})
}

// DeleteCredentialsOf implements [records.CredentialStore].
func (s *store) DeleteCredentialsOf(ctx context.Context, id user.ID, kinds ...records.CredentialKind) error {
	return do(ctx, s, "DeleteCredentialsOf", func(ctx context.Context) error {
		return ability[records.CredentialStore](s).DeleteCredentialsOf(ctx, id, kinds...)
	})
}

// PutPending implements [records.PendingStore].
func (s *store) PutPending(ctx context.Context, p records.Pending) error {
	return do(ctx, s, "PutPending", func(ctx context.Context) error { return ability[records.PendingStore](s).PutPending(ctx, p) })
}

// SetPending implements [records.PendingStore].
func (s *store) SetPending(ctx context.Context, p records.Pending) error {
	return do(ctx, s, "SetPending", func(ctx context.Context) error { return ability[records.PendingStore](s).SetPending(ctx, p) })
}

// Pending implements [records.PendingStore].
func (s *store) Pending(ctx context.Context, kind records.PendingKind, id string, now time.Time) (records.Pending, error) {
	return run(ctx, s, "Pending", func(ctx context.Context) (records.Pending, error) {
		return ability[records.PendingStore](s).Pending(ctx, kind, id, now)
	})
}

// TryPending implements [records.PendingStore].
func (s *store) TryPending(ctx context.Context, kind records.PendingKind, id string, limit int, now time.Time) (records.Pending, error) {
	return run(ctx, s, "TryPending", func(ctx context.Context) (records.Pending, error) {
		return ability[records.PendingStore](s).TryPending(ctx, kind, id, limit, now)
	})
}

// TakePending implements [records.PendingStore].
func (s *store) TakePending(ctx context.Context, kind records.PendingKind, id string, now time.Time) (bool, error) {
	return run(ctx, s, "TakePending", func(ctx context.Context) (bool, error) {
		return ability[records.PendingStore](s).TakePending(ctx, kind, id, now)
	})
}

// DeletePendingOf implements [records.PendingStore].
func (s *store) DeletePendingOf(ctx context.Context, id user.ID) error {
	return do(ctx, s, "DeletePendingOf", func(ctx context.Context) error { return ability[records.PendingStore](s).DeletePendingOf(ctx, id) })
}
