package sqlstore_test

import (
	"testing"

	"github.com/ginauth/ginauth/backends/backendtest"
	"github.com/ginauth/ginauth/limits"
	"github.com/ginauth/ginauth/sqlstore"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) { usertest.TestStore(t, w.store) })
}

func TestOAuthStore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) { usertest.TestOAuthStore(t, w.store) })
}

func TestTokenUserStore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) { usertest.TestTokenUserStore(t, w.store) })
}

func TestCredentialUserStore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) { usertest.TestCredentialUserStore(t, w.store) })
}

func TestTokenStore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		s := w.open(t)
		backendtest.TestTokenStore(t, func(*testing.T) records.TokenStore { return s })
		backendtest.TestRotatingTokenStore(t, func(*testing.T) records.RotatingTokenStore { return s })
	})
}

func TestCredentialStore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) { usertest.TestCredentialStore(t, w.store) })
}

func TestPendingStore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) { usertest.TestPendingStore(t, w.store) })
}

func TestInvitationStore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) { usertest.TestInvitationStore(t, w.store) })
}

func TestUsernameStore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) { usertest.TestUsernameStore(t, w.store) })
}

func TestLimitStore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w world) {
		usertest.TestLimitStore(t, func(t *testing.T) limits.Store { return w.open(t) })
	})
}

// A pooler that gives each transaction another connection needs one of these modes, which
// prepare nothing.
func TestStoreBehindPooler(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"exec", "simple_protocol"} {
		w := world{engine: sqlstore.Postgres, made: (&pool{more: "&default_query_exec_mode=" + mode}).made}
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			usertest.TestStore(t, w.store)
			usertest.TestOAuthStore(t, w.store)
			usertest.TestTokenUserStore(t, w.store)
			usertest.TestCredentialStore(t, w.store)
			usertest.TestPendingStore(t, w.store)
			usertest.TestInvitationStore(t, w.store)
			usertest.TestUsernameStore(t, w.store)
			s := w.open(t)
			backendtest.TestTokenStore(t, func(*testing.T) records.TokenStore { return s })
			backendtest.TestRotatingTokenStore(t, func(*testing.T) records.RotatingTokenStore { return s })
		})
	}
}
