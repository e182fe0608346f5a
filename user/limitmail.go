package user

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// admitsMail reports whether u may get another mail of a kind now, and counts it.
// Where the store does not answer, the mail is sent.
func (l *limiter) admitsMail(ctx context.Context, kind string, u *User) bool {
	if l == nil {
		return true
	}
	ctx, cancel := aside(ctx, limitTime)
	defer cancel()
	err := change(ctx, l, l.name("recipient", u.EmailKey), func(record *mailTally, now time.Time) (time.Duration, error) {
		return max(24*time.Hour, l.MailInterval), record.send(&l.Limits, kind, now)
	})
	var many *TooManyError
	if errors.As(err, &many) {
		l.logger.LogAttrs(ctx, slog.LevelInfo, "ginauth: mail was not sent: the recipient has had enough of them",
			slog.String("hook", kind), slog.String("user", string(u.ID)))
		return false
	}
	l.ignore(ctx, "recipient", err)
	return true
}

// usedMail notes that u has got, and used, the last mail of a kind: who asks again
// is not waiting for it.
func (l *limiter) usedMail(ctx context.Context, kind string, u *User) {
	if l == nil {
		return
	}
	ctx, cancel := aside(ctx, limitTime)
	defer cancel()
	l.ignore(ctx, "recipient", changeNow(ctx, l, l.name("recipient", u.EmailKey), func(record *mailTally, _ time.Time) (time.Duration, error) {
		delete(record.Last, kind)
		return max(24*time.Hour, l.MailInterval), nil
	}))
}
