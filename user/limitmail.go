package user

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// admitsMail reports whether u may get another mail of a kind now, and counts it.
// Where the store does not answer, the mail is sent.
func (l *limiter) admitsMail(ctx context.Context, kind MailKind, u *User) bool {
	if l == nil {
		return true
	}
	ctx, cancel := aside(ctx, limitTime)
	defer cancel()
	err := change(ctx, l, l.name("recipient", u.EmailKey), func(record *mailTally, now time.Time) (time.Duration, error) {
		return max(24*time.Hour, l.MailInterval), record.send(&l.Limits, string(kind), now)
	})
	var many *TooManyError
	if errors.As(err, &many) {
		l.logger.LogAttrs(ctx, slog.LevelInfo, "ginauth: mail was not sent: the recipient has had enough of them",
			slog.String("kind", string(kind)), slog.String("user", string(u.ID)))
		return false
	}
	l.ignore(ctx, "recipient", err)
	return true
}

// noticeInterval is the time in which a recipient gets one notice of a kind.
const noticeInterval = time.Hour

// admitsNotice is admitsMail for notices. They are counted by themselves, so that they
// never use up the mails that let a user in again, nor those them.
func (l *limiter) admitsNotice(ctx context.Context, kind MailKind, u *User) bool {
	if l == nil {
		return true
	}
	ctx, cancel := aside(ctx, limitTime)
	defer cancel()
	err := change(ctx, l, l.name("notices", u.EmailKey), func(record *mailTally, now time.Time) (time.Duration, error) {
		return noticeInterval, record.once(string(kind), noticeInterval, now)
	})
	if errors.As(err, new(*TooManyError)) {
		return false
	}
	l.ignore(ctx, "notices", err)
	return true
}

// usedMail notes that u has got, and used, the last mail of a kind: who asks again
// is not waiting for it.
func (l *limiter) usedMail(ctx context.Context, kind MailKind, u *User) {
	if l == nil {
		return
	}
	ctx, cancel := aside(ctx, limitTime)
	defer cancel()
	l.ignore(ctx, "recipient", changeNow(ctx, l, l.name("recipient", u.EmailKey), func(record *mailTally, _ time.Time) (time.Duration, error) {
		delete(record.Last, string(kind))
		return max(24*time.Hour, l.MailInterval), nil
	}))
}
