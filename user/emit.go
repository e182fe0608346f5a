package user

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ginauth/ginauth/internal/uuidv7"
	"github.com/ginauth/ginauth/user/records"
)

// Emit records a decision that has been made: it is logged at level Debug and handed to
// OnEvent, off the request. Empty fields of e are filled in: the ID, the time, and from
// ctx the client, the backend, the actor and the user the request is about. Every
// operation of a Manager emits its own events; Emit is for decisions made elsewhere. It
// returns at once; OnEvent gets events that follow each other closely together, up to 10
// milliseconds later. When the queue is full the event is dropped and the loss is logged.
func (m *Manager) Emit(ctx context.Context, e Event) {
	debug := m.logger.Enabled(ctx, slog.LevelDebug)
	if m.events == nil && !debug && m.trace.Event == nil {
		return
	}
	m.fillIn(ctx, &e)
	if debug {
		m.logger.LogAttrs(ctx, slog.LevelDebug, "ginauth: event", slog.Any("event", e))
	}
	if m.trace.Event != nil {
		m.traceEvent(ctx, e)
	}
	if m.events != nil {
		m.events.push(&e)
	}
}

// Require records a decision before it takes effect, where its kind is one of
// RequiredEvents: it calls OnRequiredEvent, in the time that stores have. An error
// means that the decision must not be made; it Is [ErrUnavailable]. Emit the same e
// when the decision has been made: its ID stays.
func (m *Manager) Require(ctx context.Context, e *Event) error {
	if !slices.Contains(m.requiredEvents, e.Kind) {
		return nil
	}
	m.fillIn(ctx, e)
	err := records.StoreDo(ctx, func(ctx context.Context) error {
		return containedQuietly("OnRequiredEvent", func() error { return m.onRequiredEvent(ctx, *e) })
	})
	if err != nil {
		// Whatever the application's error is, it is no answer of a store.
		return fmt.Errorf("%w: event %s was not recorded: %v", ErrUnavailable, e.Kind, err) //nolint:errorlint // see above
	}
	return nil
}

// Requires reports whether events of that kind have to be recorded; see [Manager.Require].
func (m *Manager) Requires(kind EventKind) bool { return slices.Contains(m.requiredEvents, kind) }

// requireAll is Require for the events of one decision.
func (m *Manager) requireAll(ctx context.Context, events []Event) error {
	for i := range events {
		if err := m.Require(ctx, &events[i]); err != nil {
			return err
		}
	}
	return nil
}

func (m *Manager) emitAll(ctx context.Context, events []Event) {
	for _, e := range events {
		m.Emit(ctx, e)
	}
}

// EventsDropped returns how many events were lost since the start.
func (m *Manager) EventsDropped() uint64 { return m.events.Dropped() }

// fillIn fills in what e leaves open. An event with an ID stays as it is.
func (m *Manager) fillIn(ctx context.Context, e *Event) {
	if e.ID != "" {
		return
	}
	now := e.At
	if now.IsZero() {
		now = m.now().UTC()
		e.At = now.Truncate(time.Millisecond)
	}
	e.ID = uuidv7.New(now)
	if e.Outcome == "" {
		e.Outcome = OutcomeOK
	}
	if e.Methods == nil {
		e.Methods = LoginFrom(ctx).Methods
	}
	request := RequestFrom(ctx)
	e.IP, e.UserAgent, e.RequestID = request.ClientIP, shortened(request.UserAgent, maxUserAgentBytes), request.RequestID
	if e.Backend == "" {
		e.Backend = request.Backend
	}
	actor, subject := partiesOf(ctx)
	if e.Actor == "" && actor != nil {
		e.Actor = actor.ID
	}
	if e.User == "" && e.Email == "" && subject != nil {
		e.User = subject.ID
		if e.User == "" {
			e.Email = subject.Email
		}
	}
}

// shortened returns the first bytes of text that are whole characters.
func shortened(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// checkEvents returns what is wrong with the configuration of events.
func (c ManagerConfig) checkEvents() error {
	var problems []error
	for i, kind := range c.RequiredEvents {
		if kind == "" || kind.reports() {
			problems = append(problems, fmt.Errorf("RequiredEvents[%d] is %q, which has no effect that could wait for it", i, kind))
		}
	}
	switch {
	case len(c.RequiredEvents) > 0 && c.OnRequiredEvent == nil:
		problems = append(problems, errors.New("OnRequiredEvent is missing, but RequiredEvents are set"))
	case len(c.RequiredEvents) == 0 && c.OnRequiredEvent != nil:
		problems = append(problems, errors.New("RequiredEvents is empty, but OnRequiredEvent is set"))
	}
	return errors.Join(problems...)
}

// flagsOf returns the flags named, as texts.
func flagsOf(u *User, names []string) map[string]string {
	all := map[string]bool{"is_active": u.IsActive, "is_superuser": u.IsSuperuser, "is_verified": u.IsVerified}
	flags := map[string]string{}
	for _, name := range names {
		flags[name] = fmt.Sprint(all[name])
	}
	return flags
}

// rolesText returns role names as one text.
func rolesText(names []string) map[string]string {
	return map[string]string{"roles": strings.Join(names, " ")}
}

// isFlag reports whether name is the JSON name of a flag.
func isFlag(name string) bool {
	return name == "is_active" || name == "is_superuser" || name == "is_verified"
}

// eventsOf returns the events of a change of before's fields, of which update is the
// write: one for each of password, address, flags and the other fields.
func eventsOf(before *User, update Update, changed []string) []Event {
	var events []Event
	var flags, others []string
	for _, name := range changed {
		switch {
		case name == "password":
			events = append(events, Event{Kind: EventPasswordChanged, User: before.ID, Fields: []string{name}})
		case name == "email":
			events = append(events, Event{Kind: EventEmailChanged, User: before.ID, Email: before.Email, Fields: []string{name}})
		case name == "roles":
			events = append(events, Event{
				Kind: EventRoleChanged, User: before.ID, Fields: []string{name},
				Before: rolesText(before.Roles), After: rolesText(*update.Roles),
			})
		case isFlag(name):
			flags = append(flags, name)
		default:
			others = append(others, name)
		}
	}
	if len(flags) > 0 {
		after := *before
		for name, flag := range map[*bool]*bool{&after.IsActive: update.IsActive, &after.IsSuperuser: update.IsSuperuser, &after.IsVerified: update.IsVerified} {
			if flag != nil {
				*name = *flag
			}
		}
		events = append(events, Event{
			Kind: EventFlagChanged, User: before.ID, Fields: flags, Before: flagsOf(before, flags), After: flagsOf(&after, flags),
		})
	}
	if len(others) > 0 {
		events = append(events, Event{Kind: EventUpdated, User: before.ID, Fields: others})
	}
	return events
}
