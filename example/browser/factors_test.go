package browser_test

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// authenticator is an app on a phone.
type authenticator struct {
	secret string
	last   int64 // the time step of the code it showed last
	// recovery are the codes for its loss, of which the first is used next.
	recovery []string
}

// code returns a code that was not used before: of this time step, or of the next, which
// is accepted early.
func (a *authenticator) code(t *testing.T) string {
	t.Helper()
	a.last = max(a.last+1, time.Now().Unix()/30)
	code, err := totp.GenerateCode(a.secret, time.Unix(a.last*30, 0))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (a *authenticator) recoveryCode() string {
	first := a.recovery[0]
	a.recovery = a.recovery[1:]
	return first
}
