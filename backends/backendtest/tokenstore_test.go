package backendtest_test

import (
	"testing"

	"github.com/ginauth/ginauth/backends/backendtest"
	"github.com/ginauth/ginauth/user/records"
	"github.com/ginauth/ginauth/user/usertest"
)

func TestTokenStoreInMemory(t *testing.T) {
	t.Parallel()
	backendtest.TestTokenStore(t, func(*testing.T) records.TokenStore { return usertest.NewStore() })
}
