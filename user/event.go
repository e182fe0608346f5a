package user

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Event is one decision about an account: a login, a refusal with its reason, a change
// with its author. It never holds a secret, a token or a password. See [Manager.Emit].
type Event struct {
	// ID is a UUID of version 7: it sorts by time, and a sink that gets an event twice
	// recognises it.
	ID   string
	Kind EventKind
	At   time.Time
	// Outcome is how the decision went. Defaults to [OutcomeOK].
	Outcome Outcome
	// Code is the code of the answer where the request was refused, limited or failed.
	// It is empty where the answer has none, as for a body that could not be read.
	Code string

	// User is the account the event is about; empty if there is none or it is unknown.
	User ID
	// Actor is the logged-in user who made the request; empty without a login.
	Actor ID
	// Email is an address where no user is known, and in events about a change of
	// address the one that User had before or has asked for.
	Email string

	// Backend is the backend that was asked, or that authenticated the request.
	Backend string
	// Methods are the methods of a login.
	Methods []Method
	// Session is the handle of a session that was begun, refreshed or ended, as the routes
	// for sessions show it. Logins by a JWT without a record have none.
	Session string

	// IP and UserAgent are the client's. UserAgent is what the client sent, up to 512 bytes.
	IP        string
	UserAgent string
	// RequestID is the X-Request-Id of the request, if it has one.
	RequestID string

	// Fields are the JSON names of the fields that changed, in the order of the user's JSON.
	Fields []string
	// Before and After are the values of flags and roles that changed, by JSON name. No
	// other values are in an event.
	Before, After map[string]string
	// Note says more. Its keys are "reason", "provider", "credential" (a handle),
	// "left", "scopes", "route" (a method and a pattern) and "count".
	Note map[string]string
}

// Outcome is how a decision went.
type Outcome string

// The outcomes. A refused request was answered 4xx, a limited one 429, a failed one
// 5xx.
const (
	OutcomeOK      Outcome = "ok"
	OutcomeRefused Outcome = "refused"
	OutcomeLimited Outcome = "limited"
	OutcomeFailed  Outcome = "failed"
)

// OutcomeOf returns the outcome of a request that was answered with status.
func OutcomeOf(status int) Outcome {
	switch {
	case status == 429:
		return OutcomeLimited
	case status >= 500:
		return OutcomeFailed
	case status >= 400:
		return OutcomeRefused
	}
	return OutcomeOK
}

// String returns kind, outcome, code and user, and nothing that a client sent.
func (e Event) String() string {
	parts := []string{string(e.Kind), string(e.Outcome)}
	if e.Code != "" {
		parts = append(parts, e.Code)
	}
	if e.User != "" {
		parts = append(parts, "user "+string(e.User))
	}
	return strings.Join(parts, " ")
}

// Format prints e as [Event.String] does, whatever the verb.
func (e Event) Format(state fmt.State, _ rune) { fmt.Fprint(state, e.String()) }

// LogValue logs what can be in any log: no address of a person, and of what a client
// sent its network address only. A sink that is to hold everything reads the fields.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("id", e.ID), slog.String("kind", string(e.Kind)), slog.String("outcome", string(e.Outcome)),
	}
	for _, text := range []struct{ name, value string }{
		{"code", e.Code}, {"user", string(e.User)}, {"actor", string(e.Actor)}, {"backend", e.Backend},
		{"session", e.Session}, {"ip", e.IP}, {"request_id", e.RequestID}, {"fields", strings.Join(e.Fields, " ")},
	} {
		if text.value != "" {
			attrs = append(attrs, slog.String(text.name, text.value))
		}
	}
	for _, values := range []struct {
		name   string
		values map[string]string
	}{{"before", e.Before}, {"after", e.After}, {"note", e.Note}} {
		if len(values.values) > 0 {
			attrs = append(attrs, slog.Any(values.name, values.values))
		}
	}
	return slog.GroupValue(attrs...)
}

// newEventID returns a UUID of version 7 (RFC 9562, section 5.7) of that time. The twelve
// bits after the milliseconds are a fraction of one (section 6.2, method 3), so that the
// events of a user sort in their order.
func newEventID(now time.Time) string {
	var id [16]byte
	rand.Read(id[:])                                               // never fails: it ends the process instead
	binary.BigEndian.PutUint32(id[:], uint32(now.UnixMilli()>>16)) //nolint:gosec // the upper 32 of 48 bits
	binary.BigEndian.PutUint16(id[4:], uint16(now.UnixMilli()))    //nolint:gosec // the lower 16
	fraction := uint16(now.Nanosecond() % 1e6 * 4096 / 1e6)        //nolint:gosec // below 4096
	binary.BigEndian.PutUint16(id[6:], 0x7000|fraction)
	id[8] = id[8]&0x3f | 0x80
	text := make([]byte, 36)
	hex.Encode(text, id[:4])
	for i, at := range []int{4, 6, 8, 10} {
		start := 9 + 5*i
		text[start-1] = '-'
		hex.Encode(text[start:], id[at:at+2])
	}
	text[23] = '-'
	hex.Encode(text[24:], id[10:])
	return string(text)
}
