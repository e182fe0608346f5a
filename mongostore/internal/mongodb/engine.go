package mongodb

import (
	"strings"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
)

// What MongoDB-compatible engines do differently is in this file. The one that
// the tests and the example use is FerretDB over SQLite.

// engineDuplicate reports a unique index that refused an update, which FerretDB
// over SQLite answers with an internal error.
func engineDuplicate(err mongo.CommandError) (field string, ok bool) {
	const codeInternal = 1
	_, rest, found := strings.Cut(err.Message, "UNIQUE constraint failed: index '")
	if err.Code != codeInternal || !found {
		return "", false
	}
	// The index is named <collection>_<8 hexadecimal digits>_<index>.
	name, _, _ := strings.Cut(rest, "'")
	for _, index := range []string{"username_key_1", "email_key_1", "email_1", "provider_1_account_id_1", "kind_1_key_1", "_id_"} {
		if strings.HasSuffix(name, "_"+index) {
			return fieldOfIndex(index), true
		}
	}
	return "", true
}

// Ability is something that an engine may lack for as long as it is what it is:
// FerretDB knows no $lookup, MongoDB before 5.1 none into a sharded collection, and
// drivers that encrypt by themselves refuse some. The zero value is there. It is safe
// for concurrent use.
type Ability struct{ missingSince atomic.Pointer[time.Time] }

// retryAbility is how long a missing ability is not asked for again.
const retryAbility = time.Minute

// There reports whether it is worth trying.
func (a *Ability) There() bool {
	since := a.missingSince.Load()
	return since == nil || time.Since(*since) >= retryAbility
}

// Missing notes that the engine does without.
func (a *Ability) Missing() {
	now := time.Now()
	a.missingSince.Store(&now)
}

// EngineLacks reports whether the server does not know what it was asked for at
// all, as FerretDB knows neither TTL nor partial indexes nor collations.
func EngineLacks(err error) bool {
	return HasCode(err, CodeNotImplemented, CodeCommandUnsupported)
}
