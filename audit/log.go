package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ginauth/ginauth/user"
	"github.com/ginauth/ginauth/user/records"
)

// DefaultRetention is how long events are kept where nothing else is configured.
const DefaultRetention = 400 * 24 * time.Hour

// IPs is how much of client addresses is kept.
type IPs string

// How much of a client's address is kept: all of it, its network (24 bits of IPv4, 48 of
// IPv6), or nothing.
const (
	Full      IPs = ""
	Truncated IPs = "truncated"
	None      IPs = "none"
)

// Config is how a [Log] keeps events.
type Config struct {
	// Retention is how long an event is kept. Defaults to [DefaultRetention].
	Retention time.Duration
	// IP is how much is kept of the addresses of clients. Defaults to Full.
	IP IPs
	// Kinds are the kinds that are kept. Defaults to all but refreshed, of which every
	// client causes one each time that its access token has expired. What has to be
	// recorded, see [Log.Record], is kept whatever its kind.
	Kinds []user.EventKind
	// Now tells the time. Defaults to time.Now.
	Now func() time.Time
	// Logger takes what could not be stored. Defaults to slog.Default().
	Logger *slog.Logger
}

// Log keeps events in an [EventStore]. [Log.Sink] is for ginauth.Config.OnEvent and
// [Log.Record] for OnRequiredEvent. It is safe for concurrent use.
type Log struct {
	store   EventStore
	config  Config
	notices atomic.Pointer[notices] // nil until NotifyLogins
}

// NewLog returns a Log over store, or all mistakes of config joined, each naming its field.
func NewLog(store EventStore, config Config) (*Log, error) {
	var problems []error
	if store == nil {
		problems = append(problems, errors.New("the store is missing"))
	}
	if config.Retention == 0 {
		config.Retention = DefaultRetention
	}
	if config.Retention < time.Hour {
		problems = append(problems, fmt.Errorf("Config.Retention is %v, want at least an hour", config.Retention))
	}
	if !slices.Contains([]IPs{Full, Truncated, None}, config.IP) {
		problems = append(problems, fmt.Errorf("Config.IP is %q, want Full, Truncated or None", config.IP))
	}
	for i, kind := range config.Kinds {
		if kind == "" {
			problems = append(problems, fmt.Errorf("Config.Kinds[%d] is empty", i))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("audit: invalid configuration:\n%w", err)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	config.Kinds = slices.Clone(config.Kinds)
	return &Log{store: store, config: config}, nil
}

// Sink stores an event of one of Config.Kinds; what cannot be stored is logged. It is a
// sink for ginauth.Config.OnEvent. When a user has been deleted, what identifies the
// person goes from the events, see [Log.Forget]: their order makes this the last one.
func (l *Log) Sink(ctx context.Context, e user.Event) {
	if e.Kind == user.EventLogin && e.Outcome == user.OutcomeOK {
		l.complain(ctx, e, l.noticeLogin(ctx, e))
	}
	if l.keeps(e.Kind) {
		l.complain(ctx, e, l.store.AddEvent(ctx, l.record(e)))
	}
	if e.Kind == user.EventDeleted && e.Outcome == user.OutcomeOK {
		l.complain(ctx, e, l.store.ForgetEvents(ctx, e.User))
	}
}

// Record stores an event and returns when it cannot be lost any more. It is for
// ginauth.Config.OnRequiredEvent.
func (l *Log) Record(ctx context.Context, e user.Event) error {
	r := l.record(e)
	r.Required = true
	return l.store.AddEvent(ctx, r)
}

// Events returns the events that match q; see [EventStore]. Its Now is that of the Log.
func (l *Log) Events(ctx context.Context, q Query) (events []user.Event, more bool, err error) {
	q.Now = l.config.Now().UTC()
	return l.store.Events(ctx, q)
}

// Forget removes the address, the client's address and the user agent from all events
// about a user. The events stay, and the user's ID in them names nobody any more.
func (l *Log) Forget(ctx context.Context, id user.ID) error { return l.store.ForgetEvents(ctx, id) }

// Owned is what a Log keeps of a user, for [user.Manager.Own]: events are forgotten when
// the user is deleted, and stay when an account changes hands, as they say so.
func (l *Log) Owned() user.Owned {
	return user.Owned{Name: "events", Delete: func(ctx context.Context, id user.ID, before int64) error {
		if before != records.EveryOwner {
			return nil
		}
		return l.Forget(ctx, id)
	}}
}

func (l *Log) keeps(kind user.EventKind) bool {
	if len(l.config.Kinds) == 0 {
		return kind != user.EventRefreshed
	}
	return slices.Contains(l.config.Kinds, kind)
}

func (l *Log) record(e user.Event) Record {
	e.At = e.At.UTC().Truncate(time.Millisecond)
	e.IP = l.config.IP.of(e.IP)
	return Record{Event: e, ExpiresAt: e.At.Add(l.config.Retention)}
}

func (l *Log) complain(ctx context.Context, e user.Event, err error) {
	if err != nil {
		l.config.Logger.LogAttrs(ctx, slog.LevelError, "ginauth: event was not stored",
			slog.String("id", e.ID), slog.String("kind", string(e.Kind)), slog.String("error", err.Error()))
	}
}

// of returns what is kept of an address. A text that is none is not kept truncated.
func (i IPs) of(text string) string {
	switch i {
	case None:
		return ""
	case Full:
		return text
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	address = address.Unmap().WithZone("")
	bits := 48
	if address.Is4() {
		bits = 24
	}
	prefix, err := address.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.Addr().String()
}
