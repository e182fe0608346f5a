package records_test

import (
	"testing"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

// bare is a store without abilities of its own.
type bare struct{ user.Store }

// whole is a wrapper that knows credentials, whether its store has them or not.
type whole struct {
	user.Store
	records.CredentialStore
}

func (w whole) Unwrap() any { return w.Store }

func TestAs(t *testing.T) {
	t.Parallel()
	store := usertest.NewStore()
	type both interface {
		user.Store
		records.CredentialStore
	}
	var wrapped both = whole{store, store}
	if got, ok := records.As[records.CredentialStore](wrapped); !ok || got != records.CredentialStore(wrapped) {
		t.Errorf("got %T, %v, want the wrapper", got, ok)
	}
	if got, ok := records.As[records.PendingStore](wrapped); !ok || got != records.PendingStore(store) {
		t.Errorf("got %T, %v, want the store, as the wrapper has no such ability", got, ok)
	}
	if got, ok := records.As[records.CredentialStore](whole{bare{store}, store}); ok {
		t.Errorf("got %T, want no ability that the store does not have", got)
	}
	twice := whole{whole{store, store}, store}
	if got, ok := records.As[records.PendingStore](twice); !ok || got != records.PendingStore(store) {
		t.Errorf("got %T, %v, want the store", got, ok)
	}
	if _, ok := records.As[records.CredentialStore](nil); ok {
		t.Error("nil has an ability")
	}
}
