package user

import (
	"context"
	"time"
)

// AttemptFactor calls run, in which u answers with the factor of that name and
// completes a login, unless failures in a row refuse that with a [*TooManyError]:
// every factor of an account has a row of its own, over all its login tokens, with
// the numbers of [Limits] for passwords. [ErrBadFactor] is a failure, nil ends the
// row, and any other error leaves it as it was. The place in the row is reserved
// before run. From the fifth failure in a row on (Limits.FreeFailures) the user has to
// learn that somebody seems to know the password.
func (m *Manager) AttemptFactor(ctx context.Context, u *User, factor string, run func() error) error {
	a, err := m.limits.attemptAt(ctx, m.limits.factorKey(u, factor), "")
	if err != nil {
		return err
	}
	err = run()
	a.end(ctx, u, err)
	if a != nil && a.inRow >= m.limits.FreeFailures {
		m.passwordKnown(ctx, u)
	}
	return err
}

// ForgetFactorFailures ends the row of failures of a user's factor.
func (m *Manager) ForgetFactorFailures(ctx context.Context, u *User, factor string) {
	m.limits.forgetRow(ctx, m.limits.factorKey(u, factor))
}

func (l *limiter) factorKey(u *User, factor string) string {
	if l == nil {
		return ""
	}
	return l.name("factor", string(u.ID)+"\x00"+factor)
}

// loggedIn ends the row of failed logins of a user whose login needed one more factor:
// the right password alone does not.
func (l *limiter) loggedIn(ctx context.Context, u *User) {
	if l == nil {
		return
	}
	ctx, cancel := aside(ctx, limitTime)
	defer cancel()
	network := l.network(ctx)
	l.ignore(ctx, "login", changeNow(ctx, l, l.name("login", u.EmailKey), func(record *accountLimit, now time.Time) (time.Duration, error) {
		row, _ := record.triesOf(network, now)
		row.Failed = 0
		record.note(network, now)
		return record.keep(&l.Limits), nil
	}))
}
