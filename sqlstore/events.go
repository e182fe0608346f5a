package sqlstore

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/user"
)

const (
	eventList = `id, at, kind, outcome, code, user_id, actor_id, email, backend, methods, session, ip, user_agent, request_id,` +
		` fields, before, after, note`
	forgetEvents = `UPDATE events SET email = '', ip = '', user_agent = '' WHERE user_id = $1`
)

var addEvent = `INSERT INTO events (` + eventList + `, expires_at) VALUES ` + places(19) + ` ON CONFLICT (id) DO NOTHING`

// AddEvent implements [audit.EventStore]. What is no text, as a client may send it, is
// stored with U+FFFD in its place. All records outlive the failure of a server alike.
func (s *Store) AddEvent(ctx context.Context, r audit.Record) error {
	ctx, cancel := limit(ctx)
	defer cancel()
	s.tidySometimes()
	_, err := s.write(ctx, "add event", addEvent, noted(r.ID), s.engine.at(r.At), noted(r.Kind), noted(r.Outcome), noted(r.Code),
		noted(r.User), noted(r.Actor), noted(r.Email), noted(r.Backend), list(r.Methods), noted(r.Session), noted(r.IP),
		noted(r.UserAgent), noted(r.RequestID), list(r.Fields), pairs(r.Before), pairs(r.After), pairs(r.Note), s.engine.at(r.ExpiresAt))
	return err
}

// noted is name for texts that an event must not be lost for.
func noted[T ~string](value T) string {
	return escapes.Replace(strings.ToValidUTF8(string(value), "\uFFFD"))
}

// pairs returns values as a JSON object, or NULL where there are none.
func pairs(values map[string]string) any {
	if len(values) == 0 {
		return nil
	}
	stored := make(map[string]string, len(values))
	for key, value := range values {
		stored[noted(key)] = noted(value)
	}
	object, err := json.Marshal(stored)
	if err != nil {
		return unstorable("a note has no JSON form")
	}
	return string(object)
}

// unpaired reads what pairs has made.
func unpaired(object []byte) (map[string]string, error) {
	if object == nil {
		return nil, nil
	}
	var stored map[string]string
	if err := json.Unmarshal(object, &stored); err != nil {
		return nil, err
	}
	values := make(map[string]string, len(stored))
	for key, value := range stored {
		values[unescapes.Replace(key)] = unescapes.Replace(value)
	}
	return values, nil
}

// Events implements [audit.EventStore].
func (s *Store) Events(ctx context.Context, q audit.Query) (events []user.Event, more bool, err error) {
	kinds := slices.DeleteFunc(slices.Clone(q.Kinds), func(kind user.EventKind) bool { return !isName(kind) })
	if !isName(string(q.User), string(q.Outcome), q.After.ID) || len(kinds) < len(q.Kinds) && len(kinds) == 0 {
		return nil, false, ctx.Err() // no event has it
	}
	q.Kinds = kinds
	ctx, cancel := limit(ctx)
	defer cancel()
	most := max(q.Limit, 1)
	b := s.engine.eventsBy(q, most+1)
	events, err = read(ctx, s, "list events", b.String(), b.args, scanEvent)
	return events[:min(most, len(events))], len(events) > most, err
}

// eventsBy returns the statement that reads the first n events of a query.
func (e Engine) eventsBy(q audit.Query, n int) *statement {
	var b statement
	// Said with NOT, so that SQLite does not take the index over expires_at and sort.
	b.add(`SELECT `+eventList+` FROM events WHERE NOT expires_at <= ?`, e.at(q.Now))
	if q.User != "" {
		b.add(` AND user_id = ?`, name(q.User))
	}
	if len(q.Kinds) > 0 {
		b.add(` AND kind IN (`)
		for i, kind := range q.Kinds {
			if i > 0 {
				b.add(`, `)
			}
			b.add(`?`, name(kind))
		}
		b.add(`)`)
	}
	if q.Outcome != "" {
		b.add(` AND outcome = ?`, name(q.Outcome))
	}
	if !q.Since.IsZero() {
		b.add(` AND at >= ?`, e.bound(q.Since))
	}
	if !q.Until.IsZero() {
		b.add(` AND at < ?`, e.bound(q.Until))
	}
	if q.After.ID != "" {
		b.add(` AND (at, id) < (?, ?)`, e.at(q.After.At), name(q.After.ID))
	}
	b.add(` ORDER BY at DESC, id DESC LIMIT ?`, int64(n))
	return &b
}

func scanEvent(in row) (user.Event, error) {
	var e user.Event
	var at stamp
	var methods, fields, before, after, note []byte
	err := in.Scan(nameIn(&e.ID), &at, nameIn(&e.Kind), nameIn(&e.Outcome), nameIn(&e.Code), nameIn(&e.User), nameIn(&e.Actor), nameIn(&e.Email),
		nameIn(&e.Backend), &methods, nameIn(&e.Session), nameIn(&e.IP), nameIn(&e.UserAgent), nameIn(&e.RequestID), &fields, &before, &after, &note)
	if err != nil {
		return e, err
	}
	e.At = at.Time
	if e.Methods, err = names[user.Method](methods); err != nil {
		return e, err
	}
	if e.Fields, err = names[string](fields); err != nil {
		return e, err
	}
	for _, of := range []struct {
		into   *map[string]string
		object []byte
	}{{&e.Before, before}, {&e.After, after}, {&e.Note, note}} {
		if *of.into, err = unpaired(of.object); err != nil {
			return e, err
		}
	}
	return e, nil
}

// ForgetEvents implements [audit.EventStore].
func (s *Store) ForgetEvents(ctx context.Context, id user.ID) error {
	if id == "" || !isName(id) {
		return ctx.Err() // no event is about it
	}
	ctx, cancel := limit(ctx)
	defer cancel()
	_, err := s.write(ctx, "forget events", forgetEvents, name(id))
	return err
}
