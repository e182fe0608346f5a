package user

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"
)

// Ban keeps a user out for a while or for good. It is part of the stored user.
type Ban struct {
	// At is when the user was banned.
	At time.Time
	// Until is when the ban ends by itself, at the latest in the year 9999; the zero time
	// means never.
	Until time.Time
	// Reason is for administrators, at most 500 characters; the user does not see it.
	Reason string
	// By is the administrator who banned the user; empty if it was the application.
	By ID
}

// maxBanReason is the greatest length of a reason, in characters.
const maxBanReason = 500

// ReasonFits reports whether Reason has at most 500 characters, none of them NUL.
func (b *Ban) ReasonFits() bool {
	return utf8.RuneCountInString(b.Reason) <= maxBanReason && strings.IndexByte(b.Reason, 0) < 0
}

// InForce reports whether the ban keeps the user out at that time. A nil ban does not.
func (b *Ban) InForce(now time.Time) bool {
	return b != nil && (b.Until.IsZero() || now.Before(b.Until))
}

// stored returns a copy of the ban, nil for the zero Ban.
func (b *Ban) stored() *Ban {
	if b.At.IsZero() {
		return nil
	}
	own := *b
	return &own
}

// Banned reports whether a ban keeps u out at that time.
func (u *User) Banned(now time.Time) bool { return u.Ban.InForce(now) }

// Barred reports whether u may not use the account at that time: it is not active, or a
// ban is in force. A ban ends at its time without any write.
func (u *User) Barred(now time.Time) bool { return !u.IsActive || u.Banned(now) }

var (
	// errBanEnded refuses a ban that would not be in force.
	errBanEnded = errors.New("user: ban: Until is not in the future")
	// errBanTooLong refuses a ban whose end has no JSON form (RFC 3339).
	errBanTooLong = errors.New("user: ban: Until is later than the year 9999")
)

// Ban keeps u out until ban.Until, or for good, and returns the user afterwards. It
// replaces a ban that u has. ban.At is set to the current time. One atomic write ends
// all tokens of u; then AfterUpdate runs with "ban". Errors: [ErrLastSuperuser]
// where the policy keeps one; [ErrNotFound] when the user is gone.
func (m *Manager) Ban(ctx context.Context, u *User, ban Ban) (*User, error) {
	ban.At = m.time()
	if !ban.InForce(ban.At) {
		return nil, errBanEnded
	}
	ban.Until = ban.Until.UTC().Truncate(time.Millisecond)
	if ban.Until.Year() > 9999 {
		return nil, errBanTooLong
	}
	note := map[string]string{"reason": ban.Reason}
	if !ban.Until.IsZero() {
		note["until"] = ban.Until.Format(time.RFC3339)
	}
	after, err := m.changeBan(ctx, u, Event{Kind: EventBanned, User: u.ID, Note: note}, Update{
		Ban: &ban, EndTokens: true, KeyVersionUp: true, KeepSuperuser: m.policy.KeepOneSuperuser,
	})
	if err != nil {
		return nil, err
	}
	m.deleteDeadTokens(ctx, u.ID, "")
	m.afterUpdate(ctx, after, []string{"ban"})
	return after, nil
}

// Unban lifts the ban of u and returns the user afterwards. Nothing is written where u
// has none. Then AfterUpdate runs with "ban". It returns [ErrNotFound] when the user is
// gone.
func (m *Manager) Unban(ctx context.Context, u *User) (*User, error) {
	if u.Ban == nil {
		return u, nil
	}
	after, err := m.changeBan(ctx, u, Event{Kind: EventUnbanned, User: u.ID}, Update{Ban: &Ban{}})
	if err != nil {
		return nil, err
	}
	m.afterUpdate(ctx, after, []string{"ban"})
	return after, nil
}

func (m *Manager) changeBan(ctx context.Context, u *User, e Event, update Update) (*User, error) {
	ctx = context.WithoutCancel(ctx)
	if err := m.Require(ctx, &e); err != nil {
		return nil, err
	}
	after, err := m.update(ctx, u, update)
	if err != nil {
		return nil, err
	}
	m.Emit(ctx, e)
	return after, nil
}
