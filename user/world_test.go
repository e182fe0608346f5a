package user_test

import (
	"testing"
	"time"

	"github.com/ginauth/ginauth/user/secrets"
)

const testSecret secrets.Secret = "0123456789abcdef0123456789abcdef"

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func mustKeys(t *testing.T, current secrets.Secret) *secrets.Keys {
	t.Helper()
	keys, err := secrets.NewKeys(current)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
