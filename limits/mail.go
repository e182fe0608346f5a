package limits

import (
	"context"
	"errors"
	"time"
)

// noticeInterval is the time in which a recipient gets one notice of a kind.
const noticeInterval = time.Hour

// AdmitsMail reports whether a recipient may get another mail of a kind now, and
// counts it. If the store does not answer, the mail is admitted.
func (l *Limiter) AdmitsMail(ctx context.Context, kind, to string) bool {
	if l == nil {
		return true
	}
	ctx, cancel := aside(ctx, limitTime)
	defer cancel()
	err := change(ctx, l, l.name("recipient", to), func(record *recipient, now time.Time) (time.Duration, error) {
		return l.mailKeep(), record.send(&l.settings, kind, now)
	})
	return l.admitted(ctx, "recipient", err)
}

// AdmitsNotice is AdmitsMail for notices. They are counted on their own, so that they
// never use up the mails that let a user log in again, nor those the notices.
func (l *Limiter) AdmitsNotice(ctx context.Context, kind, to string) bool {
	if l == nil {
		return true
	}
	ctx, cancel := aside(ctx, limitTime)
	defer cancel()
	err := change(ctx, l, l.name("notices", to), func(record *recipient, now time.Time) (time.Duration, error) {
		return noticeInterval, record.once(kind, noticeInterval, now)
	})
	return l.admitted(ctx, "notices", err)
}

func (l *Limiter) admitted(ctx context.Context, what string, err error) bool {
	if errors.As(err, new(*TooManyError)) {
		return false
	}
	l.ignore(ctx, what, err)
	return true
}

// MailUsed records that a recipient has used the last mail of a kind, so that a further
// request is not made for want of that mail.
func (l *Limiter) MailUsed(ctx context.Context, kind, to string) {
	if l == nil {
		return
	}
	ctx, cancel := aside(ctx, limitTime)
	defer cancel()
	l.ignore(ctx, "recipient", changeNow(ctx, l, l.name("recipient", to), func(record *recipient, _ time.Time) (time.Duration, error) {
		delete(record.Last, kind)
		return l.mailKeep(), nil
	}))
}

func (c *settings) mailRates() rates {
	return rates{each: []rate{{c.MailsPerHour, time.Hour}, {c.MailsPerDay, 24 * time.Hour}}, lease: c.lease}
}

func (c *settings) mailKeep() time.Duration { return max(24*time.Hour, c.MailInterval) }

// recipient is the record of a recipient of mails.
type recipient struct {
	counter
	// Last is when the last mail of a kind was sent whose token was not used.
	Last map[string]stamp `json:"l,omitempty"`
}

// send counts a mail of a kind. Beyond the day's number one of each kind an hour is
// still sent: otherwise strangers who ask for mails to a user could prevent a reset for
// the rest of the day.
func (m *recipient) send(c *settings, kind string, now time.Time) error {
	if sent, waiting := m.Last[kind]; waiting && sent.age(now) < c.MailInterval {
		return &TooManyError{RetryAfter: c.MailInterval - sent.age(now)}
	}
	r := c.mailRates()
	m.tidy(r, now)
	if day := &r.each[1]; m.Windows[1].N >= day.max {
		if sent, waiting := m.Last[kind]; waiting && sent.age(now) < time.Hour {
			return &TooManyError{RetryAfter: time.Hour - sent.age(now)}
		}
		day.max = m.Windows[1].N + 1
	}
	if err := m.take(r, now); err != nil {
		return err
	}
	return m.once(kind, 0, now)
}

// once notes that a mail of a kind is sent, unless the last one is younger than interval.
func (m *recipient) once(kind string, interval time.Duration, now time.Time) error {
	if sent, waiting := m.Last[kind]; waiting && sent.age(now) < interval {
		return &TooManyError{RetryAfter: interval - sent.age(now)}
	}
	if m.Last == nil {
		m.Last = map[string]stamp{}
	}
	m.Last[kind] = stampOf(now)
	return nil
}
