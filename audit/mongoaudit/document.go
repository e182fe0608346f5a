package mongoaudit

import (
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/user"
)

const (
	idField      = "_id"
	atField      = "at"
	kindField    = "kind"
	outcomeField = "outcome"
	userField    = "user_id"
	expiresField = "expires_at"
)

// document is an event as it is stored. Maps are lists of pairs: a key may have any text.
type document struct {
	ID        string         `bson:"_id"`
	At        bson.DateTime  `bson:"at"`
	Kind      user.EventKind `bson:"kind"`
	Outcome   user.Outcome   `bson:"outcome"`
	Code      string         `bson:"code,omitempty"`
	UserID    user.ID        `bson:"user_id,omitempty"`
	ActorID   user.ID        `bson:"actor_id,omitempty"`
	Email     string         `bson:"email,omitempty"`
	Backend   string         `bson:"backend,omitempty"`
	Methods   []user.Method  `bson:"methods,omitempty"`
	Session   string         `bson:"session,omitempty"`
	IP        string         `bson:"ip,omitempty"`
	UserAgent string         `bson:"user_agent,omitempty"`
	RequestID string         `bson:"request_id,omitempty"`
	Fields    []string       `bson:"fields,omitempty"`
	Before    []pair         `bson:"before,omitempty"`
	After     []pair         `bson:"after,omitempty"`
	Note      []pair         `bson:"note,omitempty"`
	ExpiresAt bson.DateTime  `bson:"expires_at"`
}

type pair struct {
	Key   string `bson:"key"`
	Value string `bson:"value"`
}

func documentOf(r audit.Record) document {
	return document{
		ID: r.ID, At: bson.NewDateTimeFromTime(r.At), Kind: r.Kind, Outcome: r.Outcome, Code: r.Code,
		UserID: r.User, ActorID: r.Actor, Email: r.Email, Backend: r.Backend, Methods: r.Methods, Session: r.Session,
		IP: r.IP, UserAgent: r.UserAgent, RequestID: r.RequestID, Fields: r.Fields,
		Before: pairsOf(r.Before), After: pairsOf(r.After), Note: pairsOf(r.Note),
		ExpiresAt: bson.NewDateTimeFromTime(r.ExpiresAt),
	}
}

func (d document) event() user.Event {
	return user.Event{
		ID: d.ID, At: d.At.Time().UTC(), Kind: d.Kind, Outcome: d.Outcome, Code: d.Code,
		User: d.UserID, Actor: d.ActorID, Email: d.Email, Backend: d.Backend, Methods: d.Methods, Session: d.Session,
		IP: d.IP, UserAgent: d.UserAgent, RequestID: d.RequestID, Fields: d.Fields,
		Before: mapOf(d.Before), After: mapOf(d.After), Note: mapOf(d.Note),
	}
}

func pairsOf(values map[string]string) []pair {
	var pairs []pair
	for _, key := range slices.Sorted(maps.Keys(values)) {
		pairs = append(pairs, pair{key, values[key]})
	}
	return pairs
}

func mapOf(pairs []pair) map[string]string {
	if len(pairs) == 0 {
		return nil
	}
	values := make(map[string]string, len(pairs))
	for _, p := range pairs {
		values[p.Key] = p.Value
	}
	return values
}
