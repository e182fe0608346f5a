package password_test

import (
	"errors"
	"testing"

	"github.com/ginauth/ginauth/password"
)

func TestCheckHash(t *testing.T) {
	t.Parallel()
	tests := []struct {
		encoded string
		want    error
	}{
		{"$argon2id$v=19$m=19456,t=2,p=1$TEja0QkA9RKRbwADGawKfw$QyC//On3Aw64JF3mCLzxNg", nil},
		{"$2b$12$aTHB7vIAug/0aR0aOiiIKud/vl2I.Wd1Evai22uTLKf64WRS/aTva", nil},
		{"pbkdf2_sha256$600000$B7t0N1agK03H$RUP6m3AGoHlQXzqpTeHLBbGMs1DoxsbuS6mOopN7Qw0=", nil},
		{"$argon2id$v=19$m=4194304,t=2,p=1$TEja0QkA9RKRbwADGawKfw$QyC//On3Aw64JF3mCLzxNg", password.ErrHashParameters},
		{"not-a-hash", password.ErrUnknownHash},
		{"", password.ErrUnknownHash},
	}
	for _, test := range tests {
		if err := password.CheckHash(test.encoded); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.encoded, err, test.want)
		}
	}
}
