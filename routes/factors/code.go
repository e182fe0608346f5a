package factors

import (
	"crypto/subtle"
	"strings"
	"time"
	"unicode"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/ginauth/ginauth/user/secrets"
)

const (
	// period is the length of a time step (RFC 6238, section 4.1), digits that of a code.
	period = 30 * time.Second
	digits = otp.DigitsSix
)

// stepAt returns the time step of at.
func stepAt(at time.Time) int64 { return at.Unix() / int64(period/time.Second) }

// codeAt returns the code of a time step. secret is in base 32.
func codeAt(secret string, step int64) (string, error) {
	return hotp.GenerateCodeCustom(secret, uint64(max(0, step)), hotp.ValidateOpts{Digits: digits, Algorithm: otp.AlgorithmSHA1})
}

// matchingStep returns the step within one of now whose code is code; of several the last
// one. All are computed and compared, so that the time it takes does not show which.
func matchingStep(secret, code string, now time.Time) (step int64, found bool, err error) {
	present := stepAt(now)
	for candidate := present - 1; candidate <= present+1; candidate++ {
		expected, err := codeAt(secret, candidate)
		if err != nil {
			return 0, false, err
		}
		if subtle.ConstantTimeCompare([]byte(expected), []byte(code)) == 1 {
			step, found = candidate, true
		}
	}
	return step, found, nil
}

// typed returns a code without what people put between its characters.
func typed(code secrets.Secret) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, string(code))
}
