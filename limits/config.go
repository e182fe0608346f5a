// Package limits has the abuse limits: how often logins to an account may fail in a row,
// how many requests of a kind one client may make, and how many mails a recipient gets.
//
// An application sets [Config] in its ginauth.Config. All that is counted is a short
// record in a [Store], which is changed by compare and swap, so that the limits hold for
// all instances together. Attempts are reserved before they are made: however many run
// at once, no more than the limit get through.
package limits

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Config are the abuse limits: how often a client may fail, register or ask for
// mails. The zero value has them on, with numbers that a client which behaves never
// meets.
//
// They are per account, which is the canonical form of the address, whether or not a
// user has it; per source, which is one IPv4 address or 64 bits of an IPv6
// address, or all clients of a proxy that is not configured, for which the limits are
// ten times as high; and per recipient of mails. What is over a limit is refused with a
// [*TooManyError]; a mail is silently not sent.
type Config struct {
	// Store keeps the counts, for all instances together. Defaults to the store of
	// users, if it is a [Store], else to a [Memory] and a warning.
	Store Store

	// FreeFailures is how often in a row a login to an account may fail before the
	// next has to wait. Defaults to 5.
	FreeFailures int
	// FirstDelay is the wait after the last free failure, which doubles with each
	// further one. Defaults to 1 second.
	FirstDelay time.Duration
	// MaxDelay is the longest wait. Defaults to 15 minutes.
	MaxDelay time.Duration
	// MaxFailures in a row, at most 100, end logins with the password until it is
	// reset. Defaults to 100.
	MaxFailures int

	// LoginsPerMinute is how many logins from one source may fail in a minute.
	// Defaults to 20.
	LoginsPerMinute int
	// LoginsPerHour is how many logins from one source may fail in an hour.
	// Defaults to 200.
	LoginsPerHour int
	// RegistrationsPerHour is how many accounts one source may register in an hour,
	// together with how often it may learn that an address is taken. Defaults to 10.
	RegistrationsPerHour int
	// MailRequestsPerHour is how often one source may ask for a mail, to reset a
	// password or to verify an address, in an hour. Defaults to 10.
	MailRequestsPerHour int
	// OAuthPerMinute is how many sign-ins with OAuth one source may begin in a
	// minute. Defaults to 60.
	OAuthPerMinute int
	// RefreshesPerMinute is how often one source may use refresh tokens in a minute.
	// Defaults to 60.
	RefreshesPerMinute int
	// UnknownKeysPerMinute is how many API keys of the right form that are not there one
	// source may send in a minute; keys that are there are not limited. Defaults to 60.
	UnknownKeysPerMinute int

	// MailInterval is the time between two mails of one kind to one recipient,
	// unless the first one's token has been used. Defaults to 1 minute.
	MailInterval time.Duration
	// MailsPerHour is how many mails of all kinds one recipient gets in an hour.
	// Defaults to 5.
	MailsPerHour int
	// MailsPerDay is how many mails of all kinds one recipient gets in a day. Beyond
	// them one mail of each kind an hour is still sent, so that requests of strangers
	// do not take a reset away from the owner. Defaults to 20.
	MailsPerDay int

	// CountLoopback limits requests from the machine itself by source, too. Without
	// it developers and local tools cannot limit themselves; requests that a proxy on
	// the machine forwards are limited all the same, and the limits by account and by
	// recipient always hold. Defaults to false.
	CountLoopback bool
	// Off switches all of this off, for load tests and for applications that have
	// limits of their own. Passwords can be guessed without end then. Defaults to
	// false.
	Off bool
}

func (c Config) withDefaults() Config {
	if c.Store == nil {
		c.Store = NewMemory()
	}
	c.FreeFailures = cmp.Or(c.FreeFailures, 5)
	c.FirstDelay = cmp.Or(c.FirstDelay, time.Second)
	c.MaxDelay = cmp.Or(c.MaxDelay, 15*time.Minute)
	c.MaxFailures = cmp.Or(c.MaxFailures, 100)
	c.LoginsPerMinute = cmp.Or(c.LoginsPerMinute, 20)
	c.LoginsPerHour = cmp.Or(c.LoginsPerHour, 200)
	c.RegistrationsPerHour = cmp.Or(c.RegistrationsPerHour, 10)
	c.MailRequestsPerHour = cmp.Or(c.MailRequestsPerHour, 10)
	c.OAuthPerMinute = cmp.Or(c.OAuthPerMinute, 60)
	c.RefreshesPerMinute = cmp.Or(c.RefreshesPerMinute, 60)
	c.UnknownKeysPerMinute = cmp.Or(c.UnknownKeysPerMinute, 60)
	c.MailInterval = cmp.Or(c.MailInterval, time.Minute)
	c.MailsPerHour = cmp.Or(c.MailsPerHour, 5)
	c.MailsPerDay = cmp.Or(c.MailsPerDay, 20)
	return c
}

// check returns all mistakes, each naming its field.
func (c Config) check() error {
	var problems []error
	for _, count := range []struct {
		name  string
		value int
	}{
		{"FreeFailures", c.FreeFailures},
		{"LoginsPerMinute", c.LoginsPerMinute},
		{"LoginsPerHour", c.LoginsPerHour},
		{"RegistrationsPerHour", c.RegistrationsPerHour},
		{"MailRequestsPerHour", c.MailRequestsPerHour},
		{"OAuthPerMinute", c.OAuthPerMinute},
		{"RefreshesPerMinute", c.RefreshesPerMinute},
		{"UnknownKeysPerMinute", c.UnknownKeysPerMinute},
		{"MailsPerHour", c.MailsPerHour},
		{"MailsPerDay", c.MailsPerDay},
	} {
		if count.value < 0 {
			problems = append(problems, fmt.Errorf("Limits.%s is %d, want at least 1", count.name, count.value))
		}
	}
	if c.MaxFailures < c.FreeFailures || c.MaxFailures > maxFailures {
		problems = append(problems, fmt.Errorf("Limits.MaxFailures is %d, want FreeFailures (%d) to %d", c.MaxFailures, c.FreeFailures, maxFailures))
	}
	if c.FirstDelay < 0 {
		problems = append(problems, fmt.Errorf("Limits.FirstDelay is %v, want a positive duration", c.FirstDelay))
	}
	if c.MaxDelay < c.FirstDelay {
		problems = append(problems, fmt.Errorf("Limits.MaxDelay is %v, want at least FirstDelay (%v)", c.MaxDelay, c.FirstDelay))
	}
	if c.MailInterval < 0 {
		problems = append(problems, fmt.Errorf("Limits.MailInterval is %v, want a positive duration", c.MailInterval))
	}
	return errors.Join(problems...)
}

// maxFailures is what NIST SP 800-63B-4, 3.2.2, allows.
const maxFailures = 100

// TooManyError says that an abuse limit refused a request. It is the same whether
// or not an account exists.
type TooManyError struct {
	// RetryAfter is how long to wait before another try may succeed.
	RetryAfter time.Duration
}

// Error implements error.
func (*TooManyError) Error() string { return "limits: too many requests" }
