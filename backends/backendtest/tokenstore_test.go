package backendtest_test

import (
	"testing"

	"github.com/ginauth/ginauth/backends/backendtest"
	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestTokenStoreInMemory(t *testing.T) {
	t.Parallel()
	backendtest.TestTokenStore(t, func(*testing.T) user.TokenStore { return usertest.NewStore() })
}
