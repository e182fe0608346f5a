package user

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Limits are the abuse limits: how often somebody may fail, register or ask for
// mails. The zero value has them on, with numbers no client that behaves ever
// meets.
//
// They count by account, which is the canonical form of the address, whether or
// not anybody has it; by source, which is one IPv4 address or 64 bits of an IPv6
// address, or all clients of a proxy that is not configured, for whom the limits are
// ten times as high; and by recipient of mails. What is over a limit is refused with a
// [*TooManyError]; a mail is silently not sent.
type Limits struct {
	// Store keeps the counts, for all instances together. Defaults to the store of
	// users, if it is a [LimitStore], else to a [MemoryLimits] and a warning.
	Store LimitStore

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

	lease time.Duration // how long an attempt may take
}

func (l Limits) withDefaults(store Store) Limits {
	if own, ok := store.(LimitStore); ok && l.Store == nil {
		l.Store = own
	}
	l.FreeFailures = cmp.Or(l.FreeFailures, 5)
	l.FirstDelay = cmp.Or(l.FirstDelay, time.Second)
	l.MaxDelay = cmp.Or(l.MaxDelay, 15*time.Minute)
	l.MaxFailures = cmp.Or(l.MaxFailures, 100)
	l.LoginsPerMinute = cmp.Or(l.LoginsPerMinute, 20)
	l.LoginsPerHour = cmp.Or(l.LoginsPerHour, 200)
	l.RegistrationsPerHour = cmp.Or(l.RegistrationsPerHour, 10)
	l.MailRequestsPerHour = cmp.Or(l.MailRequestsPerHour, 10)
	l.OAuthPerMinute = cmp.Or(l.OAuthPerMinute, 60)
	l.MailInterval = cmp.Or(l.MailInterval, time.Minute)
	l.MailsPerHour = cmp.Or(l.MailsPerHour, 5)
	l.MailsPerDay = cmp.Or(l.MailsPerDay, 20)
	return l
}

// check returns all mistakes, each naming its field.
func (l Limits) check() error {
	var problems []error
	for _, count := range []struct {
		name  string
		value int
	}{
		{"FreeFailures", l.FreeFailures},
		{"LoginsPerMinute", l.LoginsPerMinute},
		{"LoginsPerHour", l.LoginsPerHour},
		{"RegistrationsPerHour", l.RegistrationsPerHour},
		{"MailRequestsPerHour", l.MailRequestsPerHour},
		{"OAuthPerMinute", l.OAuthPerMinute},
		{"MailsPerHour", l.MailsPerHour},
		{"MailsPerDay", l.MailsPerDay},
	} {
		if count.value < 0 {
			problems = append(problems, fmt.Errorf("Limits.%s is %d, want at least 1", count.name, count.value))
		}
	}
	if l.MaxFailures < l.FreeFailures || l.MaxFailures > maxFailures {
		problems = append(problems, fmt.Errorf("Limits.MaxFailures is %d, want FreeFailures (%d) to %d", l.MaxFailures, l.FreeFailures, maxFailures))
	}
	if l.FirstDelay < 0 {
		problems = append(problems, fmt.Errorf("Limits.FirstDelay is %v, want a positive duration", l.FirstDelay))
	}
	if l.MaxDelay < l.FirstDelay {
		problems = append(problems, fmt.Errorf("Limits.MaxDelay is %v, want at least FirstDelay (%v)", l.MaxDelay, l.FirstDelay))
	}
	if l.MailInterval < 0 {
		problems = append(problems, fmt.Errorf("Limits.MailInterval is %v, want a positive duration", l.MailInterval))
	}
	return errors.Join(problems...)
}

// maxFailures is what NIST SP 800-63B-4, 3.2.2, allows.
const maxFailures = 100

// TooManyError says that an abuse limit refused something. It is the same whether
// or not an account exists.
type TooManyError struct {
	// RetryAfter is how long to wait before another try may succeed.
	RetryAfter time.Duration
}

// Error implements error.
func (*TooManyError) Error() string { return "user: too many requests" }
