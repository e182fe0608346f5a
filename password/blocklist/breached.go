package blocklist

import (
	"context"
	"crypto/sha1" //nolint:gosec // it is what such services go by, and protects nothing here
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ginauth/ginauth/password"
)

const (
	// breachTime is how long a look-up may take.
	breachTime = time.Second
	// prefixLength is how many digits of the hash the service learns. Some hundred
	// known passwords share them, and countless others.
	prefixLength   = 5
	reasonBreached = "Password has appeared in a data breach"
)

// Ranges is a service that knows passwords from breaches by their hashes; [HTTP]
// asks one that many use. It is called concurrently.
type Ranges interface {
	// Range returns the known hashes that begin with prefix: 5 digits of a SHA-1 in
	// upper-case hexadecimal. Each line is the other 35 digits, which may be followed
	// by a colon and how often the password was found; a 0 there is padding. Range
	// ends soon after ctx does. Its error must not hold the prefix.
	Range(ctx context.Context, prefix string) (lines []string, err error)
}

// Breached returns a rule that refuses passwords which have been in a breach. The service
// learns 5 of the 40 digits of the password's SHA-1, and nothing about the user. It has
// one second to answer; where it does not, the password is let pass and logger, which
// defaults to slog.Default(), gets a warning: a failure of that service must not keep
// users from changing a password.
func Breached(ranges Ranges, logger *slog.Logger) password.Rule {
	if logger == nil {
		logger = slog.Default()
	}
	return func(ctx context.Context, candidate string, _ password.Owner) error {
		sum := sha1.Sum([]byte(candidate)) //nolint:gosec // see the import
		digits := strings.ToUpper(hex.EncodeToString(sum[:]))
		lines, err := askRanges(ctx, ranges, digits[:prefixLength])
		if err != nil {
			logger.LogAttrs(ctx, slog.LevelWarn, "ginauth: a password was not looked up among breached ones, and let pass",
				slog.String("error", err.Error()))
			return nil
		}
		for _, line := range lines {
			if found(line, digits[prefixLength:]) {
				return &password.Error{Reason: reasonBreached}
			}
		}
		return nil
	}
}

func askRanges(ctx context.Context, ranges Ranges, prefix string) (lines []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, breachTime)
	defer cancel()
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("blocklist: range look-up panicked: %v", cause)
		}
	}()
	return ranges.Range(ctx, prefix)
}

// found reports whether a line is about the hash with these last digits.
func found(line, digits string) bool {
	suffix, count, counted := strings.Cut(strings.TrimSpace(line), ":")
	return strings.EqualFold(suffix, digits) && (!counted || strings.TrimLeft(count, "0") != "")
}
